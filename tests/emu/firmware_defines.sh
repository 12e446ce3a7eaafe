#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# make firmware FIRMWARE_DEFINES=..., as docs/spi.md has it for other pins: the firmware is compiled
# with them also when it has been compiled without, and only when they have changed. One file stands
# for all.
set -u

cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/script.sh
. tests/script.sh

# compiled [DEFINES]: what make ran is in $work/made.
compiled() {
	env -u MAKEFLAGS -u MAKELEVEL make V=1 firmware_dir="$work/firmware" \
		${1:+"FIRMWARE_DEFINES=$1"} \
		"$work/firmware/firmware_k210/spi_line.o" >"$work/made" 2>&1
}

ran() { # PATTERN
	grep -qE -- "$1" "$work/made"
}

if ! command -v riscv64-unknown-elf-gcc >/dev/null; then
	skip "firmware_defines: riscv64-unknown-elf-gcc is not installed"
	summary firmware_defines
	exit
fi
pins=$(sed -n "s/^ *make firmware FIRMWARE_DEFINES='\(.*\)'$/\1/p" docs/spi.md)
check "docs/spi.md tells how" [ -n "$pins" ]
check "without defines" compiled
check "it is compiled" ran '-c -o .*spi_line'
check "with the pins of docs/spi.md" compiled "$pins"
check "it is compiled again" ran 'sclk=27.*-c -o .*spi_line'
check "with the same pins" compiled "$pins"
check "it is not" [ "$(grep -c -e '-c -o' "$work/made")" = 0 ]
check "without them" compiled
check "it is compiled once more" ran '-c -o .*spi_line'
check "and not with them" [ "$(grep -c sclk "$work/made")" = 0 ]
summary firmware_defines
