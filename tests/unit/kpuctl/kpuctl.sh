#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# kpuctl from outside: exit codes, messages, and the real firmware on the emulated board.
set -u

build=${O:-build}
kpuctl=$build/bin/kpuctl
shared=${KPU_SHARED:-../shared}
model=$build/demo/discs.kmodel
photo=$build/demo/discs.png
commands='info flash mem load netinfo detect classify face classifier forward fmap attach list '
commands+='doctor reset ping bench conformance'
# shellcheck source=tests/script.sh
. tests/script.sh

usage_tests() {
	local command
	expect 2 "no command" "$kpuctl"
	expect 2 "unknown command" "$kpuctl" frobnicate
	expect 2 "unknown option" "$kpuctl" detect --frobnicate
	says err "frobnicate: unknown" "the unknown option is named"
	expect 2 "unknown letter in a group" "$kpuctl" detect -xy
	says err "detect: -x: unknown" "the unknown letter is named"
	expect 2 "option without its value" "$kpuctl" detect "$model" "$photo" -t
	says err "threshold needs a value: 0..1" "the value that is missing is named"
	expect 2 "long option without its value" "$kpuctl" detect "$model" "$photo" --labels
	says err "labels needs a value" "the value that is missing is named"
	expect 2 "value of an option that takes none" "$kpuctl" info --json=yes
	says err "json takes no value" "the option is named"
	expect 2 "no device behind -d" "$kpuctl" -d
	says err "needs a value: DEVICE" "the device is asked for"
	expect 2 "labels from a missing file" "$kpuctl" detect --labels none.txt "$model" "$photo"
	says err "none.txt: no such file" "the missing file is not taken for a class"
	expect 2 "another kind of picture" "$kpuctl" detect "$model" "$photo" -o x.JPG
	says err "written as PNG" "the kind is told"
	expect 2 "two things for standard output" "$kpuctl" detect --json -o - "$model" "$photo"
	expect 2 "numbers and bytes for standard output" \
		"$kpuctl" forward --text -o - "$model" "$photo"
	says err "text and -o - would both" "the clash is named"
	expect 2 "a layer and an output" "$kpuctl" forward -l 1 -n 0 "$model" "$photo"
	expect 2 "missing argument" "$kpuctl" detect "$model"
	expect 2 "too many arguments" "$kpuctl" info surplus
	says err "surplus" "the argument too many is named"
	expect 2 "threshold out of range" "$kpuctl" detect -t 1.5 "$model" "$photo"
	expect 2 "unknown action on the flash" "$kpuctl" flash frobnicate
	says err "info, read, write" "the actions are named"
	expect 2 "flash address that is none" "$kpuctl" flash write 5Q "$photo"
	expect 2 "flash read without a file" "$kpuctl" flash read 0 4096
	expect 2 "odd number of anchors" "$kpuctl" detect --anchors 1,2,3 "$model" "$photo"
	expect 2 "anchors beyond any grid" "$kpuctl" detect --anchors 1e30,1e30 "$model" "$photo"
	says err "above 0 and below 1e6" "their range is told"
	expect 0 "help" "$kpuctl" --help
	expect 0 "help on a command" "$kpuctl" help fmap
	says out "^usage: kpuctl .*fmap" "the help is of that command"
	expect 2 "help on no command" "$kpuctl" help frobnicate
	for command in $commands; do
		expect 0 "help of $command" "$kpuctl" "$command" --help
		says out "^  (sudo )?kpuctl .*$command" "help of $command has an example"
	done
}

device_tests() {
	expect 3 "no such device" "$kpuctl" -d dev:/dev/kpu999 info
	expect 3 "no such port" "$kpuctl" -d tty:/dev/ttyNONE info
	says err "ttyNONE" "the port is named"
	expect 3 "something else than a board" "$kpuctl" -d dev:/dev/null info
	says err "/dev/null is something else than" "it is not called a version that is too old"
	expect 3 "an emulator that cannot be run" "$kpuctl" -d emu:?emulator=README.md info
	says err "emu:.emulator= or .KPU_EMULATOR" "the way out is told"
	expect 2 "no such kind of device" "$kpuctl" -d gpu: info
	says err "dev:, tty:, spi: or emu:" "the kinds are named"
	expect 3 "an emulator that does not start" "$kpuctl" -d "emu:?image=/none" info
	says err "/none: No such file" "what the emulator said is passed on"
	local wrong
	for wrong in "frobnicate=1" "clock=purple" "clock" "listen=1" "baud=115200&clock=purple" \
		"spi=10000000&clock=purple"; do
		expect 2 "the emulator refuses $wrong" "$kpuctl" -d "emu:?$wrong" info
		says err "emu: .*(frobnicate|clock|listen)" "what the emulator said is passed on"
		says err "those of k210-emu" "where its options are told"
	done
	for wrong in "" board : emu:board "emu:?spi=1" "emu:?clock=fast&clock=real" "emu:?=1" tty: \
		dev: spi: spi:/dev/spidev0.0 "tty:/dev/ttyNONE?baud=1" fd:x; do
		expect 2 "no device: $wrong" "$kpuctl" -d "$wrong" info
	done
	expect 2 "a wrong default device" env KPU_DEVICE=frobnicate "$kpuctl" info
	says err "KPU_DEVICE: .frobnicate. does not name" "where the name comes from is told"
	expect 3 "a default device that is not there" env KPU_DEVICE=dev:/dev/kpu999 "$kpuctl" info
	says err "KPU_DEVICE: /dev/kpu999" "where the name comes from is told"
	expect 3 "attach to no tty" "$kpuctl" attach "$work/none"
}

