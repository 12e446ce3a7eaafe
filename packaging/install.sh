#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# packaging/install.sh install|uninstall: called by make, which sets the variables below.
#
# The table names each file once, so that uninstall removes what install brought.
set -eu

: "${O:?}" "${VERSION:?}" "${prefix:?}" "${bindir:?}" "${libdir:?}" "${libexecdir:?}"
: "${includedir:?}" "${datadir:?}" "${mandir:?}" "${udevdir:?}" "${modulesloaddir:?}"
: "${kernel_release:?}" "${modules_built:?}"
DESTDIR=${DESTDIR-}
modules_folder=/lib/modules/$kernel_release/updates/kpu

# MODE SOURCE DESTINATION; mode "link": a link with SOURCE as its text.
file_table() {
	cat <<END
755 $O/bin/kpuctl $bindir/kpuctl
755 $O/bin/k210-emu $libexecdir/kpu/k210-emu
644 $O/firmware/kpu-firmware.bin $datadir/kpu/kpu-firmware.bin
644 $O/firmware/kpu-firmware-flash.bin $datadir/kpu/kpu-firmware-flash.bin
755 $O/lib/libkpu.so.0 $libdir/libkpu.so.$VERSION
link libkpu.so.$VERSION $libdir/libkpu.so.0
link libkpu.so.0 $libdir/libkpu.so
644 $O/lib/libkpu.a $libdir/libkpu.a
644 include/kpu.h $includedir/kpu.h
644 include/uapi/kpu.h $includedir/linux/kpu.h
644 packaging/60-kpu.rules $udevdir/60-kpu.rules
644 packaging/kpu.conf $modulesloaddir/kpu.conf
END
	for page in man/*.[1-9]; do
		echo "644 $page $mandir/man${page##*.}/${page##*/}"
	done
}

# Folders that are ours alone.
own_folders() {
	echo "$libexecdir/kpu" "$datadir/kpu" "$modules_folder"
}

modules_are_built() {
	[ -e "$modules_built/kpu.ko" ]
}

# Not for a staged tree without that kernel: whoever installs the package runs depmod there.
depend() {
	if [ -e "$DESTDIR/lib/modules/$kernel_release/modules.order" ]; then
		depmod ${DESTDIR:+-b "$DESTDIR"} "$kernel_release"
	fi
}

install_modules() {
	install -d "$DESTDIR$modules_folder"
	install -m 644 "$modules_built"/kpu.ko "$modules_built"/kpu_tty.ko "$DESTDIR$modules_folder/"
	strip --strip-debug "$DESTDIR$modules_folder"/*.ko
	depend
}

write_pkg_config() {
	install -d "$DESTDIR$libdir/pkgconfig"
	sed -e "s,@prefix@,$prefix," -e "s,@libdir@,$libdir," -e "s,@includedir@,$includedir," \
		-e "s,@version@,$VERSION," packaging/libkpu.pc.in \
		>"$DESTDIR$libdir/pkgconfig/libkpu.pc"
	chmod 644 "$DESTDIR$libdir/pkgconfig/libkpu.pc"
}

install_all() {
	file_table | while read -r mode from to; do
		if [ "$mode" = link ]; then
			ln -sfn "$from" "$DESTDIR$to"
		elif [ -e "$from" ]; then
			install -D -m "$mode" "$from" "$DESTDIR$to"
		else
			echo "install: $from was not built and is left out" >&2
		fi
	done
	write_pkg_config
	if modules_are_built; then
		install_modules
	else
		echo "install: no modules for the kernel $kernel_release (make modules builds them)"
	fi
}

uninstall_all() {
	file_table | while read -r _ _ to; do
		rm -f "$DESTDIR$to"
	done
	rm -f "$DESTDIR$libdir/pkgconfig/libkpu.pc"
	if [ -d "$DESTDIR$modules_folder" ]; then
		rm -f "$DESTDIR$modules_folder/kpu.ko" "$DESTDIR$modules_folder/kpu_tty.ko"
		depend
	fi
	for folder in $(own_folders); do
		[ ! -d "$DESTDIR$folder" ] || rmdir --ignore-fail-on-non-empty "$DESTDIR$folder"
	done
}

# The linker's cache is of this system only.
refresh_linker() {
	if [ -z "$DESTDIR" ] && [ "$(id -u)" = 0 ]; then
		ldconfig
	fi
}

case ${1-} in
install) install_all ;;
uninstall) uninstall_all ;;
*)
	echo "usage: packaging/install.sh install|uninstall" >&2
	exit 2
	;;
esac
refresh_linker
