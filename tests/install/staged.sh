#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# Installs into a staging folder, compiles a program with what pkg-config says about it, runs that
# on the installed emulated board, and uninstalls again.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1

# shellcheck source=tests/script.sh
. tests/script.sh
stage=$work/stage
prefix=/opt/board
version=$(sed -n 's/^VERSION := //p' Makefile)
build=${O:-build}

# Not as part of the make that runs this test, and with nothing of the build folder to fall back on.
run_make() {
	env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make "$1" DESTDIR="$stage" prefix=$prefix \
		kernel_release=6.1.0-staged modules_built="$work/modules"
}

installed() {
	env -u KPU_EMULATOR -u KPU_FIRMWARE -u KPU_DEVICE LD_LIBRARY_PATH="$stage$prefix/lib" "$@"
}

describe() {
	PKG_CONFIG_SYSROOT_DIR=$stage PKG_CONFIG_PATH=$stage$prefix/lib/pkgconfig pkg-config "$@"
}

# Where modules go does not depend on what is in them.
make_modules() {
	mkdir -p "$work/modules"
	for module in kpu kpu_tty kpu_spi kpu_spi_board; do
		echo "int $module;" | ${CC:-cc} -x c -g -c -o "$work/modules/$module.ko" -
	done
}

compile() {
	local flags
	read -ra flags <<<"$(describe --cflags --libs libkpu)"
	${CC:-cc} -Wall -Werror -o "$work/program" tests/install/program.c "${flags[@]}"
}

compile_static() {
	local flags
	read -ra flags <<<"$(describe --cflags --libs --static libkpu)"
	${CC:-cc} -Wall -Werror -o "$work/program-static" tests/install/program.c -Wl,-Bstatic \
		"${flags[@]}" -Wl,-Bdynamic
}

# The header of the driver needs no other header of this project, and <kpu.h> not even that one.
headers_stand_alone() {
	local header
	for header in kpu.h linux/kpu.h; do
		echo "#include <$header>" | ${CC:-cc} -x c -std=c11 -Wall -Wextra -Werror \
			-I"$stage$prefix/include" -fsyntax-only - || return 1
	done
	echo "#include <kpu.h>" | ${CC:-cc} -x c -I"$stage$prefix/include" -M - |
		grep -q linux/kpu.h && return 1
	echo "#include <kpu.h>" | ${CXX:-c++} -x c++ -Wall -Wextra -Werror \
		-I"$stage$prefix/include" -fsyntax-only -
}

program_runs() { # PROGRAM
	local said
	said=$(installed "$1") || return 1
	[[ $said =~ ^[0-9]+\ bytes\ free$ ]]
}

# Every @word@ of the unit is filled in.
unit_is_right() {
	local unit="$stage$prefix/lib/systemd/system/kpu-attach@.service"
	grep -q "^ExecStart=$prefix/bin/kpuctl attach " "$unit" || return 1
	! grep -q '^[^#]*@[a-z]*@' "$unit"
}

verify_unit() {
	local said
	mkdir -p "$work/unit"
	# The program is looked for where the unit says, not in the staging folder.
	sed "s,=$prefix/bin/kpuctl,=$stage$prefix/bin/kpuctl," \
		"$stage$prefix/lib/systemd/system/kpu-attach@.service" \
		>"$work/unit/kpu-attach@.service"
	said=$(SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --man=no \
		"$work/unit/kpu-attach@ttyUSB0.service" 2>&1)
	echo "$said"
	[ -z "$said" ]
}

config=/etc/kpu/attach.conf

# Debugging information goes from modules, but not from signed ones, whose signature it would break.
modules_are_stripped() {
	local folder=$stage/lib/modules/6.1.0-staged/updates/kpu
	readelf -S "$work/modules/kpu.ko" | grep -q debug_info || return 1
	! readelf -S "$folder/kpu.ko" | grep -q debug_info
}