# What is wrong with a file is told before any board is asked for: here there is none.
file_tests() {
	local none=tty:/dev/none
	expect 0 "netinfo without a board" "$kpuctl" netinfo "$model"
	says out "320x240x3 uint8" "netinfo shows the input"
	expect 0 "netinfo as JSON" "$kpuctl" netinfo --json "$model"
	says out '"work_bytes": [0-9]' "netinfo JSON has the work buffer"
	head -c 1000 "$model" >"$work/cut.kmodel"
	expect 4 "truncated model" "$kpuctl" -d "$none" detect --anchors 3,3 "$work/cut.kmodel" \
		"$photo"
	says err "cut.kmodel" "the truncated model is named"
	head -c 100000 /dev/urandom >"$work/noise.kmodel"
	expect 4 "random model" "$kpuctl" netinfo "$work/noise.kmodel"
	: >"$work/empty.kmodel"
	expect 4 "empty model" "$kpuctl" netinfo "$work/empty.kmodel"
	expect 4 "missing model" "$kpuctl" netinfo "$work/none.kmodel"
	head -c 20000 "$photo" >"$work/cut.png"
	expect 4 "truncated PNG" "$kpuctl" -d "$none" detect "$model" "$work/cut.png"
	says err "damaged PNG" "the damage is named"
	printf '\377\330\377\340 not a picture' >"$work/bad.jpg"
	expect 4 "damaged JPEG" "$kpuctl" -d "$none" detect "$model" "$work/bad.jpg"
	says err "damaged JPEG" "the damage is named"
	expect 4 "text as picture" "$kpuctl" -d "$none" detect "$model" README.md
	expect 4 "folder as picture" "$kpuctl" -d "$none" detect "$model" "$work"
	says err "Is a directory" "the folder is called so"
	expect 4 "endless picture" "$kpuctl" -d "$none" detect "$model" /dev/zero
	says err "more than 64 MiB" "the limit is named"
	expect 4 "nothing as picture" "$kpuctl" -d "$none" detect "$model" -
	says err "standard input is empty" "the empty input is named"
	# 30000 x 16 pixels, as the header says before any of them.
	printf '\211PNG\r\n\032\n\0\0\0\rIHDR\0\0\165\060\0\0\0\020\010\002\0\0\0\120\271\225\127' \
		>"$work/wide.png"
	printf '\0\0\0\0IDAT\065\257\006\036\0\0\0\0IEND\256B\140\202' >>"$work/wide.png"
	expect 4 "picture beyond all sizes" "$kpuctl" -d "$none" detect "$model" "$work/wide.png"
	says err "30000 x 16 pixels; at most 16384" "the limit is named"
	head -c 100 /dev/zero >"$work/short.u8"
	expect 4 "short raw input" "$kpuctl" -d "$none" forward "$model" "$work/short.u8"
	says err "only 100 of the 230400 bytes" "both sizes are named"
	head -c 230401 /dev/zero >"$work/long.u8"
	expect 4 "long raw input" "$kpuctl" -d "$none" forward "$model" "$work/long.u8"
	says err "more than the 230400 bytes" "the size is named"
	expect 4 "missing raw input" "$kpuctl" -d "$none" forward "$model" "$work/none.u8"
	says err "none.u8: No such file" "the reason is told"
}

# missing_picture ARGUMENTS...: the mistyped name costs nobody the time to send a model.
missing_picture() {
	expect 4 "missing picture: $*" "$kpuctl" -d tty:/dev/none "$@"
	says err "cannot open $work/none.png: No such file" "the picture is named: $*"
}

missing_picture_tests() {
	local missing=$work/none.png command
	missing_picture forward "$model" "$missing"
	missing_picture fmap "$model" "$missing"
	missing_picture classify "$model" "$missing"
	missing_picture detect "$model" "$missing"
	missing_picture detect "$model" "$missing" README.md -o "$work"
	missing_picture face -g "$work/no.kpuf" enroll "$model" Ada "$photo" "$missing"
	for command in "forward -l" "fmap -l"; do
		# shellcheck disable=SC2086 # a command and its option
		expect 2 "layer out of range: $command" "$kpuctl" -d tty:/dev/none $command 99 \
			"$model" "$photo"
		says err "layer 99 of [0-9]" "the number of layers is named: $command"
	done
	for command in "forward -n" "classify -n" "classifier train -n"; do
		# shellcheck disable=SC2086
		expect 2 "output out of range: $command" "$kpuctl" -d tty:/dev/none \
			$command 7 "$model" "$work"
		says err "output 7 of 1" "the number of outputs is named: $command"
	done
	expect 4 "last of several models" "$kpuctl" -d tty:/dev/none load "$model" "$model" \
		"$work/none.kmodel"
	says err "none.kmodel: No such file" "the model is named"
	head -c 230400 /dev/zero >"$work/numbers.u8"
	expect 2 "nothing to draw in" "$kpuctl" -d tty:/dev/none detect "$model" \
		"$work/numbers.u8" -o "$work/none"
	says err "numbers.u8 is no picture to draw in" "the file is named"
	missing_picture forward flash:0x300000 "$missing"
	missing_picture classify flash:0x300000 "$missing" "$work/none too"
	says err "none too: No such file" "each of them is named"
	expect 4 "missing model" "$kpuctl" -d tty:/dev/none forward "$work/none.kmodel" "$photo"
	says err "none.kmodel" "the model is named"
	expect 3 "one of two pictures is there" "$kpuctl" -d tty:/dev/none classify "$model" \
		"$missing" "$photo"
	says err "cannot open $missing" "the other one is named all the same"
	expect 3 "pictures and no board" "$kpuctl" -d tty:/dev/none classify "$model" "$photo" \
		"$photo"
	[ "$(grep -c /dev/none "$work/err")" -eq 1 ]
	pass_or_fail $? "that there is no board is told once"
}

# bad_side JSON PATTERN: both commands name file and fault, without asking for a board.
bad_side() {
	printf '%s' "$1" >"$work/side.json"
	expect 4 "side file $1" "$kpuctl" -d tty:/dev/none detect "$work/side.kmodel" "$photo"
	says err "side\.json: $2" "what is wrong in $1"
	says err "correct the file" "what to do about $1"
}

