#!/bin/sh
# podman-service.sh FOLDER: runs podman's service until standard input ends, also after a kill of its parent.
# Processes, mounts and files are in namespaces and FOLDER; changes elsewhere are undone afterwards.
set -u
folder=$1
trap '' INT TERM HUP

networks() { ls /sys/class/net; }
rules() { iptables-save | grep NETAVARK; }
cgroups() { ls -d /sys/fs/cgroup/libpod_parent /sys/fs/cgroup/*/libpod_parent 2>/dev/null; }

networks_before=$(networks)
rules_before=$(rules)
cgroups_before=$(cgroups)
forwarding_before=$(cat /proc/sys/net/ipv4/ip_forward)

# The first process of the namespace reaps podman's orphans.
unshare --mount --pid --fork --kill-child --mount-proc catatonit -- sh -c '
  set -eu
  folder=$1
  trap "" INT TERM HUP
  mkdir "$folder/written"
  mount -t tmpfs tmpfs "$folder/written"
  for place in run var/lib; do
    mkdir -p "$folder/written/$place" "$folder/written/overlay-$place"
    mount -t overlay overlay \
      -o "lowerdir=/$place,upperdir=$folder/written/$place,workdir=$folder/written/overlay-$place" "/$place"
  done
  mount -t tmpfs tmpfs /dev/shm
  podman system service --time 0 "unix://$folder/podman.sock" >"$folder/service.log" 2>&1 &
  read -r _ || true
' sh "$folder"

for network in $(networks); do
  case $network in
    podman*) echo "$networks_before" | grep -qx "$network" || ip link delete "$network" ;;
  esac
done
if [ -z "$rules_before" ] && [ -n "$(rules)" ]; then
  iptables-save -c | grep -v NETAVARK | iptables-restore -c
fi
echo "$forwarding_before" > /proc/sys/net/ipv4/ip_forward
if [ -z "$cgroups_before" ]; then
  for cgroup in $(cgroups); do find "$cgroup" -depth -type d -exec rmdir {} +; done
fi
rm -rf "$folder"
