/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Which ports `kpuctl attach` takes by itself: /etc/kpu/attach.conf. The ids of the bridges belong
 * to many other gadgets, and to ask whether a K210 is there means to reset what is there.
 *
 * A line is a rule:
 *	attach|ignore [WHICH]... [style=NAME] [rate=BAUD]
 * The first one decides all of whose WHICH fit; where none does, boards that are sold are attached,
 * those wired by hand are not. WHICH is
 *	id=1a86:7523, id=1a86:*
 *	serial=, product=, port=, tty=		PATTERN of fnmatch(3)
 *	generic					ids that other devices have too
 * style and rate, of "attach" only, are those of `kpuctl attach`. # begins a comment.
 */
#ifndef KPUCTL_ATTACH_CONFIG_H
#define KPUCTL_ATTACH_CONFIG_H

#include <kpu.h>

#include "utils/kpuctl/boards/find_boards.h"

#define ATTACH_CONFIG_PATH "/etc/kpu/attach.conf"

struct attach_rule;

struct attach_config {
	struct attach_rule *rules;
	size_t count;
};

struct attach_decision {
	bool attach;
	unsigned line;     /* of the file, that decided; 0: no rule */
	char style[16];    /* to use; empty: the usual one */
	uint32_t max_rate; /* baud; 0: what the bridge does */
};

/*
 * Reads @path; a file that is not there has no rules. A mistake is an error that names the line: to
 * guess could mean to reset somebody's printer. PARAM, READ_FILE, PERMISSION, HOST_MEMORY.
 */
int attach_config_read(const char *path, struct attach_config *config, struct kpu_error *error);
void attach_config_free(struct attach_config *config);
struct attach_decision attach_config_decide(const struct attach_config *config,
					    const struct found_board *board);

#endif
