#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# kpuctl doctor on systems that are made of files: a sound one, then one fault in each. A fault must
# be named with its repair, and its exit status must tell.
set -u

build=${O:-build}
kpuctl=$build/bin/kpuctl
# shellcheck source=tests/script.sh
. tests/script.sh
chmod 755 "$work"
# shellcheck source=tests/unit/kpuctl/fake_system.sh
. tests/unit/kpuctl/fake_system.sh

release=6.1.0-99-amd64
modules=/lib/modules/$release

# module RELEASE SOURCE-VERSION [SIGNATURE]: what kpuctl reads of a module, see modinfo(8)
module() {
	mkdir -p "$root/lib/modules/$1/updates/kpu"
	{
		printf '\177ELFnoise\0license=GPL\0srcversion=%s\0' "$2"
		printf 'vermagic=%s SMP preempt mod_unload modversions \0more' "$1"
		[ -z "${3-}" ] || printf 'x~Module signature appended~\n'
	} >"$root/lib/modules/$1/updates/kpu/kpu_tty.ko"
}

# Everything is there, one board is ready.
sound_system() {
	root=$(mktemp -d "$work/system.XXXX")
	chmod 755 "$root"
	mkdir -p "$root/sys/bus/usb/devices" "$root/proc" "$root/run/systemd/system" "$root/dev"
	put /proc/sys/kernel/osrelease $release
	put $modules/modules.dep ""
	put $modules/build/Makefile ""
	module $release ABC
	put /sys/module/kpu_tty/srcversion ABC
	put /run/udev/control ""
	put /usr/local/lib/udev/rules.d/60-kpu.rules "#"
	put /usr/local/lib/udev/rules.d/60-kpu-boards.rules "#"
	put /usr/local/lib/systemd/system/kpu-attach@.service "#"
	put /etc/group "root:x:0:"
	usb_device 1-1 0403 6010 Sipeed-Debug GO7
	usb_interface 1-1:1.1 01 ff ftdi_sio ttyUSB0/tty/ttyUSB0
	kernel_device kpu0 ready "" "tty ttyUSB0" "$version"
	put /dev/kpu0 ""
	chmod 666 "$root/dev/kpu0"
	process 7 kpuctl /dev/ttyUSB0
}

# The board of sound_system() is there, but nobody has attached it.
detach() {
	rm -r "$root/sys/class/kpu/kpu0" "$root/proc/7"
}

no_module() {
	rm -r "$root/sys/module/kpu_tty"
}

doctor() { # CODE [OPTION]
	timeout 100 "$kpuctl" doctor --root "$root" --config "$work/attach.conf" "${@:2}" \
		>"$work/out" 2>"$work/err"
	[ $? -eq "$1" ]
}

# finds KIND TEXT REPAIR: patterns for the line and for what stands below it
finds() {
	grep -EA1 -- "^$1 .*$2" "$work/out" | grep -Eq -- "${3-.}"
}

# fault NAME TEXT REPAIR: the only problem
fault() {
	check "$1: exit status" doctor 1
	check "$1: named" finds problem "$2" "-> .*$3"
	check "$1: alone" grep -qx "1 problem" "$work/out"
}

# remark NAME TEXT REPAIR: no problem
remark() {
	check "$1: exit status" doctor "${4-0}"
	check "$1: named" finds note "$2" "$3"
}

version=$("$kpuctl" --version | cut -d' ' -f2)

sound_system
check "a sound system" doctor 0
check "says so" grep -qx "no problem" "$work/out"
check "module" finds ok "kpu_tty is loaded"
check "board" finds ok "/dev/kpu0 .tty ttyUSB0. is ready"
check "emulator" finds ok "emulated board runs"
check "JSON" doctor 0 --json
check "JSON counts" grep -q '"problems": 0' "$work/out"

# --- the kernel module
sound_system && no_module
fault "not loaded" "kpu_tty is installed but not loaded" "sudo modprobe kpu_tty"
rm "$root$modules/modules.dep"
fault "no depmod" "depmod has not been run" "sudo depmod"
sound_system && no_module
put /proc/sys/kernel/modules_disabled 1
fault "modules disabled" "modules_disabled" reboot
sound_system && no_module && rm -r "$root$modules/updates"
fault "not installed" "kpu_tty is not installed" "make modules && sudo make install"
check "headers are there" bash -c "! grep -q apt-get '$work/out'"
rm -r "$root$modules/build"
fault "no headers" "kpu_tty is not installed" "apt-get install linux-headers-$release"
check "for one kernel" bash -c "! grep -q dkms '$work/out'"
module 6.1.0-11-amd64 ABC
once_for_all='or once .*sudo make install-dkms'
fault "another kernel" "for kernel 6.1.0-11-amd64, but $release runs" \
	"apt-get install linux-headers-$release && make modules .*, $once_for_all"
