#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# The main job from end to end, called by `make demo` when everything is built: a stock Debian
# kernel in QEMU, its own driver of a CH341 bridge, our driver on top, and behind the bridge an
# emulated K210 that executes the cross-compiled firmware. Leaves build/demo/annotated.png.
set -euo pipefail
cd "$(dirname "$0")/.."

kernel=${KERNEL:-6.1}
run=build/guest/runs/demo
picture=build/demo/annotated.png
given=build/demo/given
model=${MODEL:-build/demo/digits-detector-v3.kmodel}
photo=${PHOTO:-build/demo/scene-1.png}

# The guest sees what lies in build/demo.
give() { # FILE...
	local file
	for file in "$@"; do
		case ${file##*/} in
		*[[:space:]]*)
			echo "demo: $file: a name without spaces, please" >&2
			exit 1
			;;
		esac
		if [ ! -f "$file" ] || [ ! -r "$file" ]; then
			echo "demo: $file is no file that can be read;" \
				"MODEL= names a kmodel, PHOTO= a JPEG or PNG" >&2
			exit 1
		fi
		cp -L "$file" "$given/"
	done
}

rm -rf "$given"
what="the project's own detector of handwritten digits and a composed scene"
if [ -n "${MODEL-}${PHOTO-}" ]; then
	mkdir -p "$given"
	give "$model" "$photo"
	for side in "${model%.kmodel}".json "${model%.kmodel}".yolo2; do
		[ ! -e "$side" ] || give "$side"
	done
	what="$model and $photo"
	model=$given/${model##*/}
	photo=$given/${photo##*/}
fi
job="${model#build} ${photo#build}"
# Nobody shall take the picture of a former run for that of one that fails.
rm -f "$picture"

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
echo "demo:     build/bin/kpuctl -d emu: detect $model $photo"