signed_module_is_kept() {
	local folder=$stage/lib/modules/6.1.0-staged/updates/kpu
	printf '~Module signature appended~\n' >>"$work/modules/kpu.ko"
	run_make install && cmp "$work/modules/kpu.ko" "$folder/kpu.ko"
}

config_is_kept() {
	echo "ignore generic" >>"$stage$config"
	run_make install && grep -qx "ignore generic" "$stage$config"
}

changed_config_stays() {
	[ -e "$stage$config" ] && rm "$stage$config" && rmdir "$stage/etc/kpu"
}

# What DKMS builds takes the place of modules that were installed, and is not joined by them again.
dkms_takes_over() {
	local folder=$stage/usr/src/kpu-$version
	run_make install-dkms && [ ! -e "$stage/lib/modules/6.1.0-staged/updates/kpu" ] &&
		grep -qx "PACKAGE_VERSION=\"$version\"" "$folder/dkms.conf" &&
		[ -e "$folder/kernel/Kbuild" ] || return 1
	run_make install >"$work/said" && grep -q "modules are left to DKMS" "$work/said" &&
		[ ! -e "$stage/lib/modules/6.1.0-staged/updates/kpu" ]
}

dkms_gives_back() {
	run_make uninstall-dkms && [ ! -e "$stage/usr/src/kpu-$version" ] && run_make install &&
		[ -e "$stage/lib/modules/6.1.0-staged/updates/kpu/kpu.ko" ] && run_make install-dkms
}

has_version() {
	[ "$(describe --modversion libkpu)" = "$version" ]
}

modes_are() { # MODE FILE...: below the prefix
	local mode=$1 file
	shift
	for file in "$@"; do
		[ "$(stat -L -c %a "$stage$file")" = "$mode" ] || {
			echo "$file: $(stat -L -c %a "$stage$file"), not $mode"
			return 1
		}
	done
}