put /var/lib/dkms/kpu/0.1.0/source/dkms.conf ""
fault "another kernel, with DKMS" "for kernel 6.1.0-11-amd64, but $release runs" \
	"apt-get install linux-headers-$release && sudo dkms autoinstall$"
put $modules/build/Makefile ""
fault "DKMS has not run" "for kernel 6.1.0-11-amd64, but $release runs" "sudo dkms autoinstall$"
check "with headers that are there" bash -c "! grep -q apt-get '$work/out'"
rm -r "$root/lib/modules/6.1.0-11-amd64"
fault "DKMS has never run" "kpu_tty is not installed" "sudo dkms autoinstall$"
sound_system && no_module
module 6.1.0-11-amd64 ABC
mv "$root/lib/modules/6.1.0-11-amd64/updates/kpu/kpu_tty.ko" "$root$modules/updates/kpu/"
fault "wrong vermagic" "was built for kernel 6.1.0-11-amd64" "make modules"
sound_system && no_module
mkdir -p "$root/sys/firmware/efi/efivars"
printf '\6\0\0\0\1' \
	>"$root/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
put /sys/kernel/security/lockdown "none [integrity] confidentiality"
fault "Secure Boot" "Secure Boot is on, .* no signature" mokutil
put /sys/kernel/security/lockdown "[none] integrity confidentiality"
fault "Secure Boot without lockdown" "installed but not loaded" modprobe
put /sys/kernel/security/lockdown "none [integrity] confidentiality"
module $release ABC signed
fault "signed" "installed but not loaded" modprobe
sound_system && module $release DEF
fault "an older one is loaded" "not the one that is installed" "modprobe -r kpu_tty"
sound_system && rm -r "$root$modules/updates"
remark "loaded by hand" "not installed for kernel $release" "make modules"
put /var/lib/dkms/kpu/0.1.0/source/dkms.conf ""
remark "loaded by hand, with DKMS" "not installed for kernel $release" "sudo dkms autoinstall"
sound_system && no_module && : >"$root$modules/updates/kpu/kpu_tty.ko"
fault "empty module" "installed but not loaded" modprobe

# --- rules, service
sound_system && rm "$root/usr/local/lib/udev/rules.d/60-kpu.rules"
fault "no rule" "60-kpu.rules is not installed" "sudo make install"
sound_system && rm "$root/usr/local/lib/udev/rules.d/60-kpu-boards.rules"
fault "no rule for boards" "60-kpu-boards.rules is not installed" "sudo make install"
sound_system && rm "$root/usr/local/lib/systemd/system/kpu-attach@.service"
fault "no service" "kpu-attach@.service is not installed" "sudo make install"
sound_system && mkdir -p "$root/etc/systemd/system" &&
	ln -s /dev/null "$root/etc/systemd/system/kpu-attach@.service"
remark "masked" "kpu-attach@.service is masked" .
sound_system && rm -r "$root/run/systemd"
remark "no systemd" "systemd does not run" "kpuctl attach"
sound_system && rm -r "$root/run/udev"
remark "no udev" "udev does not run" "kpuctl attach"

# --- the board
sound_system
kernel_device kpu0 dead "the board does not answer at any rate" "tty ttyUSB0" 0.0.0
fault "dead" "dead: the board does not answer at any rate" "sudo kpuctl reset kpu0"
kernel_device kpu0 recovering "the session was lost" "tty ttyUSB0" "$version"
remark "recovering" "is recovering: the session was lost" wait
kernel_device kpu0 ready "" "tty ttyUSB0" 0.0.7
fault "old firmware" "runs firmware 0.0.7" "kpuctl reset kpu0"
sound_system && rm "$root/dev/kpu0"
fault "no node" "there is no /dev/kpu0" "udevadm trigger"
sound_system && detach
fault "not attached" "ttyUSB0 .Maix Go. is not attached" "systemctl restart kpu-attach@ttyUSB0"
echo "ignore serial=GO7" >"$work/attach.conf"
remark "ignored" "left alone: .*attach.conf, line 1" .
echo "ignore GO7" >"$work/attach.conf"
check "bad configuration" doctor 1
check "bad configuration: named" finds problem "attach.conf, line 1" .
rm "$work/attach.conf"
process 41 minicom /dev/ttyUSB0
fault "port busy" "in use by minicom .process 41" "kill 41"
rm -r "$root/proc/41"
process 41 kpuctl /dev/ttyUSB0
remark "being booted" "kpuctl .process 41. works on /dev/ttyUSB0" wait
rm -r "$root/proc/41"
process 42 ModemManager /dev/ttyUSB0
fault "ModemManager has it" "in use by ModemManager" "make install"
sound_system && detach && process 42 ModemManager &&
	rm "$root/usr/local/lib/udev/rules.d/60-kpu-boards.rules"
