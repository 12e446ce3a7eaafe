/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Finding the emulated board's program and firmware image. */
#ifndef KPU_LIB_EMULATOR_H
#define KPU_LIB_EMULATOR_H

#include <limits.h>

#include "lib/uri.h"

struct kpu_emulator_files {
	char program[PATH_MAX];
	char firmware[PATH_MAX];
};

/* In this order: options of @uri, $KPU_EMULATOR and $KPU_FIRMWARE, beside the library or program
 * (installed or in the build folder). */
int kpu_emulator_find(const struct kpu_uri *uri, struct kpu_emulator_files *files,
		      struct kpu_error *error);

/* The firmware image alone, for boards: $KPU_FIRMWARE, else beside library or program. @path has
 * room for PATH_MAX bytes. */
int kpu_firmware_find(char *path, struct kpu_error *error);

#endif
