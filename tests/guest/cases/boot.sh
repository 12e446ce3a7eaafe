# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=sh
#
# Boards as they come out of the box, in the real clock: whatever is in the flash, however DTR and
# RTS are wired, whatever the bridge can do, with noise on the line. Each becomes /dev/kpu0 by one
# command, and that says what it has settled on. Times are those of the board's clock.
# timeout: 220

. /cases/case.sh
begin boot

# board_time NAME: microseconds of its clock.
board_time() {
	eval "control=\$CONTROL_$1"
	# shellcheck disable=SC2154 # set by eval
	echo time | timeout 5 nc "${control%:*}" "${control#*:}" 2>/dev/null | sed -n 's/^ok //p'
}

# boot_attach LIMIT_MS: the plugged-in board is there, and in this time since $begun; sets $took. A
# busy host makes the board wait; so the best time of three is what counts.
boot_attach() {
	for attempt in 1 2 3; do
		# shellcheck disable=SC2154 # set by plug
		command kpuctl attach -v --detach "$tty_board" >/tmp/device 2>/tmp/said || break
		grep -q '^/dev/kpu' /tmp/device || break
		took=$((($(board_time "$name") - begun) / 1000))
		[ "$took" -ge "$1" ] || return 0
		echo "boot: $name: attempt $attempt: $took ms"
		[ "$attempt" = 3 ] || plug_again
	done
	cat /tmp/said
	return 1
}

plug_again() {
	unplug
	begun=$(board_time "$name")
	plug board "$address" "$bridge"
}

unplug() {
	killall kpuctl 2>/dev/null
	within 100 gone /dev/kpu0
	pull board
	within 100 gone "$tty_board"
}

# settled_on STYLE [RATES]
settled_on() {
	grep "reset style $1, ${2:-[0-9]*} baud, booted" /tmp/said || { cat /tmp/said && return 1; }
}

works() {
	kpuctl -d dev:/dev/kpu0 info >/tmp/info
}

boot_id() {
	cat /sys/class/kpu/kpu0/boot_id
}

is_another_boot() {
	[ "$(boot_id)" != "$before" ] && grep -q ready /sys/class/kpu/kpu0/state
}

# Whoever stops it, here while the firmware goes there slowly, gets an ordinary port back.
stopped_in_mid_boot() {
	before=$(stty -F "$tty_board" -g)
	command kpuctl attach "$tty_board" >/tmp/device 2>/tmp/said &
	attaching=$!
	sleep 2
	kill -INT $attaching
	wait $attaching
	[ $? -eq 130 ] && grep -q "stopped" /tmp/said &&
		[ "$(stty -F "$tty_board" -g)" = "$before" ]
}

# The library waits for a boot as long as whoever attached the board is at it: here more than eight
# seconds.
waits_for_a_boot() {
	holder=$(pidof kpuctl)
	echo 1 >/sys/class/kpu/kpu0/reset
	within 100 grep -q booting /sys/class/kpu/kpu0/state || return 1
	kill -STOP "$holder"
	kpuctl -d dev:/dev/kpu0 info >/tmp/info &
	waiting=$!
	sleep 9
	kill -CONT "$holder"
	wait $waiting
}

# A program keeps the device open while the driver asks whoever attached it for a boot.
boots_again() {
	before=$(boot_id)
	exec 5<>/dev/kpu0
	echo 1 >/sys/class/kpu/kpu0/reset
	within 100 is_another_boot && works
	again=$?
	exec 5>&-
	return $again
}

# The port of an attached board is the driver's: whoever names it learns the device to use.
names_the_device() {
	command kpuctl -d "tty:$tty_board" info >/tmp/info 2>/tmp/said
	[ $? -eq 3 ] || return 1
	grep -q "$tty_board is /dev/kpu0 already" /tmp/said && grep -q "use dev:/dev/kpu0" /tmp/said
}

# A device with a board's ids that is none: its port is an ordinary one again.
no_board_there() {
	command kpuctl attach "$tty_board" >/tmp/device 2>/tmp/said
	status=$?
	[ $status -eq 7 ] && grep -q "no K210" /tmp/said && stty -F "$tty_board" >/dev/null &&
		return
	echo "boot: exit status $status, said: $(cat /tmp/said)"
	return 1
}

# one_board NAME BRIDGE STYLE RATES LIMIT_MS
one_board() {
	name=$1
	bridge=$2
	took=
	eval "address=\$BOOT_$1"
	begun=$(board_time "$name")
	# shellcheck disable=SC2154 # set by eval
	check "$name: plug in" plug board "$address" "$bridge" || return
	[ "$name" != slow ] || check "$name: stopped in mid-boot" stopped_in_mid_boot
	[ "$name" != slow ] || plug_again
	check "$name: attach within $5 ms" boot_attach "$5"
	check "$name: style and rate" settled_on "$3" "$4"
	check "$name: the board works" works
	[ "$name" != dan ] || check "$name: its port is the driver's" names_the_device
	[ "$name" != slow ] || check "$name: who opens it in a boot waits" waits_for_a_boot
	[ "$name" != dan ] || check "$name: it is booted again on demand" boots_again
	echo "boot: $name: $took ms from plug to a working /dev/kpu0 on the board's clock"
	unplug
}

# What a user sees on a good line. How high the rate is depends on how busy the host is.
one_board dan ch341 dan '' 3000
one_board kd233 acm kd233 '' 10000
one_board god ch341 god '' 10000
one_board slow ch341 dan 115200 10000
one_board medium acm kd233 '\(1500000\|921600\|460800\|230400\|115200\)' 10000
one_board noisy acm dan '' 10000
# shellcheck disable=SC2154 # from the runner
if check "other: plug in" plug board "$BOOT_other" ch341; then
	check "other: no K210, and it says so" no_board_there
	unplug
fi
check "nothing is left behind" no_process kpuctl
finish
