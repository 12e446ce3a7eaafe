/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Comparing a board with a folder of models, inputs and golden results. */
#ifndef KPUCTL_CONFORMANCE_H
#define KPUCTL_CONFORMANCE_H

#include <json-c/json.h>

#include "utils/kpuctl/command.h"

/* Sums over the cases of one model. */
struct conformance_row {
	const char *model;
	const char *verdict; /* "ok", "differs", "refused", ... */
	unsigned cases;
	unsigned layers, layers_exact;
	unsigned outputs, outputs_exact, outputs_close;
	unsigned boxes, boxes_right; /* lists of boxes */
	double milliseconds;
	char detail[200]; /* first thing that is not right */
};

struct conformance {
	const char *folder;
	struct kpu_device *device;
	struct json_object *manifest, *boxes; /* boxes may be NULL */
};

/* Runs one case of a loaded model. False: the run failed, row->detail says why. */
bool conformance_case(const struct conformance *run, struct kpu_model *model,
		      struct json_object *entry, struct json_object *test,
		      struct conformance_row *row);

/* Compares the boxes of boxes.json with those decoded from output 0. */
void conformance_boxes(const struct conformance *run, const struct kpu_tensor *output,
		       const char *test_name, struct conformance_row *row);

/* Reads FOLDER/NAME; NULL when it cannot. */
void *conformance_read(const struct conformance *run, const char *name, size_t *size);
void conformance_remark(struct conformance_row *row, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

const char *json_text(struct json_object *object, const char *key);
int64_t json_number(struct json_object *object, const char *key, int64_t fallback);
struct json_object *json_list(struct json_object *object, const char *key);

#endif
