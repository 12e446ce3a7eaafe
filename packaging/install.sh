#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# packaging/install.sh install|install-dkms|uninstall|uninstall-dkms: called by make, which sets the
# variables below.
#
# The table names each file once, so that uninstall removes what install brought.
set -eu

: "${O:?}" "${VERSION:?}" "${prefix:?}" "${bindir:?}" "${libdir:?}" "${libexecdir:?}"
: "${includedir:?}" "${datadir:?}" "${mandir:?}" "${udevdir:?}" "${modulesloaddir:?}"
: "${unitdir:?}" "${sysconfdir:?}" "${kernel_release:?}" "${modules_built:?}" "${libs_private:?}"
: "${completionsdir:?}" "${modulesdir:?}" "${dkms_source:?}"
DESTDIR=${DESTDIR-}
modules_folder=$modulesdir/$kernel_release/updates/kpu
modules='kpu kpu_tty kpu_spi kpu_spi_board'
dkms_folder=$dkms_source/kpu-$VERSION
# Where depmod and dkms are; su leaves it out.
PATH=$PATH:/usr/sbin:/sbin

# MODE SOURCE DESTINATION; mode "link": a link with SOURCE as its text; "fill": SOURCE names the
# folders of the installation as @bindir@; "config": what is already there is the administrator's.
file_table() {
	cat <<END
755 $O/bin/kpuctl $bindir/kpuctl
755 $O/bin/k210-emu $libexecdir/kpu/k210-emu
644 $O/firmware/kpu-firmware.bin $datadir/kpu/kpu-firmware.bin
644 $O/firmware/kpu-first-stage.bin $datadir/kpu/kpu-first-stage.bin
644 $O/firmware/kpu-firmware-flash.bin $datadir/kpu/kpu-firmware-flash.bin
755 $O/lib/libkpu.so.0 $libdir/libkpu.so.$VERSION
link libkpu.so.$VERSION $libdir/libkpu.so.0
link libkpu.so.0 $libdir/libkpu.so
644 $O/lib/libkpu.a $libdir/libkpu.a
644 include/kpu.h $includedir/kpu.h
644 include/uapi/kpu.h $includedir/linux/kpu.h
644 packaging/60-kpu.rules $udevdir/60-kpu.rules
644 packaging/60-kpu-boards.rules $udevdir/60-kpu-boards.rules
644 packaging/kpu.conf $modulesloaddir/kpu.conf
fill packaging/kpu-attach@.service.in $unitdir/kpu-attach@.service
config packaging/attach.conf $sysconfdir/kpu/attach.conf
644 packaging/kpuctl-completion.sh $completionsdir/kpuctl
fill packaging/libkpu.pc.in $libdir/pkgconfig/libkpu.pc
END
	for model in models/*.kmodel models/digits-*.json; do
		echo "644 $model $datadir/kpu/models/${model##*/}"
	done
	for picture in models/samples/*.png; do
		echo "644 $picture $datadir/kpu/models/samples/${picture##*/}"
	done
	for page in man/*.[1-9]; do
		echo "644 $page $mandir/man${page##*.}/${page##*/}"
	done
}

# Folders that are ours alone.
own_folders() {
	echo "$libexecdir/kpu" "$datadir/kpu/models/samples" "$datadir/kpu/models" "$datadir/kpu" \
		"$sysconfdir/kpu"
}

die() {
	echo "install: $*" >&2
	exit 1
}

modules_are_built() {
	[ -e "$modules_built/kpu.ko" ]
}

# Not for a staged tree without that kernel: whoever installs the package runs depmod there.
depend() {
	if [ -e "$DESTDIR$modulesdir/$kernel_release/modules.order" ]; then
		depmod ${DESTDIR:+-b "$DESTDIR"} "$kernel_release"
	fi
}

# A signature is over all bytes: a module that has one stays as it is.
is_signed() {
	tail -c 28 "$1" | grep -q '^~Module signature appended~$'
}

install_modules() {
	install -d "$DESTDIR$modules_folder"
	for module in $modules; do
		install -m 644 "$modules_built/$module.ko" "$DESTDIR$modules_folder/"
		is_signed "$modules_built/$module.ko" ||
			strip --strip-debug "$DESTDIR$modules_folder/$module.ko"
	done
	depend
}

remove_modules() {
	[ -d "$DESTDIR$modules_folder" ] || return 0
	for module in $modules; do
		rm -f "$DESTDIR$modules_folder/$module.ko"
	done
	rmdir --ignore-fail-on-non-empty "$DESTDIR$modules_folder"
	depend
}

# FROM TO
install_filled() {
	install -d "$(dirname "$2")"
	sed -e "s,@prefix@,$prefix," -e "s,@bindir@,$bindir," -e "s,@libdir@,$libdir," \
		-e "s,@includedir@,$includedir," -e "s,@version@,$VERSION," \
		-e "s,@libs_private@,$libs_private," "$1" >"$2"
	chmod 644 "$2"
}

# FROM TO; whoever installs below the home folder may not write there, and needs it not.
install_config() {
	if [ -e "$2" ]; then
		cmp -s "$1" "$2" || echo "install: $2 is kept as it is"
	elif ! install -D -m 644 "$1" "$2" 2>/dev/null; then
		[ -z "$DESTDIR" ] || return 1
		echo "install: $2 cannot be written and is left out"
	fi
}