side_file_tests() {
	cp "$model" "$work/side.kmodel"
	bad_side '' "no JSON from byte 0"
	bad_side '{"anchors": [3' "no JSON from byte"
	bad_side '{} {}' "no JSON from byte"
	bad_side '[3, 3]' "is no JSON object"
	bad_side '{"anchors": [3]}' '"anchors" is no list of 1 to 64 pairs'
	bad_side '{"anchors": [3, -3]}' '"anchors" is no list'
	bad_side '{"anchors": [3, "3"]}' '"anchors" is no list'
	bad_side '{"anchors": [3, 1e300]}' '"anchors" is no list'
	bad_side '{"anchors": {}}' '"anchors" is no list'
	bad_side "{\"anchors\": [$(seq -s, 130)]}" '"anchors" is no list'
	bad_side '{"labels": []}' '"labels" is no list of 1 to 4096 texts'
	bad_side '{"labels": ["a", 3]}' '"labels" has an entry that is no text'
	bad_side '{"labels": ["a", ""]}' '"labels" has an entry that is no text'
	bad_side '{"threshold": 1.5}' '"threshold" is no number within 0..1'
	bad_side '{"threshold": "0.5"}' '"threshold" is no number'
	bad_side '{"nms": true}' '"nms" is no number'
	bad_side '{"net_height": 0}' '"net_height" is no whole number within 1..65535'
	bad_side '{"net_width": 2.5}' '"net_width" is no whole number'
	bad_side "{\"labels\": [\"$(head -c 70000 /dev/zero | tr '\0' a)\"]}" \
		"is larger than 64 KiB"
	bad_side "$(head -c 5000 /dev/zero | tr '\0' '[')" "no JSON from byte"
	printf '{"labels": 3}' >"$work/side.json"
	expect 4 "classify and a bad side file" \
		"$kpuctl" -d tty:/dev/none classify "$work/side.kmodel" "$photo"
	says err '"labels" is no list' "classify names the fault, too"
	rm "$work/side.json"
	mkfifo "$work/side.json"
	expect 4 "a pipe as side file" "$kpuctl" -d emu: detect "$work/side.kmodel" "$photo"
	says err "is no regular file" "the pipe is named"
	rm "$work/side.json"
	printf '{"anchors": [3, 3], "labels": ["app\\u001b[1mle", "x"], %s}' \
		'"threshold": 0.4, "note": 1' >"$work/side.yolo2"
	expect 0 "side file" "$kpuctl" -d emu: detect "$work/side.kmodel" "$photo"
	says out "^app.\\[1mle " "labels of the side file are used"
	! grep -q "$(printf '\033')" "$work/out"
	pass_or_fail $? "a label cannot control the terminal"
	cp "$work/side.yolo2" "$work/elsewhere.json"
	mv "$work/side.yolo2" "$work/none.yolo2"
	expect 0 "side file by name" "$kpuctl" -d emu: detect --side "$work/elsewhere.json" \
		"$work/side.kmodel" "$photo"
	says out "^app.\\[1mle " "labels of the named side file are used"
	mv "$work/none.yolo2" "$work/side.yolo2"
	expect 4 "missing side file by name" "$kpuctl" -d tty:/dev/none detect \
		--side "$work/none.json" "$work/side.kmodel" "$photo"
	says err "cannot open $work/none.json" "the missing side file is named"
	expect 0 "options come first" "$kpuctl" -d emu: detect --labels pear,plum,fig \
		-t 0.4 "$work/side.kmodel" "$photo"
	says out "^pear " "labels of the command line are used"
	expect 0 "classify with a side file" "$kpuctl" -d emu: classify "$work/side.kmodel" \
		"$photo" -k 9999
	says out "^ *[0-9]+\. x " "classify uses the labels"
	# The grid of a model that pads its input reaches further than the input: boxes move.
	printf '{"anchors": [3, 3], "threshold": 0.4, "net_height": 480, "net_width": 640}' \
		>"$work/side.yolo2"
	"$kpuctl" -d emu: detect --json "$model" "$photo" -t 0.4 >"$work/plain.json"
	expect 0 "side file with a size" "$kpuctl" -d emu: detect --json "$work/side.kmodel" \
		"$photo"
	[ "$(sed -n 's/.*"width": \([0-9]*\).*/\1/p' "$work/out" | sed -n 2p)" -eq \
		$((2 * $(sed -n 's/.*"width": \([0-9]*\).*/\1/p' "$work/plain.json" | sed -n 2p))) ]
	pass_or_fail $? "a grid over twice the pixels makes boxes twice as wide"
}

# The mask ROM starts what make_flash_image has made, and nothing that has been damaged since.
flash_boot_tests() {
	cp "$build/firmware/kpu-firmware-flash.bin" "$work/flash"
	expect 0 "boot from flash" "$kpuctl" -d "emu:?firmware=flash&flash=$work/flash" info
	says out "^firmware " "the firmware in flash answers"
	cp "$build/firmware/kpu-firmware-flash.bin" "$work/flash"
	printf 'x' | dd of="$work/flash" bs=1 seek=1000 conv=notrunc status=none
	expect 5 "boot from a damaged image" \
		"$kpuctl" -d "emu:?firmware=flash&flash=$work/flash" info
	expect 1 "image of nothing" "$build/bin/make_flash_image" /dev/null "$work/none"
	expect 1 "image of a missing file" "$build/bin/make_flash_image" "$work/none" "$work/image"
	expect 2 "image without arguments" "$build/bin/make_flash_image"
}

# A model that takes seconds on this line.
timeout_tests() {
	local slow="emu:?clock=real&baud=115200"
	expect 5 "a time-out before the command" "$kpuctl" --timeout 1 -d "$slow" load \
		models/digits-detector-v3.kmodel
	says err "with a longer time-out" "what to do"
	expect 0 "a longer time-out behind it" \
		"$kpuctl" -d "$slow" load models/digits-detector-v3.kmodel --timeout=100
	expect 2 "no time" "$kpuctl" info --timeout 0
	says err "not a number within 1..86400; see kpuctl info --help" "what a time-out is"
	expect 2 "a time-out without a value" "$kpuctl" --timeout
}

emulator_tests() {
	expect 0 "info" "$kpuctl" -d emu: info
	says out "firmware [0-9]" "info shows the firmware"
	expect 0 "info as JSON" "$kpuctl" -d emu: info --json
	says out '"memory_free": [0-9]' "info JSON has the memory"
	expect 0 "ping" "$kpuctl" -d emu: ping -c 3
	expect 0 "detect" "$kpuctl" -d emu: detect "$model" "$photo" -o "$work/out.png"
	says out "^(red|green|blue) +0\.[5-9]" "discs are found"
	[ "$(head -c 4 "$work/out.png" | tail -c 3)" = PNG ]
	pass_or_fail $? "the annotated picture is a PNG"
	! grep -q "$(printf '\033')" "$work/out" "$work/err"
	pass_or_fail $? "no escape sequences in a file"
	expect 0 "detect as JSON" "$kpuctl" -d emu: detect --json "$model" "$photo"
	says out '"score": 0\.[5-9]' "JSON has scores"
	# Latin-1, a surrogate, an overlong slash, half a character; and what is right stays.
	label=$(printf '\304-\355\240\200-\300\257-\342\202-\360\237\230\200\342\202\254')
	expect 0 "labels that are no UTF-8" "$kpuctl" -d emu: detect --json "$model" "$photo" \
		--labels "$label,$label,$label"
	says out '"class": "\?-\?\?\?-\?\?-\?\?-😀€"' "JSON is UTF-8 all the same"
	expect 0 "fmap" "$kpuctl" -d emu: fmap "$model" "$photo" --layer 1 -o "$work/map.png"
	expect 0 "another size" "$kpuctl" -d emu: detect "$model" "$work/map.png"
	says err "resized to the model's 320x240" "the resize is told"
	expect 4 "exact size demanded" \
		"$kpuctl" -d emu: detect --resize exact "$model" "$work/map.png"
	expect 2 "layer out of range" "$kpuctl" -d emu: forward "$model" "$photo" --layer 99
	says err "layer 99 of [0-9]" "the number of layers is named"
	expect 2 "channel out of range" "$kpuctl" -d emu: fmap "$model" "$photo" -c 99
	says err "the map has [0-9]+ channels" "the number of channels is named"
	expect 0 "forward" "$kpuctl" -d emu: forward "$model" "$photo" -o "$work/output.bin"
	[ "$(stat -c %s "$work/output.bin")" -eq 9600 ]
	pass_or_fail $? "the output has 20 x 15 x 8 floats"
	expect 0 "bench" "$kpuctl" -d emu: bench -n 3 --json "$model"
	says out '"frames": 3' "bench ran its frames"
	says_post models/digits-detector-v3.kmodel "YOLO v2 decode"
	says_post models/digits-classifier-v3.kmodel "no anchors are known"
}

