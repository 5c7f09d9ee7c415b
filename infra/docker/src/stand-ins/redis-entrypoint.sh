#!/bin/sh
# As the official entrypoint: the data belongs to redis, which also runs the server.
set -eu

case "${1:-}" in
  redis-server)
    chown redis:redis .
    exec setpriv --reuid=redis --regid=redis --clear-groups "$@"
    ;;
  *) exec "$@" ;;
esac
