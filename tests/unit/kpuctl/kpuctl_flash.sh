#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# kpuctl flash, and models in flash, from outside: the real firmware on the emulated board, whose
# flash is a file that this script looks into.
set -u

build=${O:-build}
kpuctl=$build/bin/kpuctl
shared=${KPU_SHARED:-../shared}
model=$build/demo/discs.kmodel
photo=$build/demo/discs.png
larger=models/digits-classifier-v3.kmodel
# shellcheck source=tests/script.sh
. tests/script.sh
export XDG_STATE_HOME=$work/state
chip=$work/chip
board="emu:?flash=$chip,size=4M"

flash() { # CODE NAME ARGUMENTS...
	local code=$1 name=$2
	shift 2
	expect "$code" "$name" "$kpuctl" -d "$board" flash "$@"
}

# holds ADDRESS FILE NAME: the chip holds the file's bytes there.
holds() {
	cmp -s -n "$(stat -c %s "$2")" "$chip" "$2" "$(($1))" 0
	pass_or_fail $? "$3"
}

# put ADDRESS FILE: into the chip while no board uses it.
put() {
	dd if="$2" of="$chip" bs=4096 seek=$(($1 / 4096)) conv=notrunc status=none
}

writing_tests() {
	flash 0 "info on an erased chip" info
	says out "^0x000000 +4194304 bytes  erased" "all of it is erased"
	flash 0 "write" write 0x300000 "$model"
	holds 0x300000 "$model" "the model is there"
	flash 0 "write again" write 0x300000 "$model"
	says out "^0 of " "nothing had to be written"
	flash 0 "info" info
	says out "^0x300000 .*kmodel V3" "the model is recognised"
	flash 0 "info as JSON" info --json
	says out '"content": "model"' "JSON has the model"
	flash 0 "read" read 0x300000 "$(stat -c %s "$model")" -o "$work/back"
	cmp -s "$work/back" "$model"
	pass_or_fail $? "what was read is the model"
	flash 0 "a larger model in its place" write 0x300000 "$larger"
	flash 1 "erase half a model" erase 0x300000 4096
	says err "only a part" "half a model is none"
	holds 0x300000 "$larger" "the model is whole still"
	head -c 3000 /dev/urandom >"$work/short"
	flash 0 "a shorter file over the model" write 0x300000 "$work/short"
	says out "the rest of kmodel V3" "the rest of the model is erased"
	flash 0 "info" info
	says out "^0x300000 +4096 bytes  unknown" "nothing is left behind it"
	flash 0 "a file in the middle of a sector" write 0x310010 "$work/short"
	says out "^0x310010 +3000 bytes  " "its own address is told"
	flash 0 "erase" erase 3M 128K --force
	flash 0 "info after erasing" info
	says out "^0x000000 +4194304 bytes  erased" "it is erased again"
}

refusal_tests() {
	head -c 5000 /dev/urandom >"$work/noise"
	put 0x200000 "$work/noise"
	flash 1 "over unknown data" write 0x200000 "$model"
	says err "something else.*unknown data" "what is there is said"
	says err "force" "and what to do"
	holds 0x200000 "$work/noise" "nothing was written"
	flash 1 "erase unknown data" erase 0x200000 8192
	holds 0x200000 "$work/noise" "nothing was erased"
	flash 0 "with --force" write 0x200000 "$model" --force
	holds 0x200000 "$model" "it was written"
	flash 1 "into the middle of a model" write 0x200800 "$model"
	holds 0x200000 "$model" "the model is whole"
	flash 2 "outside of the chip" write 0x3fffff "$model"
	says err "nothing was written" "it is said that all is as before"
	flash 2 "erase half a sector" erase 100 4096
	says err "flash erase 0 8192" "the sectors around it are named"
	flash 4 "a missing file" write 0 "$work/none"
	says err "No such file" "the reason is said"
	flash 2 "read outside" read 4M 1 -o "$work/back"
	flash 2 "an option of another action" info --force
	says err "force means nothing" "it is named"
	(cd "$work" && printf 'PK\003\004 and more' >some.kfpkg)
	flash 2 "a package as it is" write 0x100000 "$work/some.kfpkg"
	says err "flash kfpkg" "what writes it is said"
	flash 4 "a package that is none" kfpkg "$work/noise"
	says err "flash-list.json" "it is said what one is"
}

