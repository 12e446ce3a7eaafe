# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=sh
#
# What test cases in the guest share. A case starts with
#
#   . /cases/case.sh
#   begin NAME
#
# and ends with finish. Between, each check counts as one pass or one failure; after a failed
# check the case goes on, after need it ends.

begin() {
	case_name=$1
	passed=0
	failed=0
	skipped=0
}

finish() {
	echo "$case_name: $passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ]
	exit
}

pass() {
	passed=$((passed + 1))
}

fail() {
	failed=$((failed + 1))
	echo "$case_name: FAILED: $*"
}

skip() {
	skipped=$((skipped + 1))
	echo "$case_name: skipped: $*"
}

# check WHAT COMMAND...: the command must succeed.
check() {
	what=$1
	shift
	if "$@"; then
		pass
	else
		fail "$what"
	fi
}

# need WHAT COMMAND...: like check, and without it the rest makes no sense.
need() {
	what=$1
	shift
	if "$@"; then
		pass
		return
	fi
	fail "$what"
	finish
}

# within TENTHS COMMAND...: wait until the command succeeds, at most so many tenths of a second.
within() {
	left=$(($1 * 5))
	shift
	until "$@" 2>/dev/null; do
		[ $((left -= 1)) -gt 0 ] || return 1
		usleep 20000
	done
}

gone() {
	[ ! -e "$1" ]
}

# Hundredths of a second since boot.
now() {
	read -r uptime _ </proc/uptime
	echo "${uptime%.*}${uptime#*.}"
}

tty_of_port() {
	for interface in /sys/devices/platform/vhci_hcd.0/usb*/*-"$(($1 + 1))"/*; do
		for found in "$interface"/ttyUSB* "$interface"/tty/ttyACM*; do
			if [ -e "$found" ] && [ -e "/dev/${found##*/}" ]; then
				echo "/dev/${found##*/}"
				return 0
			fi
		done
	done
	return 1
}

# plug NAME ADDRESS ch341|acm: plug a board in. Sets cable_NAME (the process that holds the cable)
# and tty_NAME once the kernel's driver has made the device node.
plug() {
	speed=full
	[ "$3" != acm ] || speed=high
	usbip_attach "$2" "$speed" >"/tmp/cable_$1" 2>&1 &
	eval "cable_$1=$!"
	within 50 grep -q 'port [0-9]' "/tmp/cable_$1" || {
		cat "/tmp/cable_$1"
		return 1
	}
	port=$(sed -n 's/.*port \([0-9]*\).*/\1/p' "/tmp/cable_$1")
	within 100 tty_of_port "$port" >/dev/null || return 1
	eval "tty_$1=$(tty_of_port "$port")"
}

# pull NAME: the cable comes out, without a word to anyone.
pull() {
	eval "cable=\$cable_$1"
	# shellcheck disable=SC2154 # set by eval
	kill "$cable" && wait "$cable" 2>/dev/null
	return 0
}

# kernel_log_since MARK: what the kernel has logged since `mark MARK`.
mark() {
	echo "kpu-guest: mark $1" >/dev/kmsg
}
