# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# Completion of kpuctl in bash; the package bash-completion loads it, and brings what it calls.
#
# Commands, options and what follows them are not listed here: kpuctl is asked (--help), so that an
# option can be completed as soon as there is one. Known here is what the words of its help stand
# for (MODEL, FILE.png, ...). The functions share _kpuctl's variables.
# shellcheck disable=SC2154

_kpuctl_ports() {
	compgen -G '/dev/ttyUSB*'
	compgen -G '/dev/ttyACM*'
}

# What -d takes.
_kpuctl_devices() {
	compgen -G '/dev/kpu[0-9]*' | sed 's/^/dev:/'
	_kpuctl_ports | sed 's/^/tty:/'
	compgen -G '/dev/spidev*' | sed 's/^/spi:/; s/$/?ready=/'
	echo emu:
}

# Of WORDS, one in a line, those that $cur begins.
_kpuctl_words() {
	local word
	while read -r word; do
		if [[ -n $word && $word == "$cur"* ]]; then
			COMPREPLY+=("$word")
		fi
	done <<<"$1"
}

# What KIND stands for, a word of a help text as MODEL, FILE.png|FOLDER or [PINS|none].
_kpuctl_kind() {
	local one kinds kind=${1//[][]/}
	IFS='|' read -ra kinds <<<"${kind%...}"
	for one in "${kinds[@]}"; do
		case $one in
		MODEL) _filedir 'kmodel|kfpkg' ;;
		PACKAGE) _filedir kfpkg ;;
		PICTURE) _filedir 'png|jpg|jpeg' ;;
		INPUT) _filedir 'png|jpg|jpeg|u8|f32|bin' ;;
		FILE.*) _filedir "${one#FILE.}" ;;
		FILE | PROGRAM | CLASSIFIER) _filedir ;;
		FOLDER) _filedir -d ;;
		TTY) _kpuctl_words "$(_kpuctl_ports)" ;;
		DEVICE) _kpuctl_words "$(compgen -G '/dev/kpu[0-9]*'; _kpuctl_ports)" ;;
		RULE) _kpuctl_words $'stretch\nletterbox\nexact' ;;
		STYLE) _kpuctl_words $'dan\nkd233\ngoe\ngod' ;;
		[a-z]*:*) _kpuctl_words "${one%%:*}:" ;;
		*[!a-z]*) ;; # numbers, names, addresses
		*) _kpuctl_words "$one" ;;
		esac
	done
}

# The options that $help tells, each with the word for its value: "-o FILE", "--json".
_kpuctl_options() {
	sed -nE 's/^ +(-[A-Za-z]), (--[a-z0-9-]+)( [^ ]+)?( .*)?$/\1\3\n\2\3/p
		s/^ +(--[a-z0-9-]+)( [^ ]+)?( .*)?$/\1\2/p' <<<"$help"
}

# The word for the value of OPTION; nothing, if it takes none.
_kpuctl_value() {
	local option kind
	while read -r option kind; do
		[[ $option != "$1" ]] || echo "$kind"
	done <<<"$options"
}

# The words for what may come behind the arguments $given: the usage is "MODEL PICTURE...", or
# "train MODEL FOLDER | predict ...", or "info|read|write ..." with a line for each below.
_kpuctl_next() {
	local usage parts kind
	usage=$(sed -nE '1s/^usage: .*\[OPTIONS\] ?//p' <<<"$help")
	while read -ra parts; do
		((${#parts[@]} > 0)) || continue
		if ((${#given[@]} == 0)); then
			echo "${parts[0]}"
			continue
		fi
		if [[ ${parts[0]} == *[a-z]* ]]; then
			[[ "|${parts[0]}|" == *"|${given[0]}|"* ]] || continue
			[[ ${parts[1]-} != ... ]] || read -ra parts < <(
				sed -nE "s/^  (${given[0]}( [^ ]+)*).*/\\1/p" <<<"$help"
			) || continue
		fi
		kind=${parts[-1]}
		((${#given[@]} >= ${#parts[@]})) || kind=${parts[${#given[@]}]}
		if ((${#given[@]} < ${#parts[@]})) || [[ $kind == *...* ]]; then
			[[ ${parts[*]:0:${#given[@]}+1} == *' -'* ]] || echo "$kind"
		fi
	done < <(sed 's/^\[\(.* | .*\)\]$/\1/; s/ | /\n/g' <<<"$usage")
}

_kpuctl() {
	local cur prev words cword split program command='' help options kind i
	local given=()
	_init_completion -s -n : || return
	program=${words[0]/#\~\//$HOME/}

	for ((i = 1; i < cword; i++)); do
		case ${words[i]} in
		-d | --device | --timeout) ((i++)) ;;
		-*) ;;
		help) ;;
		*)
			command=${words[i]}
			break
			;;
		esac
	done
	help=$("$program" ${command:+"$command"} --help 2>/dev/null </dev/null)
	[[ -n $help ]] || return
	options=$(_kpuctl_options)
	for ((i++; i < cword; i++)); do
		case ${words[i]} in
		-?*) [[ -z $(_kpuctl_value "${words[i]}") ]] || ((i++)) ;;
		*) given+=("${words[i]}") ;;
		esac
	done

	kind=$(_kpuctl_value "$prev")
	if [[ $kind == DEVICE ]]; then
		_kpuctl_words "$(_kpuctl_devices)"
		[[ $cur != /* ]] || _filedir
	elif [[ -n $kind ]]; then
		_kpuctl_kind "$kind"
	elif [[ $split == true ]]; then
		return
	elif [[ $cur == -* ]]; then
		_kpuctl_words "$(cut -d " " -f 1 <<<"$options")"
	elif [[ -z $command ]]; then
		_kpuctl_words "$(sed -nE 's/^  ([a-z]+) +[a-z].*/\1/p' <<<"$help"; echo help)"
	else
		while read -r kind; do
			_kpuctl_kind "$kind"
		done < <(_kpuctl_next)
	fi
	# Behind these more is to be typed.
	[[ ${#COMPREPLY[@]} -ne 1 || ${COMPREPLY[0]} != @(*=|spi:) ]] ||
		compopt -o nospace 2>/dev/null
	__ltrim_colon_completions "$cur"
}

complete -F _kpuctl kpuctl