# interrupt FLASH FILE: kills a write of the file to address 0; in the real clock it takes long
# enough to be caught half-way.
interrupt() {
	local slow="emu:?flash=$1&clock=real&baud=4000000" waited=0

	"$kpuctl" -d "$slow" flash write 0 "$2" --force >/dev/null 2>&1 &
	while ! ls "$XDG_STATE_HOME"/kpu/*.journal >/dev/null 2>&1 &&
		[ $((waited += 1)) -lt 1500 ]; do
		sleep 0.02
	done
	sleep 0.5
	kill -KILL $! 2>/dev/null
	wait $! 2>/dev/null
	# The emulated board ends with its host, but not at the same moment.
	waited=0
	while "$kpuctl" -d "emu:?flash=$1" ping -c 1 2>&1 | grep -q "another emulator" &&
		[ $((waited += 1)) -lt 100 ]; do
		sleep 0.1
	done
	! cmp -s -n "$(stat -c %s "$2")" "${1%%,*}" "$2"
	pass_or_fail $? "the write was interrupted half-way"
}

# A write that is killed leaves its journal, and resume finishes it.
interruption_tests() {
	local file=$work/large

	head -c 600000 /dev/urandom >"$file"
	interrupt "$chip,size=4M" "$file"
	flash 1 "another write" write 0x200000 "$model"
	says err "resume" "the interrupted write is told"
	flash 0 "resume" resume
	holds 0 "$file" "all of it is there"
	flash 0 "resume again" resume
	says out "no write" "nothing is left to be finished"
}

# Another user's kpuctl has a folder of its own, and so no idea of the interrupted write.
two_users_tests() {
	local file=$work/mine other=$work/other

	head -c 600000 /dev/urandom >"$file"
	head -c 600000 /dev/urandom >"$other"
	interrupt "$chip,size=4M" "$file"
	XDG_STATE_HOME=$work/another flash 0 "another user's write" write 0 "$other" --force
	flash 1 "resume over it" resume
	says err "somebody else has written" "the reason is told"
	says err "resume --discard" "the ways on are told"
	holds 0 "$other" "the other user's data are as they were"
	flash 0 "forgetting" resume --discard
}

# Two boards whose chips do not know the command that asks for their id.
nameless_chip_tests() {
	local chip=$work/nameless file=$work/large second=$work/second board
	local kind=size=4M,uid=ffffffffffffffff

	interrupt "$chip,$kind" "$file"
	head -c 4M /dev/urandom >"$second"
	cp "$second" "$work/second.before"
	board="emu:?flash=$second,$kind"
	flash 0 "info on another board" info
	says err "or to that of another board" "it is said that the write may be another one's"
	flash 1 "resume on another board" resume
	says err "another board's: this chip has no id of its own" "the reason is told"
	says err "0x000000 +602112 bytes .*large" "what would be written is told"
	says err "resume --force" "the way on is told"
	cmp -s "$second" "$work/second.before"
	pass_or_fail $? "the other board's flash is as it was"
	board="emu:?flash=$chip,$kind"
	flash 0 "resume on the right board" resume --force
	holds 0 "$file" "all of it is there"
	flash 0 "resume again" resume
	says out "no write" "nothing is left to be finished"
}

firmware_tests() {
	flash 0 "firmware" firmware --force
	holds 0 "$build/firmware/kpu-firmware-flash.bin" "header, program and digest are there"
	flash 0 "info" info
	says out "^0x000000 .* a program of" "it is recognised as a program"
	expect 0 "boot from flash" "$kpuctl" -d "$board&firmware=flash" info
	flash 4 "a model as program" firmware "$model"
	says err "no program .*: kmodel V3" "what the file is"
	flash 4 "a linker's output as program" firmware "$build/firmware/kpu-firmware.elf"
	says err "no program .*: an ELF file" "what the file is"
	says err "objcopy" "what makes a program of it"
	flash 4 "a package as program" firmware "$work/some.kfpkg"
	holds 0 "$build/firmware/kpu-firmware-flash.bin" "the firmware is still there"
}

# One photo, from a file and from flash in each way: the same boxes.
pins_tests() {
	local grove=sclk=27,cs=29,mosi=28,miso=26,sense=25,ready=24 wired
	local chip=$work/pins-chip board
	board="emu:?flash=$chip,size=256K"
	wired="$board&spi=10000000&spi-wires=$grove"

	flash 0 "no record of pins" pins
	says out "built with" "the firmware's own pins are used"
	flash 0 "write pins" pins "$grove"
	says out "next start" "it says when they count"
	flash 0 "pins" pins
	says out "^$grove\$" "the record is what was given"
	flash 0 "info" info
	says out "^0x01f000 +32 bytes .*$grove" "info shows it"
	expect 0 "a board on those wires" "$kpuctl" -d "$wired" info
	says out "SPI pins +as the flash says" "info of the board says it"
	flash 0 "firmware beside it" firmware
	flash 0 "pins" pins --json
	says out "\"pins\": \"$grove\"" "they are still there"
	flash 0 "one data wire" pins ready=32,sense=15,data=22,cs=24,sclk=21
	flash 0 "pins" pins
	says out "^sclk=21,cs=24,data=22,sense=15,ready=32\$" "one data wire"
	flash 0 "no SPI" pins off
	flash 0 "pins" pins
	says out "^off\$" "no SPI"

	flash 2 "a pin missing" pins sclk=27,cs=29
	says err "mosi is missing" "which one"
	flash 2 "a pin too many" pins "$grove,led=3"
	says err "no pin \"led\"" "which one"
	flash 2 "a pin twice" pins "sclk=1,$grove"
	says err "sclk is given twice" "which one"
	flash 2 "a pin that is none" pins "${grove/24/48}"
	says err "ready=48: the K210 has the pins IO0 to IO47" "which one"
	flash 2 "the serial line's pin" pins "${grove/24/5}"
	says err "ready=5: IO4 and IO5 are the serial line" "which one"
	flash 2 "two on one pin" pins "${grove/24/25}"
	says err "sense and ready are both IO25" "which ones"
	flash 2 "no pins at all" pins ""
	flash 2 "pins in several words" pins sclk=27 cs=29
	flash 0 "pins" pins
	says out "^off\$" "none of them was written"

	printf x | dd of="$chip" bs=1 seek=$((0x1f010)) conv=notrunc status=none
	flash 0 "a damaged record" pins
	says out "it is damaged" "it says so"
	flash 0 "info" info
	says out "^0x01f000 .*not followed: it is damaged" "info says so"
	expect 0 "the board" "$kpuctl" -d "$board" info
	says out "warning +the record of the SPI pins in the flash is refused" "so does the board"
	flash 0 "no record" pins none
	flash 0 "pins" pins
	says out "built with" "it is gone"
	head -c 4096 /dev/urandom >"$work/noise"
	put 0x1f000 "$work/noise"
	flash 1 "pins over unknown data" pins "$grove"
	holds 0x1f000 "$work/noise" "nothing was written"
	flash 0 "pins with --force" pins "$grove" --force
	head -c 8192 /dev/urandom >"$work/noise"
	flash 1 "a program over the pins" write 0x1e000 "$work/noise"
	says err "at 0x1f000 lies something else: the board's pins" "what is there is said"
	flash 0 "erase them" erase 0x1f000 4K
}

model_tests() {
	local how
	flash 0 "write the detector" write 0x300000 "$model"
	"$kpuctl" -d "$board" detect --anchors 3,3 --labels red,green,blue -t 0.5 --nms 0.3 \
		--json "$model" "$photo" |
		grep -v 'milliseconds\|"total"\|"board"\|"resize"\|"decode"\|"model"' \
			>"$work/file.json"
	for how in "" ,stream ,dual; do
		expect 0 "detect flash:0x300000$how" "$kpuctl" -d "$board" detect --anchors 3,3 \
			--labels red,green,blue -t 0.5 --nms 0.3 --json \
			"flash:0x300000$how" "$photo"
		grep -v 'milliseconds\|"total"\|"board"\|"resize"\|"decode"\|"model"' "$work/out" |
			cmp -s - "$work/file.json"
		pass_or_fail $? "flash:0x300000$how finds what the file finds"
	done
	expect 4 "model in erased flash" "$kpuctl" -d "$board" load flash:0x380000
	says err "erased at 0x380000" "it is said that nothing is there"
	expect 2 "flash: without an address" "$kpuctl" -d "$board" load flash:x
	expect 4 "netinfo of a model in flash" "$kpuctl" -d "$board" netinfo flash:0x300000
}

# What vendors' tools leave: a package of a program with header and digest and a model; MaixPy's
# file system, here something random, behind other unknown data.
layout_tests() {
	local chip=$work/layout-chip
	# Behind the byte that the fuzzer takes for itself.
	"$build/tests/fuzz/file_seeds" package "$work" &&
		tail -c +2 "$work/stored" >"$work/vendor.kfpkg"
	expect 0 "a vendor's package" "$kpuctl" -d "emu:?flash=$chip" flash kfpkg \
		"$work/vendor.kfpkg"
	expect 0 "info" "$kpuctl" -d "emu:?flash=$chip" flash info
	says out "^0x301000 +13627392 bytes  erased" "erased parts are one"
	expect 4 "a package for a larger flash" "$kpuctl" -d "emu:?flash=$work/small-chip,size=1M" \
		flash kfpkg "$work/vendor.kfpkg"
	says err "vendor.kfpkg: .* do not fit the flash of 1048576 bytes" "file and chip are named"
	head -c 262140 /dev/urandom >"$work/program"
	expect 4 "a program for a larger flash" \
		"$kpuctl" -d "emu:?flash=$work/smaller-chip,size=256K" flash firmware \
		"$work/program"
	says err "^kpuctl: [^:]*/program: 262177 bytes at 0 do not fit the flash of 262144 bytes" \
		"file and chip are named"
	head -c 8192 /dev/urandom >"$work/files"
	put 0xcff000 "$work/files"
	expect 0 "info" "$kpuctl" -d "emu:?flash=$chip" flash info
	says out "^0x000000 +77 bytes  a program of 40 bytes" "the program and its digest"
	says out "^0xcff000 +4096 bytes  unknown data$" "what lies before the files"
	says out "^0xd00000 +4096 bytes  unknown data, where MaixPy" "MaixPy's files"
	expect 1 "over MaixPy's files" "$kpuctl" -d "emu:?flash=$chip" flash erase 0xd00000 4096
}

package_tests() {
	local packages=$shared/models/kfpkg large="emu:?flash=$work/large-chip,size=16M"
	if [ ! -d "$packages" ]; then
		skip "packages: $packages is not there"
		return
	fi
	expect 0 "kfpkg" "$kpuctl" -d "$large" flash kfpkg \
		"$packages/maix_face_model_at_0x300000.kfpkg"
	expect 0 "kfpkg with reversed words" "$kpuctl" -d "$large" flash kfpkg \
		"$packages/maix_face_model_be_at_0x600000.kfpkg"
	expect 0 "info" "$kpuctl" -d "$large" flash info
	says out "^0x300000 .*kmodel V3" "the plain model"
	says out "^0x600000 .*word-reversed kmodel V3" "the reversed model"
	for how in flash:0x300000 flash:0x600000 flash:0x300000,dual flash:0x600000,stream; do
		expect 0 "detect with $how" "$kpuctl" -d "$large" detect "$how" \
			"$shared/models/photo/face_a.jpg"
		says out "face +0\.66" "$how finds the face"
	done
}

writing_tests
refusal_tests
interruption_tests
two_users_tests
nameless_chip_tests
firmware_tests
pins_tests
model_tests
layout_tests
package_tests
summary "kpuctl flash"