# The disk is full: the board ends, and says why while the library still listens.
trace_tests() {
	local kind
	if [ ! -c /dev/full ]; then
		skip "traces on a full disk: there is no /dev/full"
		return
	fi
	for kind in trace trace-summary; do
		expect 3 "$kind on a full disk" "$kpuctl" -d "emu:?$kind=/dev/full" info
		says err "/dev/full: cannot be written" "the file is named"
	done
	expect 0 "trace" "$kpuctl" -d "emu:?trace=$work/trace&trace-summary=$work/summary" info
	grep -q "uart3+0x000" "$work/trace" && grep -q "^uart3+0x000 W" "$work/summary"
	pass_or_fail $? "traces that can be written have the UART"
}

# says_post MODEL TEXT: what bench does with a model's output.
says_post() {
	expect 0 "bench of $1" "$kpuctl" -d emu: bench -n 1 "$1"
	says out "^  post .*$2" "bench of $1 says what comes last"
}

memory_tests() {
	expect 0 "mem" "$kpuctl" -d emu: mem "$model"
	says out "discs.kmodel: fits: the model needs [0-9]+ bytes" "the plan has numbers"
	expect 0 "mem as JSON" "$kpuctl" -d emu: mem --json "$model"
	says out '"fits": true' "JSON has the plan"
	expect 0 "load" "$kpuctl" -d emu: load "$model" "$model" "$model"
	[ "$(grep -c "kmodel V3, [0-9]* bytes in" "$work/out")" -eq 3 ]
	pass_or_fail $? "three models at once"
	expect 0 "load as JSON" "$kpuctl" -d emu: load --json "$model"
	says out '"largest_free": [0-9]' "JSON has what is left"
	# shellcheck disable=SC2046 # seventeen words
	expect 1 "too many models" "$kpuctl" -d emu: load \
		$(for _ in $(seq 17); do echo "$model"; done)
	says err "MODELS_FULL" "the number of models is limited by name"
	# What lies behind a model counts, too: it would be sent.
	cp "$model" "$work/huge.kmodel"
	truncate -s 6700000 "$work/huge.kmodel"
	expect 1 "a model beyond all memory" "$kpuctl" -d emu: mem "$work/huge.kmodel"
	says out "file 6700000" "the size is named"
}

