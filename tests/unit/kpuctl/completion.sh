#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# Completion of kpuctl in bash: all commands, and all options and arguments that their help tells.
set -o pipefail

build=${O:-build}
kpuctl=$build/bin/kpuctl
library=/usr/share/bash-completion/bash_completion
# shellcheck source=tests/script.sh
. tests/script.sh

if [ ! -e $library ]; then
	skip "bash-completion is not there: completion is not tested"
	summary completion
	exit
fi
# shellcheck source=/dev/null
. $library
# shellcheck source=packaging/kpuctl-completion.sh
. packaging/kpuctl-completion.sh

# after LINE: what can follow it is in COMPREPLY. Words end at colons and equals signs, too, as
# bash's own do; see COMP_WORDBREAKS in bash(1).
after() {
	COMP_LINE=$1
	COMP_POINT=${#1}
	read -ra COMP_WORDS < <(sed -E 's/([:=]+)/ \1 /g' <<<"$1")
	[[ $1 != *' ' ]] || COMP_WORDS+=("")
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	_kpuctl kpuctl 2>"$work/complaint"
	cat "$work/complaint"
	[ ! -s "$work/complaint" ]
}

# gives LINE WORD...: these, in any order, and nothing else
gives() {
	local line=$1
	shift
	after "$line" || return 1
	diff <(printf '%s\n' "${COMPREPLY[@]}" | sort -u) <(printf '%s\n' "$@" | sort -u)
}

# offers LINE WORD: among others
offers() {
	after "$1" || return 1
	[[ " ${COMPREPLY[*]} " == *" $2 "* ]] || {
		echo "${COMPREPLY[*]}"
		return 1
	}
}

nothing() {
	after "$1" || return 1
	echo "${COMPREPLY[*]}"
	[ ${#COMPREPLY[@]} -eq 0 ]
}

# Of the table in main.c.
commands=$(grep -o '&command_[a-z]*' utils/kpuctl/main.c | sed 's/.*_//')

# Options of the source, but those that the help does not tell: -n and --frames.
options_of() {
	sed -n '/^static const struct option_entry options/,/^};/p' "utils/kpuctl/commands/$1.c" |
		tr '\n\t' '  ' | grep -o '{ [^{}]* }' | grep -v 'NULL }$' |
		sed -nE -e "s/^\{ '(.)', \"([a-z-]*)\".*/-\1\n--\2/p" \
			-e "s/^\{ [A-Z_]*, \"([a-z-]*)\".*/--\1/p"
}

all_commands() {
	# shellcheck disable=SC2086 # one word per command
	gives "$kpuctl " $commands help && gives "$kpuctl -d emu: " $commands help &&
		gives "$kpuctl help " $commands help
}

all_options() { # COMMAND
	local told
	told=$(grep -q 'options = json_option' "utils/kpuctl/commands/$1.c" && echo --json)
	# shellcheck disable=SC2046,SC2086 # one word per option
	gives "$kpuctl $1 -" $(options_of "$1") $told -d --device --timeout -h --help
}

options_that_help_tells() { # COMMAND
	local told
	told=$("$kpuctl" "$1" --help | grep -oE '^ +(-[a-zA-Z], )?--[a-z-]+' | tr -d ,)
	# shellcheck disable=SC2086 # one word per option
	gives "$kpuctl $1 -" $told
}

# Words of the help texts in capitals, but those behind which there is nothing to be known.
words_of_help() {
	local command
	for command in $commands; do
		"$kpuctl" "$command" --help | sed -nE '1s/.*OPTIONS\]//p
			s/^ +(-., )?--[a-z-]+ ([^ ]+) .*/\2/p'
	done | grep -oE '[A-Z]+(\.[a-z]+)?' | sort -u |
		grep -vxE 'A|B|BUS|CHIP|CS|H|LINE|N|NAME|SECONDS|W|X|Y'
}

# A word for something new has to be taught to the completion.
words_are_known() {
	local word
	for word in $(words_of_help) PACKAGE PROGRAM; do
		grep -qE "^[[:space:]]+(.* )?${word%.*}(\.\*)?( \|.*)?\) " \
			packaging/kpuctl-completion.sh || {
			echo "$word"
			return 1
		}
	done
}

# values COMMAND OPTION WORD...: what can follow is what the refusal of a wrong value names, which
# but for that has these words.
values() {
	local refusal named
	refusal=$("$kpuctl" "$1" "$2" wrong x y 2>&1)
	refusal=${refusal#*"$2"}
	named=$(tr -s ' ,' '\n' <<<"${refusal%%;*}" | grep -vxF "$(printf '%s\n' "" "${@:3}")")
	# shellcheck disable=SC2086 # one word per value
	gives "$kpuctl $1 $2 " $named
}

make_files() {
	mkdir -p "$work/files/folder"
	(cd "$work/files" && touch a.kmodel b.kfpkg c.png d.jpg e.json f.u8 g.txt)
}

files() { # LINE FILE...: gives, with the folder of the files before each
	local line=$1 names=() name
	shift
	for name; do
		names+=("$work/files/$name")
	done
	gives "$line $work/files/" "${names[@]}"
}

make_files
check "commands" all_commands
for command in $commands; do
	check "options of $command" all_options "$command"
	check "options that the help of $command tells" options_that_help_tells "$command"
done
check "options before a command" gives "$kpuctl -" -d --device --timeout -h --help -V \
	--version
check "words of the help" words_are_known
check "values of --resize" values detect --resize is or
check "values of --style" values attach --style wrong is none of
check "a value behind =" gives "$kpuctl detect --resize=l" letterbox
check "actions" gives "$kpuctl face " enroll compare list remove
check "actions of flash" gives "$kpuctl flash " info read write erase kfpkg firmware pins resume
check "what an action takes" gives "$kpuctl flash pins " none
check "an option before the action" gives "$kpuctl flash -o x re" read resume
check "a command behind a time-out" gives "$kpuctl --timeout 9 net" netinfo
check "no number of seconds" nothing "$kpuctl info --timeout "
check "a device" gives "$kpuctl -d e" emu:
check "a device behind the command" gives "$kpuctl info --device e" emu:
check "a device behind =" gives "$kpuctl --device=e" emu:
check "a board on SPI" offers "$kpuctl attach s" spi:
check "models" files "$kpuctl netinfo" a.kmodel b.kfpkg folder
check "several models" files "$kpuctl -d emu: load x y" a.kmodel b.kfpkg folder
check "pictures behind the model" files "$kpuctl detect -t 0.5 x" c.png d.jpg folder
check "more pictures" files "$kpuctl detect x y --json z" c.png d.jpg folder
check "inputs" files "$kpuctl forward x" c.png d.jpg f.u8 folder
check "pictures behind a name" files "$kpuctl face -g x enroll y Ada" c.png d.jpg folder
check "packages" files "$kpuctl flash kfpkg" b.kfpkg folder
check "what is written to the flash" files "$kpuctl flash write 0" a.kmodel b.kfpkg c.png d.jpg \
	e.json f.u8 g.txt folder
check "folders" files "$kpuctl conformance" folder
check "a file for an option" files "$kpuctl detect x y --side" e.json folder
check "a picture or a folder for an option" files "$kpuctl detect x -o" c.png folder
check "no name" nothing "$kpuctl face enroll x "
check "no number" nothing "$kpuctl flash read "
check "behind all arguments" nothing "$kpuctl netinfo x "
check "behind a command that takes none" nothing "$kpuctl info x "
check "behind an action that takes none" nothing "$kpuctl flash info x "
check "no action of that name" nothing "$kpuctl flash frobnicate "
check "no command of that name" nothing "$kpuctl frobnicate "
check "no such program" nothing "$work/kpuctl "

summary completion
