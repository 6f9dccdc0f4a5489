#!/bin/sh
# web.sh ROLE DELAY LISTEN PORT FOLDER [BACKEND_URL] - nginx as the backend or as the frontend.
#
# The backend answers /health and /api/; the frontend serves a page and passes /api/ on to the backend.
set -eu
role=$1 delay=$2 listen=$3 port=$4 folder=$5 backend=${6-}

mkdir -p "$folder"
sleep "$delay"

# Only root may name another user for the workers, and only then is one needed.
user=
[ "$(id -u)" -ne 0 ] || user='user nobody nogroup;'

# With the address in a variable nginx looks the name up when it is used, not when nginx starts.
resolver=$(awk '$1 == "nameserver" && $2 ~ /^[0-9.]+$/ { print "resolver " $2 " valid=5s;"; exit }' /etc/resolv.conf)

case $role in
backend)
    locations='
        location = /health { return 200 "healthy\n"; }
        location /api/ { return 200 "{\"version\":\"1\"}\n"; }
        location / { return 200 "backend\n"; }'
    ;;
frontend)
    locations="
        location /api/ { set \$backend \"$backend\"; proxy_pass \$backend; }
        location / { return 200 \"<!doctype html><title>muster</title>\\n\"; }"
    ;;
*)
    echo "web.sh: the role is backend or frontend, not \"$role\"" >&2
    exit 64
    ;;
esac

cat >"$folder/nginx.conf" <<END
daemon off;
worker_processes 1;
pid $folder/nginx.pid;
error_log stderr warn;
$user
events { worker_connections 64; }
http {
    access_log off;
    default_type text/plain;
    client_body_temp_path $folder/body;
    proxy_temp_path $folder/proxy;
    fastcgi_temp_path $folder/fastcgi;
    uwsgi_temp_path $folder/uwsgi;
    scgi_temp_path $folder/scgi;
    $resolver
    server {
        listen $listen:$port;
        $locations
    }
}
END

exec nginx -p "$folder" -c "$folder/nginx.conf" -e stderr
