#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# Memory budget of the firmware image: what it takes of the 6 MiB SRAM and what is left for models.
# Usage: budget.sh ELF LIMIT_BYTES. Fails when the firmware takes more than the limit.
elf=$1
limit=$2

if [ ! -s "$elf" ]; then
	echo "firmware: no image $elf" >&2
	exit 1
fi
riscv64-unknown-elf-size -A -d "$elf" | awk -v limit="$limit" '
$1 == ".text"         { code = $2 }
$1 == ".rodata"       { constants = $2 }
$1 == ".data"         { data = $2 }
$1 == ".bss"          { bss = $2 }
$1 == ".link_buffers" { buffers = $2 }
$1 == ".stack"        { stack = $2; }
$1 == ".noinit"       { noinit = $2; last = $3 + $2 }
function line(name, bytes) { printf "  %-28s %8d bytes\n", name, bytes }
END {
	total = int((last - 2147483648 + 255) / 256) * 256
	print "firmware memory budget"
	line("code", code)
	line("constants", constants)
	line("data", data)
	line("variables (bss)", bss)
	line("link buffers", buffers)
	line("stack", stack)
	line("kept over resets", noinit)
	line("alignment", total - code - constants - data - bss - buffers - stack - noinit)
	line("total", total)
	line("limit", limit)
	line("free for models", 6 * 1024 * 1024 - total)
	if (total > limit) {
		printf "firmware: %d bytes are %d too many\n", total, total - limit
		exit 1
	}
}'
