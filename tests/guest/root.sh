#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# Pack the initial root of a test guest.
#
#   tests/guest/root.sh SERIES ORDERS OUTPUT
#
# SERIES is a kernel of kernels.sh, ORDERS a directory copied to /etc of the guest (see init.c),
# OUTPUT the archive. From the build directory (KPU_BUILD, default build) it takes the guest's own
# programs, the project's modules for that kernel, kpuctl with the libraries it needs, and the
# programs tests/guest/uapi_*; what is not built is left out. udevadm
# comes from this machine, if it is there.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
build=${KPU_BUILD-$(CDPATH='' cd -- "$here/../.." && pwd)/build}
series=$1
orders=$2
output=$3
. "$here/root_functions.sh"

# Without udev nothing is loaded by itself. Order and dependencies come from depmod.
kernel_modules='virtio_pci virtio_net 9pnet_virtio 9p vhci-hcd ch341 cdc-acm'
project_modules='kpu kpu_tty kpu_spi kpu_spi_bed'
# Loaded by the cases that need them.
spare_modules='kpu_spi_board'
spare_kernel_modules='xhci_pci ftdi_sio button'

root=$output.tree
rm -rf "$root"
mkdir -p "$root/bin" "$root/sbin" "$root/usr/bin" "$root/dev" "$root/lib/modules" "$root/cases" \
	"$root/tests" "$root/etc"

# pack_module PATH LIST: one stock module, unpacked; its guest path goes to the list unless already
# there.
pack_module() {
	name=$(basename "$1")
	name=${name%.xz}
	[ ! -e "$root/lib/modules/$name" ] || return 0
	case $1 in
	*.xz) xz -dc "$1" >"$root/lib/modules/$name" ;;
	*) cp "$1" "$root/lib/modules/$name" ;;
	esac
	echo "/lib/modules/$name" >>"$root/etc/$2"
}

# pack_kernel_modules LIST NAME...
pack_kernel_modules() {
	base=$("$here/kernels.sh" root "$series")
	release=$("$here/kernels.sh" release "$series")
	list=$1
	shift
	for wanted in "$@"; do
		modprobe -d "$base" -S "$release" --show-depends "$wanted" | sed -n 's/^insmod //p'
	done | while read -r path _; do
		pack_module "$path" "$list"
	done
}

# The emulated board at the other end of a network answers later than silicon.
parameters_of() {
	[ "$1" != kpu_spi ] || echo patience=25
}

pack_project_modules() {
	release=$("$here/kernels.sh" release "$series")
	for name in $project_modules; do
		module=$build/modules/$release/$name.ko
		if [ -e "$module" ]; then
			cp "$module" "$root/lib/modules/"
			echo "/lib/modules/$name.ko $(parameters_of "$name")" >>"$root/etc/modules"
		fi
	done
	for name in $spare_modules; do
		[ ! -e "$build/modules/$release/$name.ko" ] ||
			cp "$build/modules/$release/$name.ko" "$root/lib/modules/"
	done
}

# The rules are tested where udev is installed.
pack_udev() {
	udevadm=$(command -v udevadm) || return 0
	pack_program "$udevadm" "$root/bin/"
	mkdir -p "$root/usr/lib/udev/rules.d"
	cp "$here"/../../packaging/*.rules "$root/usr/lib/udev/rules.d/"
}

cp "$build/tests/guest/init" "$root/init"
cp -R "$orders/." "$root/etc/"
: >"$root/etc/modules"
pack_busybox
# shellcheck disable=SC2086 # one word per module
pack_kernel_modules modules $kernel_modules
# shellcheck disable=SC2086
pack_kernel_modules spare_modules $spare_kernel_modules
pack_project_modules
pack_test_programs
LD_LIBRARY_PATH=$build/lib pack_program "$build/bin/kpuctl" "$root/bin/"
# Where the library looks for them beside the program.
mkdir -p "$root/share/kpu"
cp "$build/firmware/kpu-firmware.bin" "$build/firmware/kpu-first-stage.bin" "$root/share/kpu/"
pack_udev
for program in "$build"/tests/guest/uapi_*; do
	case $program in
	*.o | *.d) ;;
	*) pack_program "$program" "$root/tests/" ;;
	esac
done
pack_cases
pack_archive
