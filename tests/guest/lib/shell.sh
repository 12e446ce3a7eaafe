# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# shellcheck shell=sh
#
# Greeting and preparation of the interactive guest: `make guest`.

. /cases/case.sh
stty rows 40 cols 120 2>/dev/null
uname -srv
# shellcheck disable=SC2154 # from the runner
address=${BOARD_ch341-$ECHO_ch341}
if plug main "$address" ch341; then
	# shellcheck disable=SC2154 # set by plug
	echo "The board is plugged in as $tty_main; unplug: kill $cable_main"
	if [ -n "${BOARD_ch341-}" ] && command -v kpuctl >/dev/null; then
		# shellcheck disable=SC2154 # set by attach
		attach main && echo "and attached as /dev/$kpu_main. Try: kpuctl info"
	fi
fi
echo "Another one: plug other \$BOARD_acm acm. Models are in /models. exit powers off."

ENV=/cases/shell_functions.sh exec /bin/sh -i
