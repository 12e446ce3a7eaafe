# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=sh
#
# The test bed by itself: the kernel's bridge drivers and the virtual cable against a device that
# sends every byte back. When this fails, no other case means anything.
# timeout: 150

. /cases/case.sh
begin bed

head -c 65536 /dev/urandom >/tmp/sent

# What comes back through a tty, until as much as was sent. On a busy machine each 32 bytes can take
# their time.
echo_through() {
	stty -F "$1" raw -echo 2000000 || return 1
	timeout 30 head -c 65536 <"$1" >/tmp/got &
	reader=$!
	timeout 30 cat /tmp/sent >"$1" || return 1
	wait $reader
	cmp /tmp/sent /tmp/got
}

reader_ends_when_pulled() {
	cat "$tty_one" >/dev/null 2>&1 &
	reader=$!
	usleep 100000
	pull one
	within 100 gone /proc/$reader/fd && within 100 gone "$tty_one"
}

for bridge in ch341 acm; do
	eval "address=\$ECHO_$bridge"
	need "$bridge: plug" plug one "$address" $bridge
	begun=$(now)
	check "$bridge: 64 KiB and back" echo_through "$tty_one"
	echo "bed: $bridge: 64 KiB there and back in $(($(now) - begun)) hundredths of a second"
	for round in 1 2; do
		check "$bridge: a blocked reader ends when the cable is pulled ($round)" \
			reader_ends_when_pulled
		need "$bridge: plug in again ($round)" plug one "$address" $bridge
	done
	pull one
	check "$bridge: the node goes" within 100 gone "$tty_one"
done
finish