# Features of discs are no faces, but the same picture gives the same ones.
feature_tests() {
	local gallery=$work/g.kpuf name
	mkdir -p "$work/pictures/full" "$work/pictures/part"
	expect 0 "enroll" "$kpuctl" -d emu: face -g "$gallery" enroll "$model" Ada "$photo"
	expect 0 "enroll part of a picture" "$kpuctl" -d emu: face -g "$gallery" \
		--crop 40,40,60,60 enroll "$model" Bob "$photo"
	missing_picture face -g "$gallery" compare "$model" "$work/none.png"
	expect 0 "compare" "$kpuctl" -d emu: face -g "$gallery" compare "$model" "$photo"
	says out "^Ada +100.000$" "the same picture is the same face"
	expect 0 "compare as JSON" "$kpuctl" -d emu: face -g "$gallery" --json --crop 40,40,60,60 \
		compare "$model" "$photo"
	says out '"name": "Bob"$' "JSON names the face"
	expect 6 "nobody known" "$kpuctl" -d emu: face -g "$gallery" -t 100 --crop 50,40,60,60 \
		compare "$model" "$photo"
	expect 2 "part outside of the picture" "$kpuctl" -d emu: face -g "$gallery" \
		--crop 300,0,60,60 compare "$model" "$photo"
	expect 0 "remove" "$kpuctl" face -g "$gallery" remove Bob
	expect 1 "remove nobody" "$kpuctl" face -g "$gallery" remove Bob
	expect 0 "list" "$kpuctl" face -g "$gallery" list
	[ "$(cut -d' ' -f1 "$work/out")" = Ada ]
	pass_or_fail $? "Ada is left"
	expect 2 "a face without a name" "$kpuctl" -d emu: face -g "$gallery" enroll "$model" "" \
		"$photo"
	for name in Cleo Dana Eve Finn; do
		timeout 60 "$kpuctl" -d emu: face -g "$work/shared.kpuf" enroll "$model" $name \
			"$photo" >/dev/null 2>&1 &
	done
	wait
	expect 0 "list of what several have enrolled at once" \
		"$kpuctl" face -g "$work/shared.kpuf" list
	[ "$(wc -l <"$work/out")" -eq 4 ]
	pass_or_fail $? "nobody is lost"
	expect 2 "a name that is too long" "$kpuctl" -d emu: face -g "$gallery" enroll "$model" \
		"$(printf '%064d' 0)" "$photo"
	says err "at most 63 bytes" "how long a name may be"
	expect 2 "a name of two lines" "$kpuctl" -d emu: face -g "$gallery" enroll "$model" \
		$'Ada\nBob' "$photo"
	expect 0 "one more picture" "$kpuctl" -d emu: face -g "$gallery" enroll "$model" Ada \
		"$photo"
	expect 0 "list" "$kpuctl" face -g "$gallery" list
	says out "^Ada +2 pictures$" "a name is told once, with its pictures"
	expect 4 "a gallery of another network" "$kpuctl" -d emu: face -g "$gallery" compare \
		models/digits-classifier-v3.kmodel "$photo"
	says err "model that it was made with" "the way out is told"
	expect 2 "no such action" "$kpuctl" face frobnicate
	expect 4 "a gallery that is none" "$kpuctl" face -g "$model" list
	says err "enroll the faces anew" "the way out is told"
	expect 4 "no gallery" "$kpuctl" face -g "$work/none" list
	says err "face enroll makes it" "the way out is told"

	cp "$photo" "$work/pictures/full/1.png"
	expect 0 "a second picture" "$kpuctl" -d emu: fmap "$model" "$photo" --layer 1 \
		-o "$work/pictures/part/1.png"
	cp "$photo" "$work/pictures/any.png"
	expect 0 "train" "$kpuctl" -d emu: classifier train "$model" "$work/pictures" \
		-o "$work/c.kpuc"
	says out "^full +2 pictures" "the picture without a class was counted"
	expect 0 "predict" "$kpuctl" -d emu: classifier predict "$model" "$work/c.kpuc" "$photo" \
		"$work/pictures/part/1.png"
	says out "^full +distance 0 " "the first picture is known"
	says out "^part +distance 0 " "the second picture is known"
	expect 4 "predict with a missing picture" "$kpuctl" -d emu: classifier predict "$model" \
		"$work/c.kpuc" "$work/none.png" "$photo"
	says out "^full +distance 0 " "the other picture was looked at"
	expect 0 "train as JSON" "$kpuctl" -d emu: classifier train "$model" "$work/pictures" \
		-o "$work/c.kpuc" --json --features 100
	says out '"converged": true' "JSON has the training"
	expect 4 "a classifier that is none" "$kpuctl" -d tty:/dev/none \
		classifier predict "$model" "$photo" "$photo"
	expect 4 "a classifier of another network" "$kpuctl" -d tty:/dev/none classifier predict \
		models/digits-classifier-v3.kmodel "$work/c.kpuc" "$photo"
	says err "model that it was trained with" "the way out is told"
	expect 1 "a classifier for nowhere" "$kpuctl" -d tty:/dev/none classifier train "$model" \
		"$work/pictures" -o "$work/none/c.kpuc"
	says err "check that the folder exists" "the way out is told"
	cp "$model" "$work/model.kmodel"
	expect 2 "a classifier over its model" "$kpuctl" -d emu: classifier train \
		"$work/model.kmodel" "$work/pictures" -o "$work/model.kmodel"
	cmp -s "$model" "$work/model.kmodel"
	pass_or_fail $? "the model is as it was"
	expect 2 "a classifier over a picture" "$kpuctl" -d emu: classifier train "$model" \
		"$work/pictures" -o "$work/pictures/full/1.png"
	says err "is read, too" "the clash is named"
	cmp -s "$photo" "$work/pictures/full/1.png"
	pass_or_fail $? "the picture is as it was"
	expect 2 "a classifier on standard output" "$kpuctl" -d emu: classifier train "$model" \
		"$work/pictures" -o -
	expect 2 "an option of training" "$kpuctl" -d emu: classifier predict "$model" \
		"$work/c.kpuc" "$photo" -o "$work/result"
	says err "out means nothing to predict" "it is named"
	expect 4 "a folder without classes" "$kpuctl" -d tty:/dev/none classifier train "$model" \
		"$work/pictures/full"
	says err "holds no folder for each class" "what is missing is told"
	mkdir -p "$work/hollow/class"
	expect 4 "a class without pictures" "$kpuctl" -d tty:/dev/none classifier train "$model" \
		"$work/hollow"
	says err "hollow/class holds no pictures" "the class is named"
	expect 4 "a folder that is missing" "$kpuctl" -d tty:/dev/none classifier train "$model" \
		"$work/pictures/none"
	says err "cannot read the folder $work/pictures/none: No such file" "the reason is told"
	expect 2 "no such action" "$kpuctl" classifier frobnicate "$model" x
	missing_picture classifier predict "$model" "$work/c.kpuc" "$work/none.png"
	# shellcheck disable=SC2046 # as many as a pattern of the shell may give
	expect 4 "as many pictures as there are" "$kpuctl" -d tty:/dev/none classifier predict \
		"$model" "$work/c.kpuc" $(seq 2000)
	[ "$(wc -l <"$work/err")" -eq 4000 ]
	pass_or_fail $? "each of them is told to be missing"
	expect 0 "classify" "$kpuctl" -d emu: classify "$model" "$photo" -k 2
	[ "$(wc -l <"$work/out")" -eq 2 ]
	pass_or_fail $? "two classes are named"
}

