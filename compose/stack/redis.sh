#!/bin/sh
# redis.sh DELAY LISTEN PORT FOLDER - a Redis with a password that takes its time: the process starts late, and then
# answers LOADING while it reads a data set.
#
# The password is REDISCLI_AUTH, the name that redis-cli reads. It reaches the server on standard input, because every
# user of a machine may read an argument list.
set -eu
delay=$1 listen=$2 port=$3 folder=$4

mkdir -p "$folder"
sleep "$delay"

# The old format, a bare list of commands, is what every version of redis-server still loads.
awk 'BEGIN {
    for (i = 0; i < 4096; i++) {
        key = "warm:" i
        printf "*3\r\n$3\r\nSET\r\n$%d\r\n%s\r\n$1\r\nx\r\n", length(key), key
    }
}' >"$folder/appendonly.aof"

exec redis-server - <<END
bind $listen
port $port
dir $folder
requirepass "$REDISCLI_AUTH"
daemonize no
logfile /dev/null
save ""
appendonly yes
appendfsync no
key-load-delay 80
loading-process-events-interval-bytes 1024
END
