#!/bin/sh
# Like the official entrypoint: the user redis owns the data and runs the server.
set -eu

case "${1:-}" in
  redis-server)
    chown redis:redis .
    exec setpriv --reuid=redis --regid=redis --clear-groups "$@"
    ;;
  *) exec "$@" ;;
esac
