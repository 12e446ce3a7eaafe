#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# kpuctl list, attach and reset on systems that are made of files.
set -u

build=${O:-build}
kpuctl=$build/bin/kpuctl
# shellcheck source=tests/script.sh
. tests/script.sh
# shellcheck source=tests/unit/kpuctl/fake_system.sh
. tests/unit/kpuctl/fake_system.sh

new_system() {
	root=$(mktemp -d "$work/system.XXXX")
	mkdir -p "$root/sys/bus/usb/devices" "$root/proc"
}

list() { # CODE [OPTION]
	timeout 20 "$kpuctl" list --root "$root" "${@:2}" >"$work/out" 2>"$work/err"
	[ $? -eq "$1" ]
}

says() { # PATTERN
	grep -Eq -- "$1" "$work/out"
}

# field TTY NAME: of the JSON, whose objects stand in lines of their own
field() {
	awk -v tty="\"/dev/$1\"" -v name="\"$2\":" '
		$0 == "  {" { mine = 0; value = "(none)" }
		($1 == "\"tty\":" || $1 == "\"device\":") && index($2, tty) == 1 { mine = 1 }
		$1 == name {
			sub(/^ *"[a-z_]*": /, "")
			sub(/,$/, "")
			gsub(/^"|"$/, "")
			value = $0
		}
		/^  }/ && mine { print value }' "$work/out"
}

is() { # TTY NAME VALUE
	local got
	got=$(field "$1" "$2") || return 1
	[ "$got" = "$3" ] || {
		echo "$1 $2: $got"
		return 1
	}
}

new_system
check "nothing there" list 3
check "nothing there says what to do" grep -q "kpuctl doctor" "$work/err"
check "nothing there in JSON" list 3 --json
check "an empty list" test "$(tr -d '[:space:]' <"$work/out")" = "[]"

new_system
usb_zoo
process 41 bash /dev/pts/1 /dev/ttyUSB0
process 42 "evil"$'\033'"[2J" /dev/null /dev/ttyUSB0
process 43 other /dev/ttyUSB01
kernel_device kpu0 dead "the board does not answer" "tty ttyUSB2" 0.0.0
kernel_device kpu1 ready "" "spi spi0.0" 0.1.0
check "boards are listed" list 0
check "the Maix Go is known" says '^/dev/ttyUSB2  Maix Go '
check "a CH340 may be anything" says '^/dev/ttyUSB0  perhaps Maix Dock'
check "holder" says 'held by   bash \(process 41\), evil'
check "no escape sequence from a process" bash -c "! grep -q $'\033' '$work/out'"
check "not held by who has another port" bash -c "! grep -q 'process 43' '$work/out'"
check "dead with its reason" says '/dev/kpu0, dead: the board does not answer'
check "a device on SPI" says "^spi spi0.0  on an SPI bus"
check "its firmware" says '/dev/kpu1, ready; firmware 0.1.0'
check "the keyboard is none" bash -c "! grep -q 1-2 '$work/out'"
check "the modem is none" bash -c "! grep -q ttyUSB3 '$work/out'"
check "in the order of the ports" bash -c \
	"[ \"\$(grep -o '^/dev/[^ ]*' '$work/out' | tr '\n' ' ')\" = \\
	'/dev/ttyUSB1 /dev/ttyUSB2 /dev/ttyUSB0 ' ]"
check "JSON" list 0 --json
check "certain" is ttyUSB2 certain true
check "not certain" is ttyUSB0 certain false
check "serial number" is ttyUSB2 serial GO7
check "interface" is ttyUSB2 interface 1
check "USB place" is ttyUSB2 usb 1-4.1:1.1
check "device" is ttyUSB2 device /dev/kpu0
check "style" is ttyUSB0 style dan
check "no device" is ttyUSB0 device "(none)"
check "state of the one on SPI" is kpu1 state ready

# CDC-ACM has two interfaces, of which the first is the line, and its tty is elsewhere.
new_system
usb_device 3-1 1a86 55d4 "" 0001
usb_interface 3-1:1.0 00 02 cdc_acm tty/ttyACM0
usb_interface 3-1:1.1 01 0a cdc_acm
check "CDC-ACM" list 0 --json
check "once" is ttyACM0 usb 3-1:1.0

# brltty and virtual machines take the interface by usbfs: there is no port.
new_system
usb_device 1-1 1a86 7523 "USB Serial" ""
usb_interface 1-1:1.0 00 ff usbfs
check "taken by a program" list 0
check "which is said" says 'no port   the interface belongs to usbfs'

# What a device says about itself is not to be trusted.
new_system
usb_device 1-1 0403 6010 "Sipeed"$'\033'"]0;x" $'\t\001'"$(printf 'A%.0s' {1..500})"
usb_interface 1-1:1.1 01 ff ftdi_sio ttyUSB0/tty/ttyUSB0
usb_device 1-3 "zz" "" "" ""
usb_interface 1-3:1.0 00 ff "" ""
check "strange strings" list 0
check "no escape sequence from a device" bash -c "! grep -q $'\033' '$work/out'"
check "JSON of strange strings" list 0 --json
check "is JSON" is ttyUSB0 usb 1-1:1.1

