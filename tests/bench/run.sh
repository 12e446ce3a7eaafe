#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# tests/bench/run.sh [TABLE...]: called by `make bench` when everything is built.
#
# Measures and writes each table into docs/performance.md between the lines
#   <!-- measured: TABLE --> and <!-- end -->
# and leaves what stands around them alone. TABLE: machine firmware frames models kpu cpu wire
# lines streaming driver yolo2; default all, which takes some five minutes.
set -euo pipefail
cd "$(dirname "$0")/../.."

page=docs/performance.md
work=build/bench
shared=${KPU_SHARED:-../shared}
kpuctl=build/bin/kpuctl
face=$shared/models/kmodel/v3_face_maixpy.kmodel
[ -e "$face" ] || face=build/demo/discs.kmodel
# The durations of the silicon. The rate keeps the library's time-outs long enough; the board's
# clock does not wait for this computer longer than it has to.
silicon='emu:?clock=real&baud=5000000&idle-grace=1'
mkdir -p "$work"

# Value of a key in the flat JSON that kpuctl prints.
value() { # FILE KEY
	sed -n "s/^ *\"$2\": \([-0-9.e+]*\),*$/\1/p" "$1"
}

# Columns are as in the head of the table frames.
frame_row() { # NAME JSON
	echo "| $1 | $(value "$2" frames_per_second) | $(value "$2" frame_ms) |" \
		"$(value "$2" encode_ms) | $(value "$2" transfer_ms) | $(value "$2" kpu_ms) |" \
		"$(value "$2" board_ms) | $(value "$2" post_ms) |"
}

# A real board: times of the emulated board's clock with the durations of the silicon, and a line of
# 2 Mbaud of which payload has the share that the table of the wire shows.
calculated_row() { # JSON
	local bytes
	bytes=$("$kpuctl" netinfo --json "$face" | sed -n 's/^ *"bytes": \([0-9]*\),*$/\1/p' |
		head -n 2 | paste -sd+ | bc)
	awk -v bytes="$bytes" -v encode="$(value "$1" encode_ms)" -v kpu="$(value "$1" kpu_ms)" \
		-v board="$(value "$1" board_ms)" -v post="$(value "$1" post_ms)" 'BEGIN {
			transfer = bytes / (200000 * 0.97) * 1000
			frame = encode + transfer + board + post
			printf "| a K210 at 2 Mbaud, calculated | %.3f | %.3f | %s | ",
				1000 / frame, frame, encode
			printf "%.3f | %s | %s | %s |\n", transfer, kpu, board, post
		}'
}

measure_machine() {
	local compiler
	compiler=$(${CC:-gcc} --version | head -n 1)
	echo "| | |"
	echo "|---|---|"
	echo "| processor | $(sed -n "s,^model name[^:]*: *,,p" /proc/cpuinfo | head -n 1)," \
		"$(nproc) cores |"
	echo "| virtual machine | $(systemd-detect-virt -v 2>/dev/null || true) |"
	echo "| kernel | $(uname -sr) |"
	echo "| compiler | $compiler, -O2 |"
	echo "| firmware's compiler | $(riscv64-unknown-elf-gcc --version | head -n 1), -Os |"
	echo "| load before | $(cut -d ' ' -f 1-3 /proc/loadavg) |"
	echo "| revision | $(git describe --always --dirty=' with changes' 2>/dev/null || true) |"
	echo "| date | $(date -u +%Y-%m-%d) |"
}

measure_firmware() {
	echo "| part | bytes |"
	echo "|---|--:|"
	firmware_k210/budget.sh build/firmware/kpu-firmware.elf 98304 |
		sed -n 's/^  \(.*[^ ]\)  *\([0-9]*\) bytes$/| \1 | \2 |/p'
	echo "| as the board reports it: for models | $("$kpuctl" -d emu: info --json |
		sed -n 's/^ *"memory_total": \([0-9]*\),*$/\1/p') |"
}

measure_frames() {
	local json=$work/frames.json count
	echo "| path | frames/s | frame | encode | transfer | KPU | board | post |"
	echo "|---|--:|--:|--:|--:|--:|--:|--:|"
	for count in 1 2; do
		"$kpuctl" -d emu: bench --json -n 60 -q $count "$face" >"$json"
		frame_row "emu:, $count in flight" "$json"
	done
	"$kpuctl" -d 'emu:?kpu=reference' bench --json -n 3 -q 1 "$face" >"$json"
	frame_row "emu:, the plain KPU model" "$json"
	"$kpuctl" -d "$silicon" bench --json -n 2 -q 1 "$face" >"$json"
	calculated_row "$json"
	[ ! -e "$work/guest.json" ] || frame_row "/dev/kpu0 in a guest, CDC-ACM" "$work/guest.json"
}

