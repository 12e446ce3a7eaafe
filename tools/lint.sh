#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# Style and static checks of all files under version control; called by `make lint`.
# Every check runs even after one has failed; the exit status is 1 if any did.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

failed=0
mapfile -t sources < <(git ls-files '*.c' '*.h')
mapfile -t user_sources < <(git ls-files '*.c' | grep -v '^kernel/')
mapfile -t scripts < <(git ls-files '*.sh' .ci/run)

check() { # NAME COMMAND...
	local name=$1 output
	shift
	if output=$("$@" 2>&1); then
		echo "ok    $name"
	else
		echo "FAIL  $name"
		sed 's/^/      /' <<<"$output" | head -40
		failed=1
	fi
}

no_wide_lines() {
	# Tabs count as 8 columns.
	local file bad=0
	for file in "$@"; do
		expand "$file" | awk -v f="$file" 'length > 100 { print f ":" NR; bad = 1 }
			END { exit bad }' || bad=1
	done
	return $bad
}

no_long_files() {
	wc -l "$@" | awk '$2 != "total" && $1 > 1000 { print; bad = 1 } END { exit bad }'
}

no_long_functions() {
	# A function body is what stands between an opening and a closing brace in column 0.
	awk 'FNR == 1 { start = 0 }
	     /^{/ { start = FNR }
	     /^}/ { if (start && FNR - start > 100) { print FILENAME ":" start; bad = 1 } start = 0 }
	     END { exit bad }' "$@"
}

checkpatch() {
	local tool
	tool=$(find /usr/src -name checkpatch.pl 2>/dev/null | sort | tail -1)
	[ -n "$tool" ] || { echo "checkpatch.pl is not installed"; return 1; }
	# Exceptions and their reasons: docs/kernel-style.md.
	mapfile -t exceptions < <(sed -n 's/^- `\([A-Z_0-9]*\)`.*/\1/p' docs/kernel-style.md)
	git ls-files 'kernel/*.[ch]' include/uapi | xargs perl "$tool" --no-tree --terse --quiet \
		--max-line-length=100 --ignore "$(IFS=,; echo "${exceptions[*]}")" -f
}

check "layout (clang-format)" clang-format --dry-run -Werror "${sources[@]}"
check "columns" no_wide_lines "${sources[@]}"
check "file lengths" no_long_files "${sources[@]}"
check "function lengths" no_long_functions "${sources[@]}"
check "cppcheck" cppcheck --quiet --std=c11 --enable=warning,portability --error-exitcode=1 \
	--inline-suppr --suppress=missingInclude --suppress=unknownMacro -j2 -I. -Iinclude \
	-D_GNU_SOURCE "${user_sources[@]}"
check "shellcheck" shellcheck -x -e SC1091 "${scripts[@]}"
check "spelling" codespell --ignore-words-list=parms,inout,ser,hart,harts,mis,fo,te,ot,nd \
	--skip=LICENSES,build "$(git ls-files | head -0)" .
check "licences (reuse)" reuse lint
check "checkpatch" checkpatch
exit $failed