check "ModemManager will have it" doctor 1
check "ModemManager is named" finds problem "ModemManager runs and talks" "make install"
sound_system && detach
rm -r "$root/sys/bus/usb/devices/"*
usb_device 1-1 1a86 7523 "USB Serial" ""
usb_interface 1-1:1.0 00 ff ch341 ttyUSB0/tty/ttyUSB0
remark "perhaps a board" "ttyUSB0 is not attached: it may be" "kpu-attach@ttyUSB0"
rm -r "$root/sys/bus/usb/devices/1-1:1.0"
usb_interface 1-1:1.0 00 ff ""
fault "no driver" "no kernel driver has taken it" "modprobe ch341"
rm -r "$root/sys/bus/usb/devices/1-1:1.0"
usb_interface 1-1:1.0 00 ff usbfs
fault "libusb" "a program has taken it" "close that program"
process 50 brltty
fault "brltty" "brltty has taken it" "apt-get remove brltty"
sound_system && detach && rm -r "$root/sys/bus/usb/devices/"*
remark "no board" "no board is there" "plug one in" 3
kernel_device kpu3 ready "" "spi spi0.0" "$version"
put /dev/kpu3 "" && chmod 666 "$root/dev/kpu3"
check "a board on SPI" doctor 0
kernel_device kpu3 ready "" "spi spi0.0" 0.0.7
fault "old firmware on SPI" "runs firmware 0.0.7" \
	"/dev/kpu3 flash firmware && sudo kpuctl reset kpu3"

# A port of that name is on no system, so nothing real is reset.
sound_system && detach && rm -r "$root/sys/bus/usb/devices/"*
usb_device 1-1 0403 6010 Sipeed-Debug GO7
usb_interface 1-1:1.1 01 ff ftdi_sio ttyFAKE7/tty/ttyFAKE7
check "asked" doctor 1 --probe
check "does not answer" finds problem "no K210 answers on /dev/ttyFAKE7" .
check "not asked" doctor 1
check "nothing is asked without being told" bash -c "! grep -q 'K210 answers' '$work/out'"

# --- emulator and firmware image, of this system
sound_system
KPU_FIRMWARE=$work/none.bin check "no firmware image" doctor 1
check "no firmware image: named" finds problem "none.bin" "make install"
head -c 5000 /dev/zero >"$work/wrong.bin"
KPU_FIRMWARE=$work/wrong.bin check "a wrong image" doctor 1
check "a wrong image: named" finds problem "emulated board" "make install"
KPU_EMULATOR=$work/none check "no emulator" doctor 1
check "no emulator: named" finds problem "emulated board" "make install"

# --- a user's rights: not root's
as_user() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid 65534 --regid 65534 --groups "${groups:-65534}" "$@"
	else
		"$@"
	fi
}

# The build folder may lie where others may not go.
mkdir -p "$work/user/bin" "$work/user/lib" "$work/user/firmware"
cp "$build/bin/kpuctl" build/bin/k210-emu "$work/user/bin/"
cp "$build/lib/libkpu.so.0" "$work/user/lib/"
cp build/firmware/*.bin "$work/user/firmware/"
chmod -R a+rX "$work/user"

user_doctor() { # CODE
	as_user timeout 60 "$work/user/bin/kpuctl" doctor --root "$root" --config "$work/none" \
		>"$work/out" 2>"$work/err"
	[ $? -eq "$1" ]
}

user=$(as_user id -un)
sound_system
put /etc/group "plugdev:x:46:somebody,x$user,${user}x"
check "not in the group" user_doctor 0
check "not in the group: named" finds note "$user is not in the group plugdev" \
	"sudo usermod -aG plugdev $user"
put /etc/group "plugdev:x:46:somebody,$user"
check "in the group, not in the session" user_doctor 1
check "said" finds problem "this session began before" "log out"
put /etc/group "plugdev:x:$(as_user id -g):"
check "in the group" user_doctor 0
check "in the group: said" finds ok "$user is in the group plugdev"
chmod 600 "$root/dev/kpu0"
if [ "$(id -u)" -eq 0 ]; then
	check "not permitted" user_doctor 1
	check "not permitted: named" finds problem "not permitted to use /dev/kpu0" usermod
fi

summary doctor