# As by the first tab behind the name of the installed program.
completion_is_found() {
	XDG_DATA_DIRS=$stage$prefix/share bash -c '
		. /usr/share/bash-completion/bash_completion
		_completion_loader kpuctl
		COMP_WORDS=("$1" det) COMP_CWORD=1 COMP_LINE="$1 det" COMP_POINT=$((${#1} + 4))
		_kpuctl kpuctl && [ "${COMPREPLY[*]}" = detect ]' bash "$stage$prefix/bin/kpuctl"
}

nothing_left() {
	find "$stage" ! -type d -o -name kpu | tee "$work/left"
	[ ! -s "$work/left" ]
}

finds_a_digit() {
	local models=$stage$prefix/share/kpu/models
	env -u LD_LIBRARY_PATH "$stage$prefix/bin/kpuctl" -d emu: classify \
		"$models/digits-classifier-v3.kmodel" "$models/samples/digit-7.png" |
		grep -q '^ 1\. 7 '
}

# packaging/install.sh as somebody who is not root, for a home folder; what it prints is kept.
home_install() { # install|uninstall
	local home=$work/user/home user=()
	if [ "$(id -u)" = 0 ]; then
		user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	fi
	(cd "$work/user/tree" && "${user[@]}" env O=build VERSION=0 DESTDIR= prefix="$home" \
		bindir="$home/bin" libdir="$home/lib" libexecdir="$home/libexec" \
		includedir="$home/include" datadir="$home/share" mandir="$home/share/man" \
		completionsdir="$home/share/bash-completion/completions" \
		udevdir="$home/lib/udev/rules.d" modulesloaddir="$home/lib/modules-load.d" \
		unitdir="$home/lib/systemd/system" sysconfdir="$work/user/locked" \
		kernel_release=6.1.0-none modulesdir=/lib/modules modules_built="$work/none" \
		dkms_source=/usr/src libs_private=-pthread \
		packaging/install.sh "$1") >"$work/said" 2>&1
}

# The tree is copied: another user may not look into ours.
make_home() {
	chmod 755 "$work"
	mkdir -p "$work/user/tree/build/bin" "$work/user/tree/build/lib" "$work/user/home" \
		"$work/user/locked"
	cp -r packaging man include models "$work/user/tree"
	cp "$build/bin/kpuctl" "$work/user/tree/build/bin"
	cp "$build"/lib/libkpu.* "$work/user/tree/build/lib"
	chmod -R a+rX "$work/user"
	chmod 555 "$work/user/locked"
	[ "$(id -u)" != 0 ] || chown 65534 "$work/user/home"
}

installs_below_home() {
	home_install install && [ -x "$work/user/home/bin/kpuctl" ] &&
		[ -e "$work/user/home/lib/pkgconfig/libkpu.pc" ] &&
		[ -e "$work/user/home/share/kpu/models/digits-detector-v3.kmodel" ] &&
		[ -e "$work/user/home/share/bash-completion/completions/kpuctl" ] &&
		grep -q "locked/kpu/attach.conf cannot be written and is left out" "$work/said" &&
		grep -q "boards are attached by hand" "$work/said"
}

uninstalls_below_home() {
	home_install uninstall && ! find "$work/user/home" ! -type d | grep -q .
}

make_modules
check "install" run_make install
check "programs" modes_are 755 $prefix/bin/kpuctl $prefix/libexec/kpu/k210-emu $prefix/lib/libkpu.so
check "data" modes_are 644 $prefix/share/kpu/kpu-firmware.bin $prefix/lib/libkpu.a \
	$prefix/share/man/man1/kpuctl.1 $prefix/share/man/man1/k210-emu.1 \
	$prefix/lib/udev/rules.d/60-kpu.rules $prefix/lib/modules-load.d/kpu.conf \
	$prefix/include/linux/kpu.h \
	$prefix/lib/udev/rules.d/60-kpu-boards.rules $config \
	$prefix/lib/systemd/system/kpu-attach@.service
check "unit" unit_is_right
if command -v systemd-analyze >/dev/null; then
	check "unit as systemd sees it" verify_unit
else
	skip "systemd-analyze is not there: the unit is not verified"
fi
check "modules" modes_are 644 /lib/modules/6.1.0-staged/updates/kpu/kpu.ko \
	/lib/modules/6.1.0-staged/updates/kpu/kpu_tty.ko \
	/lib/modules/6.1.0-staged/updates/kpu/kpu_spi.ko \
	/lib/modules/6.1.0-staged/updates/kpu/kpu_spi_board.ko
check "modules are stripped" modules_are_stripped
check "signed modules are not" signed_module_is_kept
check "DKMS takes the modules over" dkms_takes_over
check "and gives them back" dkms_gives_back
check "sources for DKMS" modes_are 644 "/usr/src/kpu-$version/dkms.conf" \
	"/usr/src/kpu-$version/kernel/kpu_main.c" "/usr/src/kpu-$version/link/errors.def"
check "version in pkg-config" has_version
check "headers stand alone" headers_stand_alone
check "compile" compile
check "run" program_runs "$work/program"
check "compile with the static library" compile_static
check "run with the emulator named" env KPU_EMULATOR="$stage$prefix/libexec/kpu/k210-emu" \
	KPU_FIRMWARE="$stage$prefix/share/kpu/kpu-firmware.bin" "$work/program-static"
check "kpuctl finds everything beside itself" env -u LD_LIBRARY_PATH \
	"$stage$prefix/bin/kpuctl" -d emu: info
if [ -e /usr/share/bash-completion/bash_completion ]; then
	check "completion in bash" completion_is_found
else
	skip "bash-completion is not there: completion is not tried"
fi
check "the networks are there, and run" finds_a_digit
check "uninstall" run_make uninstall
check "nothing is left" nothing_left
check "install again" run_make install
check "a changed configuration is kept" config_is_kept
check "uninstall again" run_make uninstall
check "a changed configuration stays" changed_config_stays
check "nothing else is left" nothing_left
make_home
check "install below a home folder, without root" installs_below_home
check "uninstall there" uninstalls_below_home

summary install