# attach asks attach.conf before it touches anything: the ports below do not exist on this system.
attach() { # CODE ARGUMENT...
	timeout 20 "$kpuctl" attach --root "$root" --config "$work/attach.conf" "${@:2}" \
		>"$work/out" 2>"$work/err"
	[ $? -eq "$1" ]
}

warns() { # PATTERN
	grep -Eq -- "$1" "$work/err"
}

new_system
echo "ignore generic" >"$work/attach.conf"
check "attach finds nothing" attach 3
check "attach says so" warns "no board found"
usb_zoo
check "the service leaves alone what is ignored" attach 0 --service /dev/ttyUSB0
check "it says why" warns "ttyUSB0 is left alone: .*attach.conf, line 1"
check "the service takes what is not, and takes its going for no fault" \
	attach 0 --service /dev/ttyUSB2
check "and tries" warns "/dev/ttyUSB2 has been unplugged"
check "the first that is certain is taken" attach 3
check "which is" warns "/dev/ttyUSB1"
echo "ignore" >"$work/attach.conf"
check "all are ignored" attach 3
check "by the file" warns "ignored by .*attach.conf"
echo "ignore everything" >"$work/attach.conf"
check "a mistake stops the service" attach 1 --service /dev/ttyUSB2
check "and is named" warns "attach.conf, line 1: .*everything"
check "also without a port" attach 1
echo "attach serial=GO7" >"$work/attach.conf"
process 41 minicom /dev/ttyUSB0
kernel_device kpu0 ready "" "tty ttyUSB1" 0.1.0
kernel_device kpu1 ready "" "tty ttyUSB2" 0.1.0
check "all are in use" attach 3
check "by whom" warns "in use by minicom|is /dev/kpu"
check "--service needs a port" attach 2 --service
check "the rate of a firmware that is booted first" attach 2 -b 2000000 /dev/ttyUSB77
check "the rates' other option is named" warns "--rate is the highest"
check "a reset style without a reset" attach 2 --no-boot --style dan /dev/ttyUSB77
check "is named" warns "--style and --firmware mean nothing to --no-boot"
check "a board that is not booted" attach 3 --no-boot -b 2000000 /dev/ttyUSB77
check "an emulated board is no port" attach 2 -d emu:
check "is named" warns "emu: is no port"
check "-d tty: is a port" attach 3 -d tty:/dev/ttyUSB77
check "that one" warns "/dev/ttyUSB77: No such file"
check "a file that is no port" attach 1 /dev/null
check "is named, and what to do" warns "/dev/null is not a serial port"
check "a port that is not there" attach 3 /dev/ttyUSB77
check "is named, and what to do" warns "/dev/ttyUSB77: No such file"

# --- reset: this script plays the driver
reset() { # CODE ARGUMENT...
	env -u KPU_DEVICE timeout 90 "$kpuctl" reset --root "$root" "${@:2}" >"$work/out" \
		2>"$work/err"
	[ $? -eq "$1" ]
}

# driver STATE REASON BOOT-ID: what becomes of kpu0 once 1 has been written
driver() {
	local folder=$root/sys/class/kpu/kpu0 tries=0
	while [ "$(cat "$folder/reset")" != 1 ] && [ $tries -lt 200 ]; do
		sleep 0.05
		tries=$((tries + 1))
	done
	put /sys/class/kpu/kpu0/state recovering
	sleep 0.3
	put /sys/class/kpu/kpu0/state_reason "$2"
	put /sys/class/kpu/kpu0/boot_id "$3"
	put /sys/class/kpu/kpu0/state "$1"
}

new_board() {
	new_system
	kernel_device kpu0 ready "" "tty ttyUSB0" 0.1.0
	put /sys/class/kpu/kpu0/boot_id 00000000000000aa
	: >"$root/sys/class/kpu/kpu0/reset"
}

new_system
check "reset without a board" reset 3
check "says what there is" warns "kpuctl list"
check "reset of a board that is not there" reset 3 kpu7
check "names it" warns "/dev/kpu7"
new_board
driver ready "" 00000000000000ab &
check "reset" reset 0
check "ready" says "/dev/kpu0 is ready after .*firmware 0.1.0"
wait
for name in kpu0 /dev/kpu0 dev:/dev/kpu0 ttyUSB0 /dev/ttyUSB0 "tty:/dev/ttyUSB0?baud=115200"; do
	new_board
	driver ready "" 00000000000000ab &
	check "reset $name" reset 0 "$name"
	wait
done
new_board
driver dead "the ROM does not answer" 00000000000000aa &
check "reset, then dead" reset 1
check "with its reason" warns "the ROM does not answer"
wait
new_board
check "without waiting" reset 0 --no-wait
check "1 was written" grep -qx 1 "$root/sys/class/kpu/kpu0/reset"
kernel_device kpu1 ready "" "spi spi0.0" 0.1.0
check "which of two" reset 2
check "says how" warns "name one"
rm "$root/sys/class/kpu/kpu0/reset"
check "an older driver" reset 1 kpu0
check "says so" warns "older"
check "a port that nobody attached" reset 3 /dev/ttyUSB5
check "names the port" warns "/dev/ttyUSB5"
check "what is no port" reset 3 /dev/null
check "says so, too" warns "/dev/null is not a serial port"
check "an emulated board" reset 2 emu:
check "two devices" reset 2 kpu0 kpu1

summary boards
