# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# Sourced: makes folders that look like a Linux system to kpuctl --root. The layout is that of Linux
# 6.1: Documentation/ABI/{stable,testing}/sysfs-bus-usb, sysfs-tty, proc(5).

: "${root=}"

# put FILE TEXT: below $root
put() {
	mkdir -p "$root$(dirname "$1")"
	printf '%s\n' "$2" >"$root$1"
}

# usb_device NAME VENDOR PRODUCT PRODUCT_NAME SERIAL
usb_device() {
	local folder=/sys/bus/usb/devices/$1
	put "$folder/idVendor" "$2"
	put "$folder/idProduct" "$3"
	[ -z "$4" ] || put "$folder/product" "$4"
	[ -z "$5" ] || put "$folder/serial" "$5"
}

# usb_interface NAME NUMBER CLASS DRIVER [PLACE-OF-TTY]: PLACE as below the interface's folder
usb_interface() {
	local folder=/sys/bus/usb/devices/$1
	put "$folder/bInterfaceNumber" "$2"
	put "$folder/bInterfaceClass" "$3"
	[ -z "$4" ] || ln -s "../../../../bus/usb/drivers/$4" "$root$folder/driver"
	[ -z "${5-}" ] || mkdir -p "$root$folder/$5"
}

# process NUMBER NAME [OPEN-FILE]...
process() {
	local folder=/proc/$1 number=0
	put "$folder/comm" "$2"
	mkdir -p "$root$folder/fd"
	shift 2
	for file; do
		ln -s "$file" "$root$folder/fd/$number"
		number=$((number + 1))
	done
}

# kernel_device NAME STATE REASON TRANSPORT FIRMWARE
kernel_device() {
	local folder=/sys/class/kpu/$1
	put "$folder/state" "$2"
	put "$folder/state_reason" "$3"
	put "$folder/transport" "$4"
	put "$folder/firmware_version" "$5"
	put "$folder/board" kpu-k210
}

# A Maix Dock, a Maix Go, a hub, a keyboard and a modem.
usb_zoo() {
	usb_device usb1 1d6b 0002 "xHCI Host Controller" 0000:00:14.0
	usb_interface 1-0:1.0 00 09 hub
	usb_device 1-2 046d c31c "USB Keyboard" ""
	usb_interface 1-2:1.0 00 03 usbhid
	usb_device 1-10 1a86 7523 "USB Serial" ""
	usb_interface 1-10:1.0 00 ff ch341 ttyUSB0/tty/ttyUSB0
	usb_device 1-4.1 0403 6010 Sipeed-Debug GO7
	usb_interface 1-4.1:1.0 00 ff ftdi_sio ttyUSB1/tty/ttyUSB1
	usb_interface 1-4.1:1.1 01 ff ftdi_sio ttyUSB2/tty/ttyUSB2
	usb_device 1-5 2c7c 0125 "LTE Modem" 1234
	usb_interface 1-5:1.2 02 ff option ttyUSB3/tty/ttyUSB3
}
