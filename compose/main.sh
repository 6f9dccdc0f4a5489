#!/bin/sh
# main.sh [serve] - stands for your application: it is started last, with the environment that muster has checked, gets a
# signal through muster, and ends with an exit code of its own. With "serve" it stays until it is told to stop.
set -eu

got=
trap 'got=yes; echo "main: got USR1"' USR1

echo "main: started by process $PPID"
for name in ENVIRONMENT BACKEND_URL FRONTEND_URL WEBSOCKET_URL REDIS_SESSION_DB REDIS_TASK_DB; do
    echo "main: $name=$(printenv "$name")"
done
for name in REDIS_URL YOUTUBE_API_KEY OPENAI_API_KEY; do
    echo "main: $name is here ($(printenv "$name" | tr -d '\n' | wc -c) characters, not shown)"
done
[ -z "${MUSTER-}" ] || echo "main: muster check says: $("$MUSTER" check --state-dir "$MUSTER_STATE_DIR")"

if [ "${1-}" = serve ]; then
    trap 'echo "main: told to stop"; exit 0' TERM INT
    echo "main: serving"
    # A shell runs a trap only between commands, and wait is the one that a signal cuts short.
    while :; do
        sleep 3600 &
        wait $! || kill $! 2>/dev/null || true
    done
fi

# Whatever the container's first process gets, it passes on to us.
echo "main: sending USR1 to process $PPID"
kill -USR1 "$PPID"
tries=0
while [ -z "$got" ] && [ "$tries" -lt 100 ]; do
    sleep 0.05
    tries=$((tries + 1))
done
[ -n "$got" ] || {
    echo "main: no signal came back"
    exit 1
}
exit 7
