#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# Build a kernel that finds defects, for the guest tests: lockdep, KASAN, UBSAN, checks of objects,
# lists and DMA, and injected failures, from Debian's own source and debug_kernel.config.
#
#   tests/guest/debug_kernel.sh FOLDER
#
# FOLDER gets what kernels.sh keeps of a stock kernel: stamp, vmlinux, lib/modules and
# usr/src/linux-headers-RELEASE, here the build itself. It takes a quarter of an hour or more on two
# processors, and 3 GB. "kernels.sh fetch debug" calls this. No root is needed, only the packages of
# "tools/deps.sh guest debug".
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
package=linux-source-6.12

say() {
	echo "debug_kernel: $*" >&2
}

die() {
	say "$*"
	exit 1
}

[ $# -eq 1 ] || {
	sed -n '5,14s/^# \{0,1\}//p' "$0" >&2
	exit 2
}
mkdir -p "$1"
folder=$(CDPATH='' cd -- "$1" && pwd)
source=$folder/usr/src/$package
objects=$folder/usr/src/objects
log=$folder/build.log

# The newest one that the system's package lists offer; apt verifies its checksum. The headers of
# the largest graphics driver are 400 MB that nothing here needs.
fetch_source() {
	[ ! -e "$source/Makefile" ] || return 0
	say "fetching $package"
	rm -rf "$folder/fetched" "$source"
	mkdir -p "$folder/fetched" "$folder/usr/src"
	(cd "$folder/fetched" &&
		apt-get -o APT::Sandbox::User="$(id -un)" -q download $package) >"$log" 2>&1 ||
		die "no $package could be fetched, see $log;" \
			"is bookworm-security among the apt sources?"
	dpkg --fsys-tarfile "$folder"/fetched/*.deb | tar -xO "./usr/src/$package.tar.xz" |
		tar -C "$folder/usr/src" -xJ --exclude='*/drivers/gpu/drm/amd/include/*'
	rm -rf "$folder/fetched"
}

# One make of the kernel's own; what it says is only of interest when it fails.
build() {
	make -C "$source" O="$objects" "$@" >>"$log" 2>&1 ||
		die "make $*: $(tail -n 20 "$log")"
}

# An option that the kernel does not know any more, or whose dependencies are not met, is left out
# of .config without a word; a check that is not there must not seem to have passed.
check_config() {
	grep '^CONFIG_' "$here/debug_kernel.config" | while read -r option; do
		case $option in
		*=n) ! grep -q "^${option%=n}=" "$objects/.config" ;;
		*) grep -Fqx "$option" "$objects/.config" ;;
		esac || die "the kernel's configuration does not take $option"
	done
}

configure() {
	rm -rf "$objects"
	mkdir -p "$objects"
	build tinyconfig
	cat "$here/debug_kernel.config" >>"$objects/.config"
	build olddefconfig
	check_config
}

fetch_source
configure
say "building, which takes its time"
build -j"$(nproc)" vmlinux modules
build INSTALL_MOD_PATH="$folder" modules_install
release=$(cat "$objects/include/config/kernel.release")
ln -sfn "$objects" "$folder/usr/src/linux-headers-$release"
cp "$objects/vmlinux" "$folder/vmlinux"
echo "$release" >"$folder/stamp"
say "$release ready"
