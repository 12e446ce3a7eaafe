/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Shared between the files that read V3 layers; not for others. */
#ifndef KMODEL_V3_H
#define KMODEL_V3_H

#include "kmodel/kmodel.h"

/* A layer body under examination. */
struct kmodel_v3_body {
	const struct kmodel *model;
	const uint8_t *bytes;
	uint32_t length; /* bytes that are really in the file */
	const struct kmodel_tensor *previous;
	struct kmodel_layer *layer;
	struct kmodel_problem *problem;
};

uint32_t kmodel_v3_field(const struct kmodel_v3_body *body, uint32_t offset);

#if KMODEL_TERSE
bool kmodel_v3_refuse(const struct kmodel_v3_body *body);

static inline bool kmodel_v3_fail(const struct kmodel_v3_body *body, const char *text,
				  uint32_t first, uint32_t second)
{
	(void)text;
	(void)first;
	(void)second;
	return kmodel_v3_refuse(body);
}
#else
bool kmodel_v3_fail(const struct kmodel_v3_body *body, const char *text, uint32_t first,
		    uint32_t second);
#endif
/* The body holds at least @bytes. */
bool kmodel_v3_need(const struct kmodel_v3_body *body, uint64_t bytes);
/* [offset, offset + bytes) lies in the work buffer; @align is a power of two. */
bool kmodel_v3_work_range(const struct kmodel_v3_body *body, const char *what, uint32_t offset,
			  uint64_t bytes, uint32_t align);
/* Lines [line, line + lines) lie in the AI SRAM. */
bool kmodel_v3_ai_sram_range(const struct kmodel_v3_body *body, const char *what, uint32_t line,
			     uint64_t lines);

/* Each fills layer->output and the rest; false: *problem says why. */
bool kmodel_v3_read_convolution(struct kmodel_v3_body *body);
bool kmodel_v3_read_cpu_layer(struct kmodel_v3_body *body);

bool kmodel_v3_open(struct kmodel *model, struct kmodel_problem *problem);
bool kmodel_v3_next_layer(const struct kmodel *model, struct kmodel_cursor *cursor,
			  struct kmodel_layer *layer, struct kmodel_problem *problem);

#endif
