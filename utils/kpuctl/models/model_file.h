/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Models as commands name them: a kmodel, or a kfpkg package with one in it. */
#ifndef KPUCTL_MODEL_FILE_H
#define KPUCTL_MODEL_FILE_H

#include "utils/kpuctl/models/package.h"

struct model_file {
	struct kpu_network *network;
	/* Of a package; NULL for a plain model. */
	struct package *package;
	uint8_t *package_data;
	size_t member;
};

/*
 * Opens MODEL.kmodel, PACKAGE.kfpkg (the first model in it) or PACKAGE.kfpkg#MEMBER (by name or
 * flash address), with notes on standard error about what was chosen and put right.
 */
int model_file_open(const char *path, struct model_file *file, struct kpu_error *error);
void model_file_close(struct model_file *file);

/* Just the network; to be freed. */
int open_network(const char *path, struct kpu_network **network, struct kpu_error *error);

#endif
