#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# Interrupt handlers live in hal/ and the trap entry saves integer registers only: no object given
# may use a floating-point register. Usage: check_interrupt_path.sh OBJDUMP OBJECT...
objdump=$1
shift
if "$objdump" -d --no-show-raw-insn "$@" |
	grep -E '[[:space:]](f[ls][wd]|c\.f[ls][wd](sp)?|fmv\.|fadd|fsub|fmul|fdiv|fcvt|fsgnj)'; then
	echo "firmware: hal/ uses floating point, which interrupt handlers must not" >&2
	exit 1
fi
