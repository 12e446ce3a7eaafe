#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# Interrupt handlers live in hal/ and the trap entry saves integer registers only: no object given
# may use a floating-point register. Usage: check_interrupt_path.sh OBJDUMP OBJECT...
objdump=$1
shift
if "$objdump" -d --no-show-raw-insn "$@" |
	grep -E '[[:space:]](c\.)?f([ls][wd]|mv\.|add|sub|mul|div|cvt|sgnj)'; then
	echo "firmware: hal/ uses floating point, which interrupt handlers must not" >&2
	exit 1
fi
