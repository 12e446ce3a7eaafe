#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# Style and static checks of all files under version control; called by `make lint`.
#
#   tools/lint.sh [CHECK...]
#
# CHECK is one of the names printed by tools/lint.sh --list; default all. Every check runs even
# after one has failed; the exit status is 1 if any did.
# shellcheck disable=SC2317 # checks are called by their names
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

all_checks=(layout columns file_lengths function_lengths includes cppcheck shellcheck spelling
	licences manuals checkpatch sparse)

# Files that were deleted but not yet committed are still listed by git.
files() { # PATTERN...
	local path
	git ls-files "$@" | while read -r path; do
		[ ! -e "$path" ] || echo "$path"
	done
}

mapfile -t sources < <(files '*.c' '*.h')
mapfile -t user_sources < <(files '*.c' | grep -v '^kernel/')
mapfile -t scripts < <(files '*.sh' .ci/run)
# What people write and read besides.
mapfile -t other_texts < <(files '*.mk' Makefile '*/Kbuild' '*.py' '*.S' '*.ld' '*.dts' '*.rules' \
	'*.conf')

layout() {
	clang-format --dry-run -Werror "${sources[@]}"
}

columns() {
	# Tabs count as 8 columns.
	expand_all "${sources[@]}" "${scripts[@]}" "${other_texts[@]}" | awk -F'\t' '
		length($2) > 100 { print $1; bad = 1 }
		END { exit bad }'
}

expand_all() { # FILE...: each line as "FILE:NUMBER<tab>text without tabs"
	local file
	for file in "$@"; do
		expand "$file" | sed "=" | sed "N; s,^,$file:,; s,\n,\t,"
	done
}

file_lengths() {
	wc -l "${sources[@]}" "${scripts[@]}" |
		awk '$2 != "total" && $1 > 1000 { print; bad = 1 } END { exit bad }'
}

function_lengths() {
	# A function body is what stands between an opening and a closing brace in column 0.
	awk 'FNR == 1 { start = 0 }
	     /^{/ { start = FNR }
	     /^}/ && start && FNR - start > 100 { print FILENAME ":" start; bad = 1 }
	     /^}/ { start = 0 }
	     END { exit bad }' "${sources[@]}"
}

# Who may include whose headers is the third column of the table in CONTRIBUTING.md. A word of it is
# a folder or header at the top, in include/ or in utils/; headers that are not ours and those that
# lie beside their user do not count.
includes() {
	{
		sed -n 's/^| `\([^`]*\)` |.*| \([^|]*\) |$/rule \1 \2/p' CONTRIBUTING.md
		files '*.h' '*.def' | sed 's/^/header /'
		grep -o '^ *# *include *["<][^">]*' "${sources[@]}" /dev/null |
			sed 's/:.*["<]/ /; s/^/include /'
	} | awk '
		function is_below(path, place) {
			return path == place || index(path, place (place ~ /\/$/ ? "" : "/")) == 1
		}
		$1 == "rule" && NF > 2 {
			folder = $2
			$1 = $2 = ""
			gsub(/,/, " ")
			may[folder] = $0
		}
		$1 == "header" { ours[$2] }
		$1 == "include" {
			header = $3 in ours ? $3 : "include/" $3
			if (!(header in ours))
				next
			owner = ""
			for (folder in may)
				if (is_below($2, folder) && length(folder) > length(owner))
					owner = folder
			allowed = owner != "" && is_below(header, owner)
			count = split(may[owner], words)
			for (i = 1; i <= count; i++)
				allowed = allowed || words[i] == "all" ||
					is_below(header, words[i]) ||
					is_below(header, "include/" words[i]) ||
					is_below(header, "utils/" words[i])
			checked++
			if (!allowed) {
				print $2 ": may not include " header
				bad = 1
			}
		}
		END {
			if (!checked)
				print "the table in CONTRIBUTING.md or the sources were not found"
			exit bad || !checked
		}'
}

cppcheck() {
	command cppcheck --quiet --std=c11 --enable=warning,portability --error-exitcode=1 \
		--library=posix,bsd --inline-suppr --suppress=missingInclude \
		--suppress=unknownMacro --suppress=readdirCalled -j2 -I. -Iinclude -D_GNU_SOURCE \
		"${user_sources[@]}"
}

shellcheck() {
	command shellcheck -x "${scripts[@]}"
}

spelling() {
	# shellcheck disable=SC2046 # one word per file
	codespell --ignore-words=tools/spelling.txt $(files | grep -v -e '^LICENSES/' -e /corpus/)
}

licences() {
	reuse lint
}

manuals() {
	local page
	files 'man/*.[1-9]' | while read -r page; do
		mandoc -T lint -W warning "$page" || return 1
	done
}

# Debian ships the script in the sources of the kernel only: a single file is taken from there.
fetch_checkpatch() {
	local archive
	[ ! -e build/lint/checkpatch.pl ] || return 0
	archive=$(find /usr/src -maxdepth 1 -name 'linux-source-6.*.tar.xz' | sort -V | tail -n 1)
	[ -n "$archive" ] || {
		echo "no archive of the package linux-source-6.1 in /usr/src"
		return 1
	}
	rm -rf build/lint.new
	mkdir -p build/lint.new
	tar -C build/lint.new -xJf "$archive" --strip-components=2 --occurrence=1 --wildcards \
		'*/scripts/checkpatch.pl' '*/scripts/spelling.txt' \
		'*/scripts/const_structs.checkpatch' && rm -rf build/lint &&
		mv build/lint.new build/lint
}

checkpatch() {
	fetch_checkpatch || return 1
	# Exceptions and their reasons: docs/kernel-style.md.
	local exceptions
	exceptions=$(sed -n 's/^- .\([A-Z_0-9]*\). .*/\1/p' docs/kernel-style.md | paste -sd,)
	# shellcheck disable=SC2046 # one word per file
	perl build/lint/checkpatch.pl --no-tree --terse --quiet --max-line-length=100 \
		--ignore "$exceptions" -f $(files 'kernel/*.[ch]' include/uapi)
}

# With gcc's W=1 as errors; sparse itself cannot be told to fail.
sparse() {
	local kdir log
	kdir=$(tests/guest/kernels.sh kdir 6.1) || return 1
	log=$(make modules KDIR="$kdir" C=2 2>&1) || {
		echo "$log"
		return 1
	}
	! grep -E '(warning|error):' <<<"$log"
}

failed=0

run_check() {
	local output
	if output=$("$1" 2>&1); then
		echo "ok    $1"
	else
		echo "FAIL  $1"
		head -n 60 <<<"$output" | sed 's/^/      /'
		failed=1
	fi
}

if [ "${1-}" = --list ]; then
	printf '%s\n' "${all_checks[@]}"
	exit 0
fi
[ $# -gt 0 ] || set -- "${all_checks[@]}"
for one in "$@"; do
	case " ${all_checks[*]} " in
	*" $one "*) run_check "$one" ;;
	*)
		echo "lint: no check '$one'; there are: ${all_checks[*]}" >&2
		exit 2
		;;
	esac
done
exit $failed
