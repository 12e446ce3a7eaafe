#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# make install-dkms with the real dkms, in folders of its own and with the headers of a guest's
# kernel: what it installs builds outside of this project, takes the place of what was there, and
# gives the modules that this project's own build gives. Run by make check-guest.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1

# shellcheck source=tests/script.sh
. tests/script.sh
series=6.12
release=$(tests/guest/kernels.sh release $series) || exit 1
headers=$(tests/guest/kernels.sh kdir $series) || exit 1
own=build/modules/$release
version=$(sed -n 's/^VERSION := //p' Makefile)
here=$work/modules/$release

if ! dkms=$(PATH=$PATH:/usr/sbin command -v dkms); then
	skip "dkms is not there: nothing is built with it"
	summary dkms
	exit
fi

# fake NAME TEXT: a program that runs TEXT.
fake() {
	printf '#!/bin/sh\n%s\n' "$2" >"$work/bin/$1"
	chmod 755 "$work/bin/$1"
}

# With our folders for all of its own, and no key for signatures, which it would make in /var/lib.
mkdir -p "$work/bin" "$work/tree" "$here"
fake dkms "sign_file=/none exec $dkms \"\$@\" --dkmstree $work/tree --sourcetree $work/src \
	--installtree $work/modules --kernelsourcedir $headers --no-depmod"
# Nothing here needs root.
fake id 'echo 0'
PATH=$work/bin:$PATH
ln -s "$headers" "$here/build"

run_make() {
	env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make "$1" dkms_source="$work/src" \
		modulesdir="$work/modules" kernel_release="$release"
}

# old_source VERSION: known to dkms, not built.
old_source() {
	mkdir -p "$work/src/kpu-$1/link"
	sed "s,@version@,$1," packaging/dkms.conf.in >"$work/src/kpu-$1/dkms.conf"
	echo "int a_file_that_was_renamed(void" >"$work/src/kpu-$1/link/old.c"
	dkms add "kpu/$1"
}

# What make install has brought before.
plain_modules() {
	local module
	mkdir -p "$here/updates/kpu"
	for module in kpu kpu_tty kpu_spi kpu_spi_board; do
		(cat "$own/$module.ko" && echo "of make install") >"$here/updates/kpu/$module.ko" ||
			return 1
	done
}

other_source() {
	mkdir -p "$work/src/kpu-other"
	echo 'PACKAGE_NAME="kpu-other"' >"$work/src/kpu-other/dkms.conf"
}

installed_modules() {
	find "$work/modules" -name '*.ko*'
}

# All that the sources build and no more, each once.
modules_are_all() {
	diff <(installed_modules | sed 's,.*/,,; s,\.ko.*,,' | sort) \
		<(find "$own/src/kernel/" -name '*.ko' -printf '%f\n' | sed 's,\.ko$,,' | sort)
}

# For this kernel, and with what udev finds them by.
modules_are_the_same() {
	local module name field
	for module in $(installed_modules); do
		name=${module##*/}
		for field in vermagic depends alias; do
			diff <(modinfo -F $field "$module") \
				<(modinfo -F $field "$own/${name%%.ko*}.ko") ||
				return 1
		done
	done
	[[ $(modinfo -F vermagic "$module") == "$release "* ]]
}

only_this_version() {
	[ "$(dkms status | tee /dev/stderr | cut -d, -f1)" = "kpu/$version" ] &&
		dkms status | grep -q "installed" &&
		[ ! -e "$work/src/kpu-0.0.9" ] && [ ! -e "$work/src/kpu-$version/link/old.c" ] &&
		! grep -r "of make install" "$work/modules/"
}

refused_by_dkms() {
	local kernel
	for kernel in 5.10.0-99-amd64 6.0.19; do
		dkms build "kpu/$version" -k $kernel
		[ $? -eq 77 ] || return 1
	done
}

nothing_left() {
	[ -z "$(installed_modules)" ] && [ -z "$(dkms status)" ] &&
		[ ! -e "$work/src/kpu-$version" ]
}

check "an earlier version" old_source 0.0.9
check "this version, of earlier sources" old_source "$version"
check "modules of make install" plain_modules
check "another package" other_source
check "install" run_make install-dkms
check "the modules are those that are built" modules_are_all
check "they are the same as this project's build gives" modules_are_the_same
check "nothing of before is left" only_this_version
check "kernels that are too old are left out" refused_by_dkms
check "uninstall" run_make uninstall-dkms
check "nothing is left" nothing_left
check "but for the other package" test -e "$work/src/kpu-other/dkms.conf"

summary dkms