install_all() {
	file_table | while read -r mode from to; do
		case $mode in
		link) ln -sfn "$from" "$DESTDIR$to" ;;
		fill) install_filled "$from" "$DESTDIR$to" ;;
		config) install_config "$from" "$DESTDIR$to" ;;
		*)
			if [ -e "$from" ]; then
				install -D -m "$mode" "$from" "$DESTDIR$to"
			else
				echo "install: $from was not built and is left out" >&2
			fi
			;;
		esac
	done
	if [ -e "$DESTDIR$dkms_folder/dkms.conf" ]; then
		echo "install: the modules are left to DKMS;" \
			"make install-dkms gives it these sources"
	elif modules_are_built; then
		install_modules
	else
		echo "install: no modules for the kernel $kernel_release (make modules builds them)"
	fi
}

uninstall_all() {
	file_table | while read -r mode from to; do
		if [ "$mode" = config ] && [ ! -w "$(dirname "$DESTDIR$to")" ]; then
			:
		elif [ "$mode" = config ] && [ -e "$DESTDIR$to" ] &&
			! cmp -s "$from" "$DESTDIR$to"; then
			echo "uninstall: $DESTDIR$to was changed and is kept"
		else
			rm -f "$DESTDIR$to"
		fi
	done
	remove_modules
	for folder in $(own_folders); do
		[ ! -d "$DESTDIR$folder" ] || rmdir --ignore-fail-on-non-empty "$DESTDIR$folder"
	done
}

# All that the modules are built from, in the folders of this project.
driver_sources() {
	ls LICENSE LICENSES/GPL-2.0-only.txt LICENSES/BSD-2-Clause.txt kernel/Kbuild kernel/*.[ch] \
		link/*.[ch] link/*.def include/uapi/kpu.h
}

# Not with make's variables, nor with ours: a kernel's makefile has an O and a VERSION, too.
run_dkms() {
	env -i PATH="$PATH" ${TMPDIR:+TMPDIR="$TMPDIR"} dkms "$@"
}

check_root() {
	[ -n "$DESTDIR" ] || [ "$(id -u)" = 0 ] || die "DKMS serves the whole system: sudo make $1"
}

# Before anything is changed.
check_dkms() {
	command -v dkms >/dev/null || die "dkms is missing: sudo apt-get install dkms"
	[ -e "$modulesdir/$kernel_release/build/Makefile" ] || die "the headers of the kernel" \
		"$kernel_release are missing: sudo apt-get install linux-headers-$kernel_release"
}

# Earlier versions, too: dkms keeps the modules that are there.
remove_dkms() {
	for conf in "$DESTDIR$dkms_source"/kpu-*/dkms.conf; do
		if [ -e "$conf" ] && grep -qx 'PACKAGE_NAME="kpu"' "$conf"; then
			folder=$(dirname "$conf")
			version=${folder##*/kpu-}
			if [ -z "$DESTDIR" ] && command -v dkms >/dev/null &&
				[ -n "$(run_dkms status -m kpu -v "$version")" ]; then
				run_dkms remove "kpu/$version" --all
			fi
			rm -rf "$folder"
		fi
	done
}

install_dkms() {
	[ -n "$DESTDIR" ] || check_dkms
	remove_dkms
	driver_sources | while read -r file; do
		install -D -m 644 "$file" "$DESTDIR$dkms_folder/$file"
	done
	install_filled packaging/dkms.conf.in "$DESTDIR$dkms_folder/dkms.conf"
	if [ -n "$DESTDIR" ]; then
		# Whoever installs the package runs dkms there.
		remove_modules
		return
	fi
	run_dkms build "kpu/$VERSION" -k "$kernel_release"
	# Beside those of make install dkms would not install its own.
	remove_modules
	run_dkms install "kpu/$VERSION" -k "$kernel_release"
	echo "install: from now on DKMS builds the modules for each kernel that is installed" \
		"with its headers"
}

is_this_system() {
	[ -z "$DESTDIR" ] && [ "$(id -u)" = 0 ]
}

# What udev and systemd look into.
is_system_prefix() {
	case $prefix in
	/usr | /usr/local) ;;
	*) return 1 ;;
	esac
}

# Boards that are attached by what goes now; the units end by themselves when their boards go.
stop_services() {
	if is_this_system && [ -d /run/systemd/system ]; then
		systemctl stop 'kpu-attach@*.service' || true
	fi
}

# Linker, udev and systemd keep in memory what they have found.
refresh_system() {
	is_this_system || return 0
	ldconfig
	if [ -d /run/udev ] && command -v udevadm >/dev/null; then
		udevadm control --reload || true
	fi
	if [ -d /run/systemd/system ]; then
		systemctl daemon-reload || true
	fi
}

case ${1-} in
install)
	install_all
	if [ -z "$DESTDIR" ] && ! is_system_prefix; then
		echo "install: udev and systemd do not look below $prefix: boards are attached" \
			"by hand, as root (kpuctl attach)"
	elif is_this_system && [ -e "$modules_folder/kpu_tty.ko" ]; then
		echo "install: a board that is plugged in now becomes /dev/kpu0 by itself;" \
			"$sysconfdir/kpu/attach.conf says which ports are left alone"
	fi
	;;
uninstall)
	stop_services
	uninstall_all
	# Whoever uninstalls below the home folder may not, and has not installed it.
	[ ! -w "$DESTDIR$dkms_source" ] || remove_dkms
	;;
install-dkms)
	check_root install-dkms
	install_dkms
	exit
	;;
uninstall-dkms)
	check_root uninstall-dkms
	remove_dkms
	exit
	;;
*)
	echo "usage: packaging/install.sh install|install-dkms|uninstall|uninstall-dkms" >&2
	exit 2
	;;
esac
refresh_system
