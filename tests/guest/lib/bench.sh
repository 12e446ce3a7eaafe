# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=sh
#
# The guest's half of `make bench`: what a call into the driver costs, and frames through it. Named
# by tests/bench/run.sh, not one of the cases that run by themselves. Tables go to /out.
# timeout: 300

. /cases/case.sh
begin bench

model=/models/kmodel/v3_face_maixpy.kmodel
[ -e $model ] || model=/demo/discs.kmodel

need "plug in" plug board "$BOARD_acm" acm
need "attach" attach board
need "calls" ioctl_bench "/dev/$kpu_board" >/out/ioctl.md
cat /out/ioctl.md
need "frames" kpuctl -d "dev:/dev/$kpu_board" bench --json -n 5 -q 1 $model >/out/frames.json
cat /out/frames.json
detach board >/dev/null
pull board
finish
