/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "utils/kpuctl/model_file.h"
#include "utils/kpuctl/progress.h"

#define BAR_WIDTH 32

static bool show(void *context, size_t done, size_t total)
{
	char bar[BAR_WIDTH + 1];
	size_t filled = total ? done * BAR_WIDTH / total : 0;

	(void)context;
	memset(bar, '-', BAR_WIDTH);
	memset(bar, '#', filled < BAR_WIDTH ? filled : BAR_WIDTH);
	bar[BAR_WIDTH] = 0;
	fprintf(stderr, "\rloading [%s] %3zu %%  %zu of %zu KiB ", bar,
		total ? done * 100 / total : 100, done / 1024, total / 1024);
	return true;
}

struct kpu_model *load_network(struct kpu_device *device, const struct kpu_network *network,
			       int *status)
{
	struct kpu_load_options options = { 0 };
	struct kpu_model *model;
	bool bar = isatty(STDERR_FILENO);
	int rc;

	if (bar)
		options.progress = show;
	rc = kpu_load_network(device, network, &options, &model);
	if (bar)
		fputs("\r\033[K", stderr);
	*status = EXIT_OK;
	if (rc == 0)
		return model;
	*status = report_last_error(device);
	return NULL;
}

struct kpu_model *load_model(struct kpu_device *device, const char *path, int *status)
{
	struct kpu_network *network;
	struct kpu_model *model;
	struct kpu_error error;

	if (open_network(path, &network, &error) < 0) {
		*status = report_error(&error);
		return NULL;
	}
	model = load_network(device, network, status);
	kpu_network_free(network);
	return model;
}
