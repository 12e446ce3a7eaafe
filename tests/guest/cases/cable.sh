# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=sh
#
# Pull the cable in mid-transfer and in mid-run, twenty times in a row: every waiting call returns
# within a second, the device node goes, plugging in again works, no memory stays behind.
# timeout: 240

. /cases/case.sh
begin cable

pull_in_mid_run() { # BRIDGE DELAY_MS
	pull_and_look "$@" && return
	pull board
	return 1
}

pull_and_look() {
	eval "address=\$BOARD_$1"
	# shellcheck disable=SC2154 # set by eval
	plug board "$address" "$1" && attach board || return 1
	# shellcheck disable=SC2154 # set by plug
	pull_cable "/dev/$kpu_board" "$cable_board" "$2" /demo/discs.kmodel || return 1
	within 10 gone "/dev/$kpu_board" && within 10 gone "$tty_board"
}

# Milliseconds after the first finished run; spread over a whole cycle of transfer and run.
round=0
for bridge in ch341 acm acm acm acm acm acm ch341 acm acm \
	acm acm acm ch341 acm acm acm acm acm acm; do
	round=$((round + 1))
	echo "cable: round $round, $bridge"
	check "round $round, $bridge" pull_in_mid_run $bridge $((round * 37 % 400))
	case $round in
	4) measure_memory before ;;
	20) measure_memory after ;;
	esac
done
if owners_are_tracked; then
	check "kernel memory owned by the driver: $(compare_memory owned)" memory_grew_less owned 1
else
	skip "owners of kernel memory: needs run.sh --debug"
fi
check "mapped kernel memory: $(compare_memory mapped)" memory_grew_less mapped 1
check "memory of the whole system, KiB: $(compare_memory used)" memory_grew_less used 1024
check "background processes have gone" within 20 no_process kpuctl
finish
