#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# What init.c does in the other guests: runs the cases, keeps the kernel's log, says how it went and
# powers off.
failures=0

say() {
	echo "kpu-guest: $*"
	echo "kpu-guest: $*" >/dev/console
}

uptime_seconds() {
	cut -d ' ' -f 1 /proc/uptime
}

mount_shares() {
	modprobe 9p
	while read -r tag folder mode; do
		mount -t 9p -o "trans=virtio,version=9p2000.L,msize=262144,$mode" "$tag" \
			"$folder" ||
			say "mount $folder failed"
	done </etc/mounts
}

run_case() {
	begun=$(uptime_seconds)
	timeout -s KILL "$2" /bin/sh "/cases/$1.sh"
	status=$?
	[ $status = 0 ] || failures=$((failures + 1))
	say "case $1: status $status, from $begun to $(uptime_seconds) s"
}

# udev loads the driver of the network card, too, but on a slow host only after the first case has
# begun.
wait_for_network() {
	tries=0
	modprobe virtio_net
	until [ -e /sys/class/net/eth0 ] || [ $tries -ge 600 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
}

# What run.sh looks for, or it takes the kernel for one that did not start.
say "up after $(uptime_seconds) s"
ip link set lo up
wait_for_network
ip link set eth0 up && ip addr add 10.0.2.15/24 dev eth0
mount_shares
say "ready after $(uptime_seconds) s"
if [ -e /etc/shell ]; then
	/bin/sh -i </dev/ttyS1
else
	while read -r name limit; do
		run_case "$name" "$limit"
	done </etc/cases
fi
dmesg >/out/dmesg.log
journalctl --no-pager -b >/out/journal.log 2>&1
say "result $failures after $(uptime_seconds) s"
sync
umount /out
sleep 0.2
systemctl poweroff --force --force
