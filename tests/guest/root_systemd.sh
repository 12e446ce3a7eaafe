#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# Pack the root of a guest with this machine's systemd and udev, as Debian delivers them, into which
# `make install` has installed the project.
#
#   tests/guest/root_systemd.sh SERIES ORDERS OUTPUT
#
# Arguments as of root.sh. There is no other init: systemd starts everything, the last of it the
# cases (tests/guest/systemd/).
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
top=$(CDPATH='' cd -- "$here/../.." && pwd)
build=${KPU_BUILD-$top/build}
series=$1
orders=$2
output=$3
. "$here/root_functions.sh"

# udev loads the others. No case plugs in the virtual cable's controller.
kernel_modules='virtio_pci virtio_net 9pnet_virtio 9p vhci-hcd ch341 cdc-acm'
packages='systemd udev kmod'
# Neither text for people nor what takes megabytes and says how devices are called.
unused='/usr/share/|/hwdb\.d/|/etc/init\.d/'
unused=$unused'|/systemd-(networkd|resolved|logind|hostnamed|timedated)$'
# Without a bus of messages, terminals and users who log in.
masked='systemd-logind getty@ serial-getty@ getty-static systemd-networkd systemd-hwdb-update
systemd-firstboot systemd-sysusers systemd-random-seed systemd-update-utmp
systemd-journal-catalog-update systemd-journal-flush systemd-pcrphase systemd-pcrphase-sysinit
systemd-machine-id-commit systemd-user-sessions systemd-remount-fs'

archive=$output.tree
# Copied to memory of its own when the guest starts: systemd cannot leave the initial root.
root=$archive/system
release=$("$here/kernels.sh" release "$series")

make_folders() {
	rm -rf "$archive"
	mkdir -p "$archive/bin" "$archive/new" "$root"
	for folder in bin sbin lib lib64; do
		mkdir -p "$root/usr/$folder"
		ln -s "usr/$folder" "$root/$folder"
	done
	mkdir -p "$root/dev" "$root/proc" "$root/sys" "$root/run" "$root/tmp" "$root/var/log" \
		"$root/etc/systemd/system" "$root/root" "$root/out" "$root/models" "$root/tests"
}

package_files() {
	for package in $packages; do
		dpkg-query -L "$package"
	done | grep -vE "$unused" | while read -r file; do
		[ -d "$file" ] || [ ! -e "$file" ] || echo "$file"
	done
}

# The libraries of all programs, and those that systemd loads by their names.
pack_packages() {
	package_files >"$output.files"
	tar -C / -c -T "$output.files" --transform='s,^/\?\(bin\|sbin\|lib\)/,usr/\1/,S' \
		2>/dev/null | tar -C "$root" -x
	{
		while read -r file; do
			[ ! -x "$file" ] || echo "$file"
		done <"$output.files" |
			xargs ldd "$build/bin/kpuctl" "$build/bin/k210-emu" 2>/dev/null |
			grep -v "$build" |
			sed -n 's/.* => \(\/[^ ]*\).*/\1/p;s/^[[:space:]]\(\/[^ ]*\).*/\1/p'
		ls /usr/lib/x86_64-linux-gnu/libkmod.so.2 /usr/lib/x86_64-linux-gnu/libseccomp.so.2
	} | sort -u | while read -r library; do
		mkdir -p "$root$(dirname "$library")"
		[ -e "$root$library" ] || cp -L "$library" "$root$library"
	done
}

pack_kernel_modules() {
	base=$("$here/kernels.sh" root "$series")
	for wanted in $kernel_modules; do
		modprobe -d "$base" -S "$release" --show-depends "$wanted" | sed -n 's/^insmod //p'
	done | sort -u | while read -r path _; do
		file=$root${path#"$base"}
		mkdir -p "$(dirname "$file")"
		cp "$path" "$file"
	done
	cp "$base/lib/modules/$release"/modules.order \
		"$base/lib/modules/$release"/modules.builtin* "$root/lib/modules/$release/"
}

install_project() {
	log=$output.install
	make -C "$top" --no-print-directory install DESTDIR="$root" prefix=/usr/local O="$build" \
		kernel_release="$release" modules_built="$build/modules/$release" >"$log" 2>&1 &&
		return
	cat "$log" >&2
	exit 1
}

# alice may use boards, bob may not.
write_configuration() {
	cat >"$root/etc/passwd" <<-END
		root:x:0:0:root:/root:/bin/sh
		nobody:x:65534:65534:nobody:/:/bin/sh
		alice:x:1000:1000::/tmp:/bin/sh
		bob:x:1001:1001::/tmp:/bin/sh
	END
	cat >"$root/etc/group" <<-END
		root:x:0:
		tty:x:5:
		disk:x:6:
		kmem:x:15:
		dialout:x:20:
		cdrom:x:24:
		audio:x:29:
		video:x:44:
		plugdev:x:46:alice
		sgx:x:101:
		lp:x:7:
		tape:x:26:
		input:x:102:
		render:x:103:
		kvm:x:104:
		systemd-journal:x:105:
		users:x:100:
		nogroup:x:65534:
		alice:x:1000:
		bob:x:1001:
	END
	echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id"
	echo kpu >"$root/etc/hostname"
	echo vhci-hcd >"$root/etc/modules-load.d/cable.conf"
	for unit in $masked; do
		ln -sf /dev/null "$root/etc/systemd/system/$unit.service"
	done
}

pack_cases_service() {
	cp "$here/systemd/kpu-cases.service" "$root/etc/systemd/system/"
	mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
	ln -s ../kpu-cases.service "$root/etc/systemd/system/multi-user.target.wants/"
	ln -sf /usr/lib/systemd/system/multi-user.target "$root/etc/systemd/system/default.target"
	install -m 755 "$here/systemd/cases.sh" "$root/cases/"
	cp -R "$orders/." "$root/etc/"
}

pack_first_step() {
	cp "$root/bin/busybox" "$archive/bin/busybox"
	install -m 755 "$here/systemd/init.sh" "$archive/init"
}

make_folders
pack_packages
pack_busybox
pack_kernel_modules
install_project
write_configuration
pack_test_programs
pack_cases
pack_cases_service
pack_first_step
root=$archive
pack_archive
