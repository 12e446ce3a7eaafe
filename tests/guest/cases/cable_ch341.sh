# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=sh
#
# The cable case over the slower bridge: another driver below the line discipline, and transfers
# that take seconds.
# timeout: 120

. /cases/case.sh
. /cases/cable_round.sh
begin cable_ch341

for round in 1 2 3; do
	echo "cable_ch341: round $round"
	check "round $round" pull_in_mid_run ch341 "$BOARD_ch341" $((round * 370))
done
finish
