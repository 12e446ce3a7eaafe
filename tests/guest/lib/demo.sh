# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=sh
#
# The guest's half of `make demo`: plug in, attach, detect. Named by tools/demo.sh, not one of the
# cases that run by themselves. Model and photo stand in /out/job.
# timeout: 120

. /cases/case.sh
begin demo

read -r model photo </out/job

echo "[guest] $(uname -sr), stock Debian; modules: $(lsmod | awk '/^(kpu|kpu_tty|ch341) / \
	{ printf "%s%s", sep, $1; sep = ", " }')"
need "plug in" plug board "$BOARD_ch341" ch341
echo "[guest] the board is plugged in: the kernel's ch341 driver calls it $tty_board"
echo "[guest] kpuctl attach $tty_board"
need "attach" attach board
echo "[guest] kpuctl info"
check "info" kpuctl info
echo "[guest] kpuctl detect $model $photo -o annotated.png"
need "detect" kpuctl detect "$model" "$photo" -o /out/annotated.png
detach board >/dev/null
pull board
finish
