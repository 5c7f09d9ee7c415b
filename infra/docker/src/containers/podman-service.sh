#!/bin/sh
# Runs podman's service until standard input ends, which it also does when the program that started this is killed.
# Processes, mounts and files are in namespaces and a folder of their own; what lies beyond is put back afterwards.
#   podman-service.sh FOLDER
set -u
folder=$1
trap '' INT TERM HUP

networks() { ls /sys/class/net; }
# Without counters, which change by themselves.
rules() { iptables-save | grep NETAVARK; }
cgroups() { ls -d /sys/fs/cgroup/libpod_parent /sys/fs/cgroup/*/libpod_parent 2>/dev/null; }

networks_before=$(networks)
rules_before=$(rules)
cgroups_before=$(cgroups)
forwarding_before=$(cat /proc/sys/net/ipv4/ip_forward)

# Podman's processes become orphans, so the first process of the namespace has to reap them.
unshare --mount --pid --fork --kill-child --mount-proc catatonit -- sh -c '
  set -eu
  folder=$1
  trap "" INT TERM HUP
  # Written to here, and gone with the namespace.
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
