/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef KPUCTL_PROGRESS_H
#define KPUCTL_PROGRESS_H

#include "utils/kpuctl/command.h"

/* Loads a model or a package (utils/kpuctl/model_file.h) with a progress bar on stderr, if that is
 * a terminal. NULL: *status is set as by open_device(). */
struct kpu_model *load_model(struct kpu_device *device, const char *path, int *status);
struct kpu_model *load_network(struct kpu_device *device, const struct kpu_network *network,
			       int *status);

#endif