model_row() { # FILE
	local name fast=$work/fast.json real=$work/real.json per_mib=''
	name=$(basename "$1" .kmodel)
	if ! "$kpuctl" -d emu: bench --json -n 10 "$1" >"$fast" 2>"$work/error" ||
		! "$kpuctl" -d "$silicon" bench --json -n 1 -q 1 "$1" >"$real" \
			2>"$work/error"; then
		echo "| $name | $(sed -n '1s/^kpuctl: //p' "$work/error") | | | | | |"
		return
	fi
	# Of a small file the time for each MiB would be that of the questions around it.
	[ "$(value "$fast" model_bytes)" -lt 65536 ] || per_mib=$(value "$fast" load_ms_per_mib)
	echo "| $name | $(($(value "$fast" model_bytes) / 1024)) | $(value "$fast" load_ms) |" \
		"$per_mib | $(value "$fast" frames_per_second) |" \
		"$(value "$real" board_ms) | $(value "$real" kpu_ms) |"
}

measure_models() {
	local model
	echo "| model | KiB | load | load, 1 MiB | frames/s | K210: run | of it KPU |"
	echo "|---|--:|--:|--:|--:|--:|--:|"
	for model in "$shared"/models/kmodel/*.kmodel build/demo/discs.kmodel; do
		[ ! -e "$model" ] || model_row "$model"
	done
}

# Milliseconds by the board's clock of a run of a model in its flash.
streamed_ms() { # CHIP HOW
	"$kpuctl" -d "$silicon&flash=$1,size=16M" bench --json -n 2 -q 1 "flash:0x300000,$2" \
		>"$work/streamed.json" 2>"$work/error" && value "$work/streamed.json" board_ms
}

streaming_row() { # FILE
	local chip=$work/chip memory single dual
	head -c 16M /dev/zero | tr '\0' '\377' >"$chip"
	dd if="$1" of="$chip" bs=4096 seek=768 conv=notrunc status=none
	"$kpuctl" -d "$silicon" bench --json -n 2 -q 1 "$1" >"$work/memory.json" 2>"$work/error"
	memory=$(value "$work/memory.json" board_ms)
	single=$(streamed_ms "$chip" stream) && dual=$(streamed_ms "$chip" dual) || return
	awk -v name="$(basename "$1" .kmodel)" -v kib=$(($(stat -c %s "$1") / 1024)) \
		-v memory="$memory" -v single="$single" -v dual="$dual" 'BEGIN {
			printf "| %s | %d | %s | %s | %s | %.2f |\n", name, kib, memory, single,
				dual, dual / memory
		}'
}

measure_streaming() {
	local model
	echo "| model | KiB | in memory | from flash | reading ahead | of the time in memory |"
	echo "|---|--:|--:|--:|--:|--:|"
	for model in "$shared"/models/kmodel/*.kmodel build/demo/discs.kmodel; do
		[ ! -e "$model" ] || streaming_row "$model" || true
	done
}

measure_kpu() {
	build/tests/bench/kpu_bench
}

measure_cpu() {
	build/tests/bench/cpu_bench
}

measure_wire() {
	build/tests/bench/wire_bench
	echo
	echo "The link alone, both ends without a board between them, on a simulated line:"
	echo
	echo "| bytes/s | direction | bytes | of the line |"
	echo "|--:|---|--:|--:|"
	build/tests/unit/link/test_rates |
		sed -En 's,^(to board|to host|both ways) +([0-9]*) bytes/s +,\2 | \1 | ,p' |
		sed -n 's/ bytes: / | /; s/.*/| & |/p'
}

measure_lines() {
	build/tests/bench/lines_bench "$face"
}

measure_driver() {
	tests/guest/run.sh --kernel=6.1 --name=bench bench >"$work/guest.log" || {
		cat "$work/guest.log" >&2
		return 1
	}
	cp build/guest/runs/bench/out/frames.json "$work/guest.json"
	cat build/guest/runs/bench/out/ioctl.md
}

measure_yolo2() {
	build/tests/bench/yolo2_bench
}

write_table() { # TABLE FILE
	awk -v table="$1" -v file="$2" '
		$0 == "<!-- measured: " table " -->" {
			print
			print ""
			while ((getline line < file) > 0)
				print line
			print ""
			inside = found = 1
		}
		$0 == "<!-- end -->" { inside = 0 }
		!inside
		END { exit !found }' "$page" >"$work/page.md" || {
		echo "bench: $page has no place for the table $1" >&2
		return 1
	}
	cp "$work/page.md" "$page"
}

# The driver's table also brings a row of the frames.
[ $# -gt 0 ] || set -- machine firmware driver frames models kpu cpu wire lines streaming yolo2
for table in "$@"; do
	echo "bench: $table"
	"measure_$table" >"$work/$table.md"
	cat "$work/$table.md"
	write_table "$table" "$work/$table.md"
done
