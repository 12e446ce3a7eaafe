/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef KPUCTL_PROGRESS_H
#define KPUCTL_PROGRESS_H

#include <stdint.h>

#include "utils/kpuctl/command.h"

/*
 * A bar on stderr with rate and time left, if that is a terminal; nothing otherwise. Zeroed before
 * its first use.
 */
struct progress_bar {
	uint64_t started_ns, shown_ns;
	char what[25];
};

/* @done of @total bytes; @what may change on the way. */
void progress_show(struct progress_bar *bar, const char *what, uint64_t done, uint64_t total);
/* Takes the bar away. */
void progress_end(struct progress_bar *bar);

/*
 * Loads a model or a package (models/model_file.h), or one in the flash (flash/model.h), with a
 * progress bar on stderr, if that is a terminal. NULL: *status is set as by open_device().
 */
struct kpu_model *load_model(struct kpu_device *device, const char *path, int *status);
struct kpu_model *load_network(struct kpu_device *device, const struct kpu_network *network,
			       int *status);

#endif
