#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# The most stack that the firmware can need: the deepest chain of calls, with the deepest interrupt
# on top. Frames and calls come from the compiler (-fcallgraph-info=su); where a call through a
# pointer can go is said below. Usage: stack_depth.sh ELF FILE.ci...; fails when the image has too
# little of it.
stack=$(riscv64-unknown-elf-size -A -d "$1" | awk '$1 == ".stack" { print $2 }')
shift
awk -v stack="$stack" '
BEGIN {
	# Where each pointer goes: file of the call and, behind a space, file:function around it;
	# then file:function of the targets. All are patterns.
	goes("link/session_receive.c", "link/board.c:board_deliver")
	goes("link/session_send.c", "link/board.c:board_fill")
	goes("link/session(_sync)?.c", "link/board.c:board_(established|lost)")
	goes("link/board.c .*:board_fill$", "server/dispatch.c:produce")
	goes("link/board.c .*:(abort_request|board_(established|lost))$",
	     "server/dispatch.c:(aborted|host_changed)")
	goes("link/board.c .*:(board_deliver|begin|complete)$",
	     "server/dispatch.c:(begin|bulk|complete|aborted)")
	goes("link/spi_frame.c", "server/dispatch.c:server_(in|out)put_packet")
	split("begin bulk complete produce aborted", stages, " ")
	for (i in stages)
		goes("server/dispatch.c .*:" stages[i] "$",
		     "server/(flash|line|load_flash|model|run).c:([a-z_]+_)?" stages[i])
	goes("server/(flash|load_flash).c", "hal/flash.c:")
	goes("server/(line|model).c",
	     "firmware_k210/board.c:(describe|rate_possible|set_rate|line_idle|overruns|reboot)")
	goes("runtime/(runs|taps|executor).c",
	     "server/run.c:(finished|output_ready|output_taken|input_room)")
	goes("runtime/executor.c", "runtime/(layers|v4)/[a-z_]+.c:[a-z0-9_]+_(run|plan)")
	goes("runtime/executor.c",
	     "firmware_k210/board.c:(start_layer|layer_done|reset_engine|cycles)")
	goes("runtime/stream.c", "hal/flash.c:")
	goes("kmodel/measure.c", "server/load_flash.c:read_place")
	goes("hal/spi_slave.c", "spi_line.c:chip_select_rose")
	trap_frame = 128   # start.S
	guard = 64         # reset.c
	library_frame = 64 # memcpy, expf and the like: leaves that the compiler has not seen
}
function goes(from, to)
{
	from_pattern[++pointers] = from
	to_pattern[pointers] = to
}
function fail(text)
{
	print "firmware: " text > "/dev/stderr"
	failed = 1
	exit 1
}
# The value of a quoted property of this line.
function value(property,    rest)
{
	rest = $0
	if (!sub(".* ?" property ": \"", "", rest))
		return ""
	sub(/".*/, "", rest)
	return rest
}
/^node:/ {
	title = value("title")
	label = value("label")
	if (title == "__indirect_call")
		next
	parts = split(label, part, /\\n/)
	if (parts < 3 || part[3] !~ /bytes/)
		next
	if (part[3] !~ /static/)
		fail(part[1] "() has a frame of unknown size")
	frame[title] = part[3] + 0
	name[title] = part[1]
	sub(/:[0-9]+:[0-9]+$/, "", part[2])
	place[title] = part[2] ":" part[1]
}
/^edge:/ {
	source = value("sourcename")
	target = value("targetname")
	if (target == "__indirect_call") {
		label = value("label")
		sub(/:[0-9]+:[0-9]+$/, "", label)
		indirect[source] = indirect[source] " " label
	} else {
		calls[source] = calls[source] SUBSEP target
	}
}
function resolve(function_title,    files, count, i, p, target, found)
{
	count = split(indirect[function_title], files, " ")
	for (i = 1; i <= count; i++) {
		found = 0
		for (p = 1; p <= pointers; p++) {
			if ((files[i] " " place[function_title]) !~ from_pattern[p])
				continue
			to = to_pattern[p] (to_pattern[p] ~ /:$/ ? "" : "$")
			for (target in place)
				if (place[target] ~ to) {
					calls[function_title] = calls[function_title] SUBSEP target
					found = 1
				}
		}
		if (!found)
			fail("where does the call through a pointer in " files[i] " go? See " \
			     "stack_depth.sh")
	}
}
function depth(title,    list, count, i, below)
{
	if (title in known)
		return known[title]
	if (!(title in frame))
		return library_frame
	if (title in open)
		fail(name[title] "() calls itself")
	open[title] = 1
	count = split(calls[title], list, SUBSEP)
	known_below[title] = 0
	for (i = 2; i <= count; i++) {
		below = depth(list[i])
		if (below > known_below[title]) {
			known_below[title] = below
			deepest[title] = list[i]
		}
	}
	delete open[title]
	return known[title] = frame[title] + known_below[title]
}
function print_chain(what, title)
{
	printf "  %s, %d bytes:", what, depth(title)
	for (; title in frame; title = deepest[title])
		printf " %s %d", name[title], frame[title]
	print ""
}
END {
	if (failed)
		exit 1
	for (title in indirect)
		resolve(title)
	for (title in name)
		root[name[title]] = title
	if (!("main" in root) || !("trap_interrupt" in root))
		fail("main() or trap_interrupt() is not in the call graph")
	need = depth(root["main"]) + trap_frame + depth(root["trap_interrupt"]) + guard
	print "firmware stack: " need " of " stack " bytes are needed at worst"
	print_chain("deepest chain", root["main"])
	print_chain("deepest interrupt", root["trap_interrupt"])
	if (need > stack)
		fail("the stack is too small by " need - stack " bytes: STACK_SIZE in firmware.ld")
}' "$@"
