/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * What a model's user must know and its file does not say: a JSON object beside the model. Files
 * come from anywhere, so each value is checked and a fault is named with file and key.
 */
#ifndef KPUCTL_SIDE_FILE_H
#define KPUCTL_SIDE_FILE_H

#include <kpu.h>

#include "utils/kpuctl/models/labels.h"

#define SIDE_FILE_BYTES_MAX  65536
#define SIDE_FILE_LABELS_MAX 4096
#define SIDE_FILE_LABEL_MAX  64 /* bytes */

struct json_object;

struct side_file {
	char path[4096];
	struct json_object *object; /* NULL: there is no such file */
};

/*
 * Looks for MODEL.json and MODEL.yolo2 with and without the model's own ending and reads the first
 * one that is there. Returns 0 or a negative error number; free with side_file_close().
 */
int side_file_open(struct side_file *side, const char *model_path, struct kpu_error *error);
/* The one that the user has named, which must be there. */
int side_file_open_named(struct side_file *side, const char *path, struct kpu_error *error);
void side_file_close(struct side_file *side);

/* These leave their target alone when the file or the key is not there. */

/* A list of texts. */
int side_file_labels(const struct side_file *side, const char *key, struct labels *labels,
		     struct kpu_error *error);
/* A number within 0..1. */
int side_file_fraction(const struct side_file *side, const char *key, double *value,
		       struct kpu_error *error);
/* A whole number within 1..@most. */
int side_file_count(const struct side_file *side, const char *key, uint32_t most, uint32_t *value,
		    struct kpu_error *error);
/* Pairs of numbers above 0; at most @most pairs. */
int side_file_pairs(const struct side_file *side, const char *key, size_t most, float *values,
		    size_t *pairs, struct kpu_error *error);

#endif
