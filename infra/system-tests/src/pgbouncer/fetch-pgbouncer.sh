#!/usr/bin/env bash
# Puts the PgBouncer of Debian 13 with its libraries into a folder, and prints the path of a program that runs it.
# For a Debian whose own is older; needs apt-get and dpkg. Nothing is installed.
set -euo pipefail
folder=$(realpath -m "$1")
program=$folder/pgbouncer
if [ ! -x "$program" ]; then
  mkdir -p "$folder"/{lists,archives}/partial
  cd "$folder"
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' | grep -m1 '/debian/\?$')
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" > sources.list
  : > status
  apt=(
    apt-get -qq
    -o Dir::Etc::sourcelist="$folder/sources.list" -o Dir::Etc::sourceparts=- -o Dir::Cache="$folder"
    -o Dir::State::lists="$folder/lists" -o Dir::State::status="$folder/status"
    -o APT::Sandbox::User=root -o Acquire::Languages=none -o Debug::NoLocking=1
  )
  "${apt[@]}" update >&2
  # Its libraries and theirs; not what these recommend, or their programs need.
  "${apt[@]}" download pgbouncer libc6 libcares2 libevent-2.1-7t64 libssl3t64 libsystemd0 libpam0g libaudit1 \
    libcap-ng0 libcap2 libzstd1 zlib1g liblz4-1 liblzma5 libgcrypt20 libgpg-error0 >&2
  for package in *.deb; do dpkg-deb -x "$package" root; done
  cat > draft <<EOF
#!/bin/sh
root='$folder/root/usr'
exec "\$root/lib64/ld-linux-x86-64.so.2" --library-path "\$root/lib/x86_64-linux-gnu" "\$root/sbin/pgbouncer" "\$@"
EOF
  chmod -R a+rX "$folder"
  chmod 755 draft
  ./draft --version >&2
  mv draft pgbouncer
fi
echo "$program"