# Names and files are compared without looking at each pair, which would take minutes of computing.
many_pictures_test() {
	mkdir "$work/many" "$work/many-out"
	seq -f "$work/many/%05g.png" 10000 | xargs touch
	seq -f "$work/many-out/%05g.png" 10000 | xargs touch
	cp "$photo" "$work/many/00001.png"
	expect 3 "10,000 pictures and no board" bash -c 'ulimit -t 20 && exec "$@"' - \
		"$kpuctl" -d tty:/dev/none detect "$model" "$work"/many/*.png -o "$work/many-out"
	rm "$work/many-out/06543.png"
	ln -s ../many/01234.png "$work/many-out/06543.png"
	expect 2 "one of them over another" "$kpuctl" -d tty:/dev/none detect "$model" \
		"$work"/many/*.png -o "$work/many-out"
	says err "06543.png is read, too" "the clash is named"
	rm -r "$work/many" "$work/many-out"
}

# The model is loaded once; a picture that is none keeps nobody from the others.
several_pictures_tests() {
	local folder=$work/annotated
	mkdir -p "$work/more" "$folder"
	cp "$photo" "$work/more/a.png"
	cp "$photo" "$work/more/b.png"
	expect 4 "detect in several pictures" "$kpuctl" -d emu: detect "$model" "$work/more/a.png" \
		README.md "$work/more/b.png" -o "$folder"
	says err "README.md: neither JPEG nor PNG" "the one that is none is named"
	says out "objects? in $work/more/a.png" "the first picture was looked at"
	says out "objects? in $work/more/b.png" "the last picture was looked at"
	cmp -s "$folder/a.png" "$folder/b.png"
	pass_or_fail $? "each has its annotated picture"
	expect 0 "detect as JSON" "$kpuctl" -d emu: detect --json "$model" "$photo" \
		"$work/more/b.png"
	[ "$(head -n 1 "$work/out")" = "[" ] && [ "$(grep -c '"picture": ' "$work/out")" -eq 2 ]
	pass_or_fail $? "JSON is a list of two"
	mkdir "$work/one"
	expect 0 "one picture into a folder" "$kpuctl" -d emu: detect "$model" "$work/more/a.png" \
		-o "$work/one"
	cmp -s "$work/one/a.png" "$folder/a.png"
	pass_or_fail $? "a folder takes one picture as it takes several"
	expect 2 "one picture into its own folder" "$kpuctl" -d emu: detect "$model" \
		"$work/more/a.png" -o "$work/more"
	says err "a.png is read, too" "the clash is named"
	expect 0 "detect in one picture" "$kpuctl" -d emu: detect --json "$model" "$photo"
	[ "$(head -n 1 "$work/out")" = "{" ]
	pass_or_fail $? "JSON of one picture is no list"
	expect 2 "several pictures in one file" "$kpuctl" -d emu: detect "$model" "$photo" \
		"$work/more/a.png" -o "$work/one.png"
	says err "is a folder" "a folder is asked for"
	expect 2 "two pictures of a name" "$kpuctl" -d emu: detect "$model" "$folder/a.png" \
		"$work/more/a.png" -o "$work"
	says err "would both become $work/a.png" "both are named"
	expect 2 "pictures over what is read" "$kpuctl" -d emu: detect "$model" "$photo" \
		"$work/more/a.png" -o "$work/more"
	says err "a.png is read, too" "the clash is named"
	expect 4 "classify several pictures" "$kpuctl" -d emu: classify "$model" -k 1 "$photo" \
		"$work/none" "$work/more/b.png"
	says out "^$work/more/b.png\$" "the last picture was looked at"
	[ "$(grep -c '^ 1\. ' "$work/out")" -eq 2 ]
	pass_or_fail $? "each has its classes"
	expect 0 "classify as JSON" "$kpuctl" -d emu: classify --json -k 3 "$model" "$photo" \
		"$photo"
	[ "$(grep -c '"picture": ' "$work/out")" -eq 2 ] &&
		[ "$(grep -c '"score": ' "$work/out")" -eq 6 ]
	pass_or_fail $? "JSON has three classes of each"
}

package_tests() {
	local packages=$shared/models/kfpkg
	if [ ! -e "$packages" ]; then
		skip "packages: $packages is not there"
		return
	fi
	local plain=$packages/maix_face_model_at_0x300000.kfpkg
	local reversed=$packages/maix_face_model_be_at_0x600000.kfpkg
	expect 0 "netinfo of a package" "$kpuctl" netinfo "$plain"
	says out "facedetect.kmodel +0x00300000 +388776 +kmodel V3" "its members are listed"
	expect 0 "netinfo of a member" "$kpuctl" netinfo "$plain#0x300000"
	expect 4 "no such member" "$kpuctl" netinfo "$plain#0x300001"
	expect 0 "netinfo of a reversed member" "$kpuctl" netinfo --json "$reversed"
	says out '"word_reversed": true' "the reversal is told"
	expect 0 "detect from a package" "$kpuctl" -d emu: detect "$reversed" \
		"$shared/models/photo/face_a.jpg"
	says out "^face +0.664 +116 +19 +135 +144" "the face is where it should be"
	says err "reversed" "there is a note"
	head -c 100000 "$plain" >"$work/cut.kfpkg"
	expect 4 "truncated package" "$kpuctl" netinfo "$work/cut.kfpkg"
	says err "cut.kfpkg" "the package is named"
	printf '\023\047\000\000 encrypted' >"$work/encrypted.kmodel"
	expect 4 "encrypted model" "$kpuctl" netinfo "$work/encrypted.kmodel"
	says err "encrypted" "it is called so"
	printf 'LDMK\005\000\000\000 version 5' >"$work/v5.kmodel"
	expect 4 "kmodel V5" "$kpuctl" netinfo "$work/v5.kmodel"
	says err "kmodel V5" "it is called so"
}

# The child must not outlive the program, however that ends.
orphan_test() {
	local pid child
	"$kpuctl" -d emu: ping -c 1000000 >/dev/null 2>&1 &
	pid=$!
	for _ in $(seq 50); do
		child=$(pgrep -P $pid k210-emu) && break
		sleep 0.1
	done
	[ -n "$child" ]
	pass_or_fail $? "the emulated board is a child process"
	kill -9 $pid 2>/dev/null
	wait $pid 2>/dev/null
	for _ in $(seq 50); do
		[ -e "/proc/$child" ] || break
		sleep 0.1
	done
	[ ! -e "/proc/$child" ]
	pass_or_fail $? "the emulated board ends when its program is killed"
}

parallel_test() {
	local pids=() status=0 number
	for number in 1 2 3; do
		timeout 120 "$kpuctl" -d emu: detect "$model" "$photo" >"$work/$number" 2>&1 &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || status=1
	done
	pass_or_fail $status "three programs at once"
}

conformance_tests() {
	if [ ! -e "$shared/models/manifest.json" ]; then
		skip "conformance: $shared/models is not there"
		return
	fi
	expect 0 "conformance of all models" \
		"$kpuctl" -d emu: conformance "$shared/models"
	grep -E " ok$" "$work/out" | sed 's/^/    /'
	says out "^22 of 22 models" "all V3 and V4 models were compared"
	expect 0 "face" "$kpuctl" -d emu: detect "$shared/models/kmodel/v3_face_maixpy.kmodel" \
		"$shared/models/photo/face_a.jpg"
	says out "^face +0.664 +116 +19 +135 +144" "the face is where it should be"
	expect 0 "V4 detector" "$kpuctl" -d emu: detect "$shared/models/kmodel/v4_voc20.kmodel" \
		"$shared/models/photo/dog.png"
	says out "^bicycle +0.921" "the bicycle is found"
	expect 0 "V4 detector that pads its input" "$kpuctl" -d emu: detect -t 0.3 \
		"$shared/models/kmodel/v4_face_320x240.kmodel" "$shared/models/photo/face_a.png"
	says out "^face +0.500 +125 +12 +120 +192" "the face is where it should be"
	expect 2 "a folder without such a model" \
		"$kpuctl" -d tty:/dev/none conformance "$shared/models" --models none
}

example_tests() {
	local examples=$build/examples
	head -c 230400 /dev/zero >"$work/zero.u8"
	expect 0 "frames" "$examples/frames" emu: "$model" 4
	says out "frame 3: " "four frames came back"
	expect 0 "feature map" "$examples/feature_map" emu: "$model" "$work/zero.u8" 1 \
		"$work/map.pgm"
	says out "channels of" "the map's shape is shown"
	expect 0 "loading the library by hand" \
		env LD_LIBRARY_PATH="$build/lib" "$examples/without_library" emu:
	says out "firmware [0-9]" "the board was asked"
	expect 0 "doing without the library" "$examples/without_library" emu:
	says out "firmware|no libkpu" "the program works without"
	# What people try first is a picture.
	head -c 300000 /dev/urandom >"$work/picture.jpg"
	expect 1 "classify a JPEG" "$examples/classify" emu: "$model" "$work/picture.jpg"
	says err "picture.jpg: not the 230400 bytes" "it is not taken for the input"
	expect 1 "feature map of a JPEG" "$examples/feature_map" emu: "$model" \
		"$work/picture.jpg" 1 "$work/map.pgm"
	says err "picture.jpg: not the 230400 bytes" "it is not taken for the input"
	expect 1 "compare JPEGs" "$examples/face_recognition" emu: "$model" "$work/picture.jpg" \
		"$work/picture.jpg"
	says err "picture.jpg: not the 230400 bytes" "it is not taken for the input"
	expect 1 "faces in a JPEG" "$examples/faces" emu: "$model" "$work/picture.jpg"
	says err "picture.jpg: not a PPM" "it is called so"
	expect 1 "classify nothing" "$examples/classify" emu: "$model" "$work/none"
	says err "none: No such file" "the reason is told"
	expect 1 "faces in nothing" "$examples/faces" emu: "$model" "$work/none"
	says err "none: No such file" "the reason is told"
	expect 2 "feature map of a layer that is no number" "$examples/feature_map" emu: "$model" \
		"$work/zero.u8" one "$work/map.pgm"
	expect 2 "no number of frames" "$examples/frames" emu: "$model" many
	if [ ! -e "$shared/models/input" ]; then
		skip "examples with real models: $shared/models is not there"
		return
	fi
	printf 'P6 320 240 255\n' >"$work/face.ppm"
	perl -0777 -ne 'for $i (0 .. 76799) {
			print map { substr($all, $_ * 76800 + $i, 1) } 0 .. 2 if ($all ||= $_) }' \
		"$shared/models/input/face_a.u8" >>"$work/face.ppm"
	expect 0 "faces" "$examples/faces" emu: "$shared/models/kmodel/v3_face_maixpy.kmodel" \
		"$work/face.ppm"
	says out "^face 0.664 at 1[0-9]+,[0-9]+ size 1[0-9]+x1[0-9]+" "the face is found"
	expect 0 "classify" "$examples/classify" emu: "$shared/models/kmodel/v3_mnist.kmodel" \
		"$shared/models/input/digit4_28x28.u8"
	says out "^1. class 4, 0.949" "the digit is read"
	expect 0 "classify with labels" "$kpuctl" -d emu: classify -k 1 --labels 0,1,2,3,four \
		"$shared/models/kmodel/v3_mnist.kmodel" "$shared/models/input/digit4_28x28.u8"
	says out "^ 1. four +0.949" "the class is named"
	# Four NaN.
	printf '\0\0\300\177\0\0\300\177\0\0\300\177\0\0\300\177' >"$work/nan.f32"
	expect 0 "classify what is no number" "$kpuctl" -d emu: classify --json \
		"$shared/models/kmodel/v3_iris.kmodel" "$work/nan.f32"
	says out '"score": null' "JSON has nothing else for it"
	infinite_logits_tests "$shared/models/kmodel/v3_iris.kmodel"
	expect 0 "face recognition" "$examples/face_recognition" emu: \
		"$shared/models/kmodel/v4_feature64.kmodel" "$shared/models/input/facecrop_64.u8" \
		"$shared/models/input/facecrop_64.u8"
	says out "^likeness 100.00: the same person" "the face is its own"
}

# Probabilities of what is infinite, or no number and counts as less than all numbers.
infinite_logits_tests() { # IRIS_MODEL
	expect 0 "logits below all numbers" "$kpuctl" -d emu: classify --softmax "$1" \
		"$work/nan.f32"
	says out "^ 1. class 0 +0.000000" "no class is likely"
	says out "^ 3. class 2 +0.000000" "to the last"
	# The file ends with what is added to each of the three classes: infinity to two of them.
	{
		head -c -12 "$1"
		printf '\0\0\200\177\0\0\0\0\0\0\200\177'
	} >"$work/infinite.kmodel"
	head -c 16 /dev/zero >"$work/zeros.f32"
	expect 0 "logits above all numbers" "$kpuctl" -d emu: classify --softmax \
		"$work/infinite.kmodel" "$work/zeros.f32"
	says out "^ 1. class 0 +0.500000" "both share the probability"
	says out "^ 2. class 2 +0.500000" "equally"
	says out "^ 3. class 1 +0.000000" "nothing is left for the third"
}

# What is written is written whole, somewhere else than what is read, and a failure is told.
output_tests() {
	local command
	cp "$photo" "$work/photo.png"
	expect 2 "picture over its input" "$kpuctl" -d emu: detect "$model" "$work/photo.png" \
		-o "$work/photo.png"
	says err "is read, too" "the clash is named"
	expect 2 "map over the model" "$kpuctl" -d emu: forward "$model" "$photo" -o "$model"
	cmp -s "$photo" "$work/photo.png"
	pass_or_fail $? "the input is as it was"
	for command in fmap forward detect; do
		expect 1 "no such folder: $command" "$kpuctl" -d tty:/dev/none $command "$model" \
			"$photo" -o "$work/no/x.png"
		says err "cannot write $work/no/x.png: No such file" "the reason is told: $command"
	done
	expect 1 "a folder as file" "$kpuctl" -d tty:/dev/none forward "$model" "$photo" -o "$work"
	says err "cannot write $work: Is a directory" "the folder is called so"
	if [ -c /dev/full ]; then
		ln -s /dev/full "$work/full"
		expect 1 "full device" "$kpuctl" -d emu: fmap "$model" "$photo" -l 2 -o "$work/full"
		says err "No space left" "the full device is named"
		[ -c /dev/full ]
		pass_or_fail $? "a device is not removed"
		timeout 60 "$kpuctl" netinfo "$model" >/dev/full 2>"$work/err"
		[ $? -eq 1 ]
		pass_or_fail $? "full standard output fails"
	else
		skip "full device: there is no /dev/full"
	fi
	timeout 60 "$kpuctl" -d emu: forward "$model" "$photo" -o "$work/closed" <&- >&- \
		2>"$work/err"
	pass_or_fail $? "closed standard input and output"
	expect 0 "the same with both open" "$kpuctl" -d emu: forward "$model" "$photo" \
		-o "$work/open"
	cmp -s "$work/closed" "$work/open"
	pass_or_fail $? "the result does not depend on it"
}

# What a link leads to is replaced, as with cp, and not the link.
link_tests() {
	local results=$work/results
	mkdir "$results" "$work/links"
	echo old >"$results/map"
	ln -s ../results/map "$work/links/near"
	ln -s near "$work/links/far"
	expect 0 "a result through links" "$kpuctl" -d emu: forward "$model" "$photo" \
		-o "$work/links/far"
	[ "$(readlink "$work/links/far")" = near ] && [ -L "$work/links/near" ]
	pass_or_fail $? "the links stay"
	cmp -s "$results/map" "$work/open"
	pass_or_fail $? "the file behind them has the result"
	cp "$work/c.kpuc" "$results/c.kpuc"
	ln -s ../results/c.kpuc "$work/links/c.kpuc"
	expect 0 "a classifier through a link" "$kpuctl" -d emu: classifier train "$model" \
		"$work/pictures" -o "$work/links/c.kpuc" --features 99
	[ -L "$work/links/c.kpuc" ] && ! cmp -s "$results/c.kpuc" "$work/c.kpuc"
	pass_or_fail $? "the classifier is another one"
	cp "$work/g.kpuf" "$results/g.kpuf"
	ln -s "$results/g.kpuf" "$work/links/g.kpuf"
	expect 0 "enroll through a link" "$kpuctl" -d emu: face -g "$work/links/g.kpuf" \
		enroll "$model" Grace "$photo"
	[ -L "$work/links/g.kpuf" ]
	pass_or_fail $? "the link stays"
	expect 0 "list" "$kpuctl" face -g "$results/g.kpuf" list
	says out "^Grace" "the gallery behind it has the face"
	ln -s ../results/none "$work/links/nowhere"
	expect 1 "a link to nothing" "$kpuctl" -d tty:/dev/none fmap "$model" "$photo" \
		-o "$work/links/nowhere"
	says err "cannot write $work/links/nowhere: No such file" "the link is named"
	[ "$(find "$results" "$work/links" | wc -l)" -eq 10 ]
	pass_or_fail $? "nothing else was left"
}

# A camera's program may write to us, a viewer may read from us.
pipe_tests() {
	mkfifo "$work/fifo"
	expect 4 "a pipe that nobody writes to, as model" "$kpuctl" netinfo "$work/fifo"
	says err "is not a file" "it is said what it is not"
	expect 4 "as gallery" "$kpuctl" face -g "$work/fifo" list
	expect 0 "detect" "$kpuctl" -d emu: detect "$model" "$photo" -o "$work/file.png"
	"$kpuctl" -d emu: detect "$model" - -o - <"$photo" >"$work/pipe.png" 2>"$work/err"
	pass_or_fail $? "picture from and to a pipe"
	cmp -s "$work/file.png" "$work/pipe.png"
	pass_or_fail $? "standard output has the picture and nothing else"
	says err "^(red|green|blue) +0\.[5-9]" "the objects are told beside it"
	expect 0 "fmap" "$kpuctl" -d emu: fmap "$model" "$photo" -o "$work/file.png"
	# shellcheck disable=SC2002 # a pipe that cannot be rewound
	cat "$photo" | "$kpuctl" -d emu: fmap "$model" /dev/stdin -o - >"$work/pipe.png" 2>/dev/null
	cmp -s "$work/file.png" "$work/pipe.png"
	pass_or_fail $? "a map through pipes"
}

# progress COLUMNS: the states of a progress bar on a terminal of that width, one in a line.
progress() {
	script -qec "stty cols $1; '$kpuctl' -d 'emu:?clock=real&baud=230400' load '$model'" \
		/dev/null |
		tr '\r' '\n' | sed 's/\x1b\[[0-9;]*[mK]//g' | grep '^loading'
}

terminal_tests() {
	local columns longest
	if ! command -v script >/dev/null; then
		skip "progress bars: script is not installed"
		return
	fi
	for columns in 20 60 120; do
		progress $columns >"$work/out"
		longest=$(awk 'length > most { most = length } END { print most + 0 }' "$work/out")
		[ "$longest" -gt 10 ] && [ "$longest" -lt $columns ]
		pass_or_fail $? "a bar of $longest characters on a terminal of $columns columns"
	done
	says out "^loading \[[#-]{28}\] +[0-9]+ %" "a wide terminal shows all of it"
}

manual_tests() {
	if ! command -v mandoc >/dev/null; then
		skip "manual: mandoc is not installed"
		return
	fi
	expect 0 "manual page is clean" mandoc -T lint -W warning man/kpuctl.1
	missing=$(options_not_in_manual)
	[ -z "$missing" ]
	pass_or_fail $? "the manual has every option, but not:$missing"
}

# manual_of COMMAND: what is said of it, up to the next command.
manual_of() {
	awk -v wanted="$1" -v all=" $commands " '
		/^\.Sh / { on = 0 }
		/^\.It Cm / && index(all, " " $3 " ") { on = $3 == wanted }
		on' man/kpuctl.1
}

# Options that a help text shows and the manual does not; some are told once for all commands.
options_not_in_manual() {
	local command option
	for command in $commands; do
		"$kpuctl" "$command" --help | grep '^  ' | grep -o -- ' --[a-z][a-z-]*' |
			grep -Evx ' --(device|timeout|help|json|resize|labels|nms)' |
			while read -r option; do
				manual_of "$command" |
					grep -Eq -- "Fl ([a-z] , )?${option#-}( |\$)" ||
					echo " $command $option"
			done
	done
}

usage_tests
device_tests
file_tests
missing_picture_tests
flash_boot_tests
side_file_tests
timeout_tests
emulator_tests
trace_tests
memory_tests
feature_tests
several_pictures_tests
many_pictures_test
package_tests
orphan_test
parallel_test
conformance_tests
example_tests
output_tests
link_tests
pipe_tests
terminal_tests
manual_tests
summary kpuctl
