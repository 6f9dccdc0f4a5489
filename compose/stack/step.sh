#!/bin/sh
# step.sh NAME - the set-up steps of the development stack. STACK_DIR is where they leave their files.
set -eu
umask 022
mkdir -p "$STACK_DIR"

case $1 in
assets)
    mkdir -p "$STACK_DIR/assets"
    printf 'body { font-family: sans-serif }\n' >"$STACK_DIR/assets/app.css"
    printf 'console.log("present")\n' >"$STACK_DIR/assets/app.js"
    cd "$STACK_DIR/assets"
    sha256sum app.css app.js >"$STACK_DIR/assets.sha256"
    echo "2 assets listed"
    ;;
seed-redis)
    # redis-cli takes the password from REDISCLI_AUTH by itself.
    for database in "$REDIS_SESSION_DB" "$REDIS_TASK_DB"; do
        printf 'SET stack:environment %s\nSET stack:schema 1\n' "$ENVIRONMENT" |
            redis-cli -h "$REDIS_HOST" -p "$REDIS_PORT" -n "$database"
    done
    ;;
seed-is-there)
    schema=$(redis-cli -h "$REDIS_HOST" -p "$REDIS_PORT" -n "$REDIS_TASK_DB" GET stack:schema)
    [ "$schema" = 1 ] || {
        echo "stack:schema is \"$schema\", not 1"
        exit 1
    }
    ;;
*)
    echo "step.sh: no step is called \"$1\"" >&2
    exit 64
    ;;
esac
