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
	# Whatever the case before has left when it failed, or when the runner ended its processes.
	need "the case before has gone" within 100 nothing_is_left
	need "the modules are in, as the guest loads them" modules_as_loaded
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
	return 1
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

# No board is plugged in any more, and none is a device of the driver.
nothing_is_left() {
	for left in /sys/class/kpu/kpu* /sys/devices/platform/vhci_hcd.0/usb*/*-*; do
		case $left in
		*'*' | *:*) ;;
		*) return 1 ;;
		esac
	done
}

# Those of the project, but kpu_spi_board, which each case loads for itself.
modules_as_loaded() {
	if [ -e /sys/module/kpu_spi_board ]; then
		rmmod kpu_spi_board && rmmod kpu_spi_bed || return 1
	fi
	grep -s '^/lib/modules/kpu' /etc/modules | while read -r module parameters; do
		name=${module##*/}
		# shellcheck disable=SC2086 # one word per parameter
		[ -e "/sys/module/${name%.ko}" ] || insmod "$module" $parameters || return 1
	done
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
	rm -f "/tmp/cable_$1"
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

# pull NAME: the cable comes out, without a word to anyone. The kernel hears of it later; whoever
# plugs in again before that takes the old port for the new one.
pull() {
	eval "cable=\$cable_$1 tty=\$tty_$1"
	# shellcheck disable=SC2154 # set by eval
	kill "$cable" 2>/dev/null
	wait "$cable" 2>/dev/null
	within 100 gone "$tty" || echo "$case_name: $tty stays after its cable was pulled"
	return 0
}

# Progress bars do not belong into a log: the terminal of a case is a serial line. What kpuctl says
# shows only when it fails.
kpuctl() {
	command kpuctl "$@" 2>/tmp/kpuctl.log && return
	kpuctl_status=$?
	cat /tmp/kpuctl.log >/dev/ttyS1
	return $kpuctl_status
}

# attach NAME: hand the plugged-in board's line to the driver. Sets kpu_NAME ("kpu0").
attach() {
	eval "tty=\$tty_$1"
	# The line's rate from the first byte on: the driver finds the board at its own rate and
	# raises it.
	kpuctl attach --no-boot --baud 2000000 --detach "$tty" || return 1
	within 100 kpu_of_tty "$tty" >/dev/null || return 1
	found=$(kpu_of_tty "$tty")
	eval "kpu_$1=$found"
	within 50 grep -q ready "/sys/class/kpu/$found/state"
}

# The driver's device is a child of the line it speaks through.
kpu_of_tty() {
	for found in "/sys/class/tty/${1##*/}"/kpu/kpu* "/sys/class/tty/${1##*/}"/kpu[0-9]*; do
		if [ -e "$found" ] && [ -c "/dev/${found##*/}" ]; then
			echo "${found##*/}"
			return 0
		fi
	done
	return 1
}

# detach NAME: give the line back in an orderly way.
detach() {
	eval "device=/dev/\$kpu_$1"
	# shellcheck disable=SC2154 # set by eval
	killall kpuctl && within 20 gone "$device"
}

no_process() {
	! pidof "$1" >/dev/null
}

owners_are_tracked() {
	grep -q . /sys/kernel/debug/slab/kmalloc-64/alloc_traces 2>/dev/null
}

# Objects of the slab allocator that were allocated below a function of the driver: a line for each
# place with their number. Known only with owner tracking (run.sh --debug).
# Descriptions of mapped ranges are left out: the kernel keeps those of freed ranges for the next
# ones; /proc/vmallocinfo has the ranges themselves.
owned_objects() {
	awk '/^ *[0-9]+ / { count = $1; place = $2; ours = place ~ /^alloc_vmap_area\+/ }
	     /\[kpu/ && !ours { ours = 1; $1 = $1; print count, place, "below", $0 }' \
		/sys/kernel/debug/slab/*/alloc_traces 2>/dev/null | sort -k 2
}

# measure_memory WHEN: note what the driver and the whole system hold. Pages on the processors' own
# free lists, some megabytes, do not count as available; without them the sum is steady.
measure_memory() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	usleep 500000
	owned_objects >"/out/owned_$1.txt"
	eval "owned_$1=$(awk '{ sum += $1 } END { print sum + 0 }' "/out/owned_$1.txt")"
	eval "mapped_$1=$(grep -c '\[kpu' /proc/vmallocinfo)"
	eval "used_$1=$(awk '/^MemTotal/ { used += $2 } /^MemAvailable/ { used -= $2 }
		/^ +count:/ { used -= 4 * $2 } END { print used }' /proc/meminfo /proc/zoneinfo)"
}

compare_memory() {
	eval "echo \$$1_before then, \$$1_after in the end"
}

# memory_grew_less KIND LIMIT: between `measure_memory before` and `measure_memory after`.
memory_grew_less() {
	eval "[ \$(($1_after - $1_before)) -lt $2 ]"
}
