#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# Install the Debian packages that a build or test target needs, if any is missing.
#
#   tools/deps.sh [--list | --missing] GROUP...
#
# GROUP is base, guest, lint, fuzz, train, debug or all, which is all of them but the last two.
# Without an option the missing packages are installed with apt-get, through sudo when not root;
# when nothing is missing this takes some ten milliseconds and says nothing, so every target may
# call it. --list prints the packages of the groups, --missing those that are not installed.
#
# KPU_NO_DEPS=1 turns it into a no-op, for machines whose packages come from elsewhere.
# Exit status: 0 all there, 1 could not be installed, 2 wrong usage.
#
# To add a package: one line in the table below. The third column says what needs it.
set -eu

package_table() {
	cat <<'END'
base  build-essential               host programs
base  pkg-config                    host programs
base  check                         unit tests
base  libjson-c-dev                 kpuctl --json
base  libjpeg62-turbo-dev           kpuctl: photos
base  libexif-dev                   kpuctl: photos of a camera that was held upright
base  libpng-dev                    kpuctl: photos, annotated output
base  libzip-dev                    kpuctl: kfpkg packages
base  libusb-1.0-0-dev              kpuctl: boards on USB
base  libgpiod-dev                  libkpu: ready line of spi:
base  libmd-dev                     digests
base  zlib1g-dev                    packed golden files
base  procps                        pgrep: tests that look for child processes
base  mandoc                        manual pages are tested
base  bash-completion               completion of kpuctl is tested
base  gcc-riscv64-unknown-elf       firmware
base  picolibc-riscv64-unknown-elf  firmware
base  qemu-user                     CPU tests against an independent RISC-V
base  dt-schema                     device-tree binding of the SPI board
base  device-tree-compiler          overlays of the SPI board
guest qemu-system-x86               boots the guest
guest busybox-static                shell of the guest
guest kmod                          depmod and module dependencies
guest cpio                          packs the guest's root
guest udev                          udevadm tests the rules in the guest
guest systemd                       runs the service in a guest
guest xz-utils                      unpacks kernels and modules
guest zstd                          unpacks kernels that use zstd
guest libelf1                       kernel build tools (objtool, modpost)
guest libssl3                       kernel build tools
guest bc                            kernel build
guest gcc-12                        the compiler of both kernels
guest dkms                          make install-dkms is tested with it
lint  clang-format                  layout
lint  cppcheck                      static analysis
lint  sparse                        kernel annotations
lint  shellcheck                    scripts
lint  codespell                     spelling
lint  reuse                         licence of every file
lint  perl                          checkpatch
lint  linux-source-6.1              checkpatch, which Debian ships nowhere else
lint  git                           list of files under version control
fuzz  clang-14                      libFuzzer
fuzz  libclang-rt-14-dev            libFuzzer and sanitizers of clang
train python3-torch                 make models: networks
train python3-numpy                 make models: pictures
debug flex                          tests/guest/debug_kernel.sh
debug bison                         tests/guest/debug_kernel.sh
debug libelf-dev                    tests/guest/debug_kernel.sh: objtool
END
}

die() {
	echo "deps: $*" >&2
	exit 1
}

usage() {
	sed -n '5,18s/^# \{0,1\}//p' "$0" >&2
	exit 2
}

# Packages of the groups given as arguments, one per line.
packages_of() {
	for group in "$@"; do
		case $group in
		base | guest | lint | fuzz | train | debug)
			package_table | awk -v g="$group" '$1 == g { print $2 }'
			;;
		all) package_table | awk '$1 != "train" && $1 != "debug" { print $2 }' ;;
		*) usage ;;
		esac
	done | sort -u
}

missing_of() {
	installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null |
		awk '$2 == "installed" { print $1 }')
	for package in "$@"; do
		case "
$installed
" in
		*"
$package
"*) ;;
		*) echo "$package" ;;
		esac
	done
}

# apt_get ARGS: as root, waiting for another apt to finish, silent unless it fails.
apt_get() {
	log=$(mktemp)
	if $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
		-o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@" >"$log" 2>&1 </dev/null; then
		rm -f "$log"
		return 0
	fi
	cat "$log" >&2
	rm -f "$log"
	return 1
}

action=install
case ${1-} in
--list | --missing)
	action=${1#--}
	shift
	;;
esac
[ $# -gt 0 ] || usage
[ -z "${KPU_NO_DEPS-}" ] || exit 0

packages=$(packages_of "$@")
if [ "$action" = list ]; then
	echo "$packages"
	exit 0
fi

if ! command -v dpkg-query >/dev/null 2>&1 || ! command -v apt-get >/dev/null 2>&1; then
	# shellcheck disable=SC2086 # one word per package
	die "this is not a Debian system; install the counterparts of these packages and" \
		"set KPU_NO_DEPS=1:" $packages
fi
# shellcheck disable=SC2086 # one word per package
missing=$(missing_of $packages | tr '\n' ' ')
missing=${missing% }
if [ "$action" = missing ]; then
	[ -z "$missing" ] || echo "$missing"
	exit 0
fi
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null 2>&1 ||
		die "missing packages, and neither root nor sudo to install them. As root, type:
    apt-get install --no-install-recommends $missing"
	as_root=sudo
fi

echo "deps: installing $missing"
apt_get update || echo "deps: apt-get update failed, trying with the old package lists" >&2
# shellcheck disable=SC2086 # one word per package
apt_get install --no-install-recommends $missing ||
	die "apt-get could not install: $missing"
