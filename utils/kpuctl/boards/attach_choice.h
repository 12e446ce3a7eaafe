/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Which port `kpuctl attach` takes when nobody names one, and whether its service may take one. */
#ifndef KPUCTL_ATTACH_CHOICE_H
#define KPUCTL_ATTACH_CHOICE_H

#include "utils/kpuctl/boards/attach_config.h"
#include "utils/kpuctl/boards/find_boards.h"

struct attach_candidate {
	char tty[40]; /* "/dev/ttyUSB0" */
	struct found_board board;
	struct attach_decision decision;
};

struct attach_candidates {
	struct attach_candidate *list;
	size_t count;
};

/*
 * Ports that may lead to a board, in the order in which to try them: those with ids that are a
 * board's alone first. Left out: what @config has ignored, what is a /dev/kpuN already, and what a
 * program has open. None: NO_DEVICE or BUSY with the reason in *error.
 * @root: "" or a folder in place of this system. free(candidates->list) afterwards.
 */
int attach_candidates(const char *root, const char *config, struct attach_candidates *candidates,
		      struct kpu_error *error);

/*
 * May the service take @tty? 1: yes, as *decision says. 0: @config has it ignored. Negative: an
 * error. A port without a known board is one that somebody has started the service for.
 */
int attach_is_wanted(const char *root, const char *config, const char *tty,
		     struct attach_decision *decision, struct kpu_error *error);

#endif
