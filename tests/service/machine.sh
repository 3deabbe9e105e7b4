#!/bin/sh
# A machine of its own, in namespaces: systemd as its first process, over a copy-on-write root, with
# the program in /opt/monitor and the unit that it installs. Nothing of it stays on the machine beneath.
#   machine.sh DIRECTORY NAME     DIRECTORY/site holds the program; NAME is the control group's
#   machine.sh remove NAME        takes the control groups away again
set -eu

if [ "$1" = remove ]; then
	for group in /sys/fs/cgroup/"$2" /sys/fs/cgroup/*/"$2"; do
		[ ! -d "$group" ] || find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true
	done
	exit
fi

if [ "${3:-}" != inside ]; then
	if [ -e /sys/fs/cgroup/cgroup.controllers ]; then hierarchies=.; else
		hierarchies=$(cd /sys/fs/cgroup && echo */); fi
	for hierarchy in $hierarchies; do
		group=/sys/fs/cgroup/${hierarchy%/}/$2
		[ -e "${group%/*}/cgroup.procs" ] || continue
		mkdir -p "$group"
		for file in cpuset.cpus cpuset.mems; do
			[ ! -w "$group/$file" ] || cat "${group%/*}/$file" >"$group/$file" 2>/dev/null || true
		done
		echo $$ >"$group/cgroup.procs"
	done
	exec unshare --mount --pid --fork --kill-child --uts --ipc --net --cgroup \
		--propagation private sh "$0" "$1" "$2" inside
fi

# Inside. The root: what is written goes into memory.
mount -t tmpfs tmpfs /mnt
mkdir /mnt/written /mnt/work /mnt/root
mount -t overlay -o lowerdir=/,upperdir=/mnt/written,workdir=/mnt/work overlay /mnt/root
root=/mnt/root
mount -t proc proc $root/proc
# The settings of the machine beneath are not this one's to change.
mount --bind $root/proc/sys $root/proc/sys
mount -o remount,ro,bind $root/proc/sys
mount -t sysfs -o ro sysfs $root/sys
mount --rbind /dev $root/dev
mount -t tmpfs tmpfs $root/run
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
	mount -t cgroup2 cgroup2 $root/sys/fs/cgroup
else
	mount -t tmpfs -o mode=755 tmpfs $root/sys/fs/cgroup
	grep ' /sys/fs/cgroup/' /proc/self/mounts | while read -r _ place type _; do
		name=${place##*/}
		mkdir -p "$root$place"
		case $type:$name in
		cgroup2:*) mount -t cgroup2 cgroup2 "$root$place" ;;
		*:systemd) mount -t cgroup -o none,name=systemd cgroup "$root$place" ;;
		*) mount -t cgroup -o "$name" cgroup "$root$place" ;;
		esac
	done
fi

# Nothing starts but what the service needs.
units=$root/etc/systemd/system
rm -rf "$units"/*.wants
printf '[Unit]\nWants=dbus.service systemd-journald.service monitor.service\n' >"$units/test.target"
for unit in systemd-udevd systemd-udev-trigger systemd-sysctl systemd-random-seed systemd-binfmt \
	systemd-modules-load systemd-hwdb-update systemd-remount-fs; do
	ln -sf /dev/null "$units/$unit.service"
done
ln -sf /dev/null "$units/proc-sys-fs-binfmt_misc.automount"
: >$root/etc/fstab

# The service's user has to reach the interpreter, wherever that is.
python=$(readlink -f "$PYTHON")
at=$root$python
while [ "$at" != $root ]; do at=${at%/*}; chmod a+rx "$at"; done
"$python" -m venv --without-pip $root/opt/monitor
cp -r "$1/site/." "$(echo $root/opt/monitor/lib/python3*)/site-packages"

printf '#!/opt/monitor/bin/python\nimport sys\nfrom monitor.__main__ import main\nsys.exit(main())\n' \
	>$root/opt/monitor/bin/monitor
chmod 755 $root/opt/monitor/bin/monitor

cd $root
mkdir -p beneath
pivot_root . beneath
umount -l /beneath
export container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin
/opt/monitor/bin/python -I -m monitor install-service --write
exec /lib/systemd/systemd --system --unit=test.target --log-target=console --show-status=no
