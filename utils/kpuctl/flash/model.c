/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/kpuctl/flash/model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PREFIX "flash:"

bool model_is_in_flash(const char *name)
{
	return !strncmp(name, PREFIX, strlen(PREFIX)) && access(name, F_OK) != 0;
}

static bool read_name(const char *name, uint32_t *address, bool *stream,
		      struct kpu_flash_options *options)
{
	const char *text = name + strlen(PREFIX);
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno || end == text || *text == '-' || value > UINT32_MAX)
		return false;
	*address = (uint32_t)value;
	options->dual_buffer = !strcmp(end, ",dual");
	*stream = options->dual_buffer || !strcmp(end, ",stream");
	return *stream || !*end;
}

struct kpu_model *load_flash_model(struct kpu_device *device, const char *name, int *status)
{
	struct kpu_flash_options options = { 0 };
	struct kpu_model *model;
	uint32_t address;
	bool stream;
	int rc;

	if (!read_name(name, &address, &stream, &options)) {
		complain("%s: a model in the flash is named flash:0x300000, or with ,stream or "
			 ",dual behind it",
			 name);
		*status = EXIT_USAGE;
		return NULL;
	}
	rc = stream ? kpu_load_flash(device, address, &options, NULL, &model)
		    : kpu_load_address(device, address, NULL, &model);
	*status = rc < 0 ? report_last_error(device) : EXIT_OK;
	return rc < 0 ? NULL : model;
}
