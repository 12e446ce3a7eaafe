/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Models that lie in the board's flash, as commands name them: flash:ADDRESS[,stream|,dual]. */
#ifndef KPUCTL_FLASH_MODEL_H
#define KPUCTL_FLASH_MODEL_H

#include "utils/kpuctl/command.h"

/* @name is one of these, and no file of that name exists. */
bool model_is_in_flash(const char *name);
/*
 * Loads it: copied to the board's memory, or with ",stream" and ",dual" read from the flash in each
 * run, with one or two buffers. NULL: *status is the exit code, the message has been printed.
 */
struct kpu_model *load_flash_model(struct kpu_device *device, const char *name, int *status);

#endif
