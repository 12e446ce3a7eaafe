# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=sh
#
# Pull the cable in mid-transfer and in mid-run, twenty times in a row: every waiting call returns
# within a second, the device node goes, plugging in again works, no memory stays behind.
# timeout: 240

. /cases/case.sh
. /cases/cable_round.sh
begin cable

# Milliseconds after the first finished run; spread over a whole cycle of transfer and run.
round=0
while [ $((round += 1)) -le 20 ]; do
	echo "cable: round $round"
	check "round $round" pull_in_mid_run acm "$BOARD_acm" $((round * 37 % 400))
	case $round in
	4) measure_memory before ;;
	20) measure_memory after ;;
	esac
done
# A leak shows once for each of the sixteen rounds; some objects more or less are the kernel's own
# caches and lazily freed ranges.
if owners_are_tracked; then
	check "kernel memory owned by the driver: $(compare_memory owned), see owned_*.txt" \
		memory_grew_less owned 16
else
	skip "owners of kernel memory: needs run.sh --debug"
fi
check "mapped kernel memory: $(compare_memory mapped)" memory_grew_less mapped 16
check "memory of the whole system, KiB: $(compare_memory used)" memory_grew_less used 1024
check "background processes have gone" within 100 no_process kpuctl
finish
