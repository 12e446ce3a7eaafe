# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=sh
#
# What the makers of the guests' initial roots share: root.sh and root_systemd.sh set here, build,
# root and output.

pack_busybox() {
	cp "$(command -v busybox)" "$root/bin/busybox"
	for applet in $("$root/bin/busybox" --list); do
		[ -e "$root/bin/$applet" ] || [ -L "$root/bin/$applet" ] ||
			ln -s /bin/busybox "$root/bin/$applet"
	done
}

# A program and the shared libraries it names, at the paths where the loader looks.
pack_program() {
	[ -x "$1" ] || return 0
	cp -L "$1" "$2"
	ldd "$1" 2>/dev/null |
		sed -n 's/.* => \(\/[^ ]*\).*/\1/p;s/^[[:space:]]*\(\/[^ ]*\).*/\1/p' |
		while read -r library; do
			case $library in
			"$build"/*) target=$root/lib/x86_64-linux-gnu/$(basename "$library") ;;
			*) target=$root$library ;;
			esac
			mkdir -p "$(dirname "$target")"
			[ -e "$target" ] || cp -L "$library" "$target"
		done
}

pack_test_programs() {
	pack_program "$build/tests/guest/usbip_attach" "$root/bin/"
	pack_program "$build/tests/guest/spi_cable" "$root/bin/"
	pack_program "$build/tests/guest/pull_cable" "$root/bin/"
	pack_program "$build/tests/guest/ioctl_bench" "$root/bin/"
	pack_program "$build/tests/guest/board_order" "$root/bin/"
	pack_program "$build/tests/guest/host_sleep" "$root/bin/"
	pack_program "$build/tests/guest/failing_allocations" "$root/bin/"
	LD_LIBRARY_PATH=$build/lib pack_program "$build/tests/guest/recovery_load" "$root/bin/"
	LD_LIBRARY_PATH=$build/lib pack_program "$build/tests/guest/until_dead" "$root/bin/"
}

pack_cases() {
	[ ! -d "$build/demo" ] || cp -R "$build/demo" "$root/demo"
	mkdir -p "$root/cases"
	cp "$here"/cases/*.sh "$here"/lib/*.sh "$root/cases/"
}

# Whoever packs it, its files belong to root.
pack_archive() {
	(cd "$root" && find . | cpio --quiet -o -H newc -R 0:0) >"$output"
	rm -rf "$root"
}
