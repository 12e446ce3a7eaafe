#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# What make says on a machine where something is missing, and in an unusual order. Nothing is built.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1

# shellcheck source=tests/script.sh
. tests/script.sh

# Not as part of the make that runs this test.
run_make=(env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS -u KPU_NO_DEPS PATH="$work/bin:$PATH" make)

# fake NAME TEXT: a program that runs TEXT.
fake() {
	printf '#!/bin/sh\n%s\n' "$2" >"$work/bin/$1"
	chmod 755 "$work/bin/$1"
}

mkdir "$work/bin"

# Of all packages the table knows, dpkg-query has two.
fake dpkg-query 'printf "build-essential installed\nlibpng-dev installed\n"'
fake apt-get 'exit 100'
expect 0 "before the first build" "${run_make[@]}" name-missing O="$work/none"
says err "libjson-c-dev" "a package that is missing is named"
! grep -q "libpng-dev" "$work/err"
pass_or_fail $? "one that is there is not"
says err "tools/deps.sh base" "the way out is told"
mkdir -p "$work/built/bin"
: >"$work/built/bin/kpuctl"
expect 0 "when it has been built" "${run_make[@]}" name-missing O="$work/built"
[ ! -s "$work/err" ]
pass_or_fail $? "nothing is said then"
rm "$work/bin/dpkg-query"

expect 0 "all, without a cross compiler" "${run_make[@]}" -n all O="$work/none" firmware_cross=nope-
says out "no nope-gcc: the firmware is left out" "it is told that the firmware is missing"
fake fake-gcc 'exit 0'
expect 0 "all, with one" "${run_make[@]}" -n all O="$work/none" firmware_cross=fake-
! grep -q "is left out" "$work/out"
pass_or_fail $? "it is not told then"
expect 2 "modules without headers" "${run_make[@]}" modules KDIR="$work/none"
says err "$work/none is no kernel build directory: .*linux-headers-$(uname -r)" \
	"the package is named"

# DKMS: what is missing is told before anything is changed.
install_dkms=("${run_make[@]}" install-dkms dkms_source="$work/src" modulesdir="$work/modules"
	kernel_release=6.1.0-none)
mkdir -p "$work/src/kpu-0.0.9"
echo 'PACKAGE_NAME="kpu"' >"$work/src/kpu-0.0.9/dkms.conf"
fake id 'echo 1000'
expect 2 "DKMS, not as root" "${install_dkms[@]}"
says err "sudo make install-dkms" "it is told who may"
fake id 'echo 0'
fake dkms 'exit 0'
expect 2 "DKMS without headers" "${install_dkms[@]}"
says err "headers of the kernel 6.1.0-none are missing: .*linux-headers-6.1.0-none" \
	"the package is named"
[ -e "$work/src/kpu-0.0.9/dkms.conf" ]
pass_or_fail $? "the version that was there stays"
rm "$work/bin/id" "$work/bin/dkms"

# A kernel that is there is used, and no other one is fetched for it.
mkdir -p "$work/kernels/6.1"
echo fetched >"$work/kernels/6.1/stamp"
fake apt-cache 'exit 100'
expect 2 "modules for a guest" "${run_make[@]}" guest-modules-6.1 KPU_KERNELS="$work/kernels" \
	KPU_NO_DEPS=1
says err "6.1/usr/src/linux-headers-fetched is no kernel build directory" \
	"only the kernel of that guest is asked for"

expect 2 "a guest that there is none of" "${run_make[@]}" guest-modules-5.10
says err "KERNEL= is one of: 6.1 6.12" "those that there are, are named"
expect 1 "demo with a folder as model" env MODEL="$work" tools/demo.sh
says err "$work is no file that can be read; MODEL=" "the folder is named"

expect 0 "uninstall of what was never installed" "${run_make[@]}" uninstall DESTDIR="$work/stage"
expect 0 "help" "${run_make[@]}" help
for target in demo check deps modules install install-dkms uninstall clean; do
	says out "make $target" "help names $target"
done

summary make
