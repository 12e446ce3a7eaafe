/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* A layer's body under examination, of either version; for the files that read layers only. */
#ifndef KMODEL_BODY_H
#define KMODEL_BODY_H

#include "kmodel/kmodel.h"

struct kmodel_layer_body {
	const struct kmodel *model;
	const uint8_t *bytes;
	uint32_t length;                      /* bytes that are really in the file */
	const struct kmodel_tensor *previous; /* output of the layer before */
	struct kmodel_layer *layer;
	struct kmodel_problem *problem;
};

uint32_t kmodel_body_field(const struct kmodel_layer_body *body, uint32_t offset);

#if KMODEL_TERSE
bool kmodel_body_refuse(const struct kmodel_layer_body *body);

static inline bool kmodel_body_fail(const struct kmodel_layer_body *body, const char *text,
				    uint32_t first, uint32_t second)
{
	(void)text;
	(void)first;
	(void)second;
	return kmodel_body_refuse(body);
}
#else
bool kmodel_body_fail(const struct kmodel_layer_body *body, const char *text, uint32_t first,
		      uint32_t second);
#endif
/* The body holds at least @bytes. */
bool kmodel_body_need(const struct kmodel_layer_body *body, uint64_t bytes);

#endif
