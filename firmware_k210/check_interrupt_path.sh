#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# The trap entry saves integer registers only: nothing that an interrupt can reach may use a
# floating-point register. Follows the calls in the image; what is called through a pointer is named
# here. Usage: check_interrupt_path.sh OBJDUMP ELF.
"$1" -d --no-show-raw-insn "$2" | awk -v roots='trap_interrupt chip_select_rose' '
function plain(symbol)
{
	gsub(/[<>:]/, "", symbol)
	sub(/\+0x.*/, "", symbol)
	return symbol
}
/^[0-9a-f]+ <.*>:$/ {
	name = plain($2)
	short = name
	sub(/\..*/, "", short)
	full[short] = name
	next
}
# Calls, jumps and branches name their target; opcodes of floats begin with f, and so does fence.
$NF ~ /^<.*>$/ && $2 ~ /^(c\.)?(j|jal|b[a-z]+)$/ { calls[name] = calls[name] " " plain($NF) }
$2 ~ /^(c\.)?f/ && $2 !~ /^fence/ { floats[name] = $0 }
END {
	count = split(roots, list)
	for (i = 1; i <= count; i++) {
		if (!(list[i] in full)) {
			print "firmware: " list[i] "(), where interrupts go, is not in the image"
			exit 1
		}
		reached[queue[i] = full[list[i]]] = 1
	}
	for (i = 1; i <= count; i++) {
		if (queue[i] in floats) {
			print "firmware: " queue[i] \
				"(), which an interrupt reaches, uses floating point:"
			print floats[queue[i]]
			exit 1
		}
		targets = split(calls[queue[i]], list)
		for (t = 1; t <= targets; t++)
			if (!(list[t] in reached))
				reached[queue[++count] = list[t]] = 1
	}
	if (count < 8) {
		print "firmware: only " count " functions found on the interrupt path"
		exit 1
	}
}' >&2
