#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# The main job from end to end, called by `make demo` when everything is built: a stock Debian kernel
# in QEMU, its own driver of a CH341 bridge, our driver on top, and behind the bridge an emulated
# K210 that executes the cross-compiled firmware. Leaves build/demo/annotated.png.
set -euo pipefail
cd "$(dirname "$0")/.."

kernel=${KERNEL:-6.1}
shared=${KPU_SHARED:-../shared}
run=build/guest/runs/demo
picture=build/demo/annotated.png

if [ -e "$shared/models/kmodel/v3_face_maixpy.kmodel" ] &&
	[ -e "$shared/models/photo/face_a.jpg" ]; then
	job="/models/kmodel/v3_face_maixpy.kmodel /models/photo/face_a.jpg"
	what="a face detector of MaixPy (V3) and a photo"
else
	job="/demo/discs.kmodel /demo/discs.png"
	what="the project's own disc detector and a painted scene"
fi

echo "demo: $what"
echo "demo: the path: kpuctl - libkpu - ioctl and mmap on /dev/kpu0 - kpu.ko - kpu_tty.ko - ch341"
echo "demo:           - USB/IP - emulated CH341 bridge - UART - firmware on an emulated K210 - KPU"
echo "demo: boot Debian's $kernel kernel in QEMU, without virtualisation"
if ! KPU_GUEST_JOB=$job tests/guest/run.sh --kernel="$kernel" --name=demo demo; then
	echo "demo: FAILED; logs are in $run" >&2
	exit 1
fi
cp "$run/out/annotated.png" "$picture"
echo "demo: annotated picture: $picture"
echo "demo: the same without a kernel in about a second:"
host=${job//\/models/$shared/models}
echo "demo:     build/bin/kpuctl -d emu: detect ${host//\/demo/build/demo}"
