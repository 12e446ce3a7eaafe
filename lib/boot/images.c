/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "lib/boot/images.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/emulator.h"
#include "lib/file.h"
#include "link/first_stage.h"

#define FIRST_STAGE "kpu-first-stage.bin"

/* In the folder of the firmware. */
static void first_stage_beside(const char *firmware, char *path, size_t size)
{
	const char *slash = strrchr(firmware, '/');
	int folder = slash ? (int)(slash - firmware) + 1 : 0;

	snprintf(path, size, "%.*s%s", folder, firmware, FIRST_STAGE);
}

int kpu_boot_images_read(struct kpu_boot_images *images, const struct kpu_boot_options *options,
			 struct kpu_error *error)
{
	char firmware[PATH_MAX], first_stage[PATH_MAX + sizeof(FIRST_STAGE)];
	int rc = 0;

	memset(images, 0, sizeof(*images));
	if (options->firmware)
		snprintf(firmware, sizeof(firmware), "%s", options->firmware);
	else
		rc = kpu_firmware_find(firmware, error);
	if (rc < 0)
		return rc;
	if (options->first_stage)
		snprintf(first_stage, sizeof(first_stage), "%s", options->first_stage);
	else
		first_stage_beside(firmware, first_stage, sizeof(first_stage));
	rc = kpu_file_read(firmware, KPU_STAGE_FIRMWARE_BYTES_MAX, &images->firmware,
			   &images->firmware_size, error);
	if (rc == 0)
		rc = kpu_file_read(first_stage, KPU_STAGE_BYTES_MAX, &images->first_stage,
				   &images->first_stage_size, error);
	return rc;
}

void kpu_boot_images_free(struct kpu_boot_images *images)
{
	free(images->first_stage);
	free(images->firmware);
	memset(images, 0, sizeof(*images));
}
