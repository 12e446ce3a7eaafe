/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Shared between the files that read V3 layers; not for others. */
#ifndef KMODEL_V3_H
#define KMODEL_V3_H

#include "kmodel/body.h"

/* [offset, offset + bytes) lies in the work buffer; @align is a power of two. */
bool kmodel_v3_work_range(const struct kmodel_layer_body *body, const char *what, uint32_t offset,
			  uint64_t bytes, uint32_t align);
/* Lines [line, line + lines) lie in the AI SRAM. */
bool kmodel_v3_ai_sram_range(const struct kmodel_layer_body *body, const char *what, uint32_t line,
			     uint64_t lines);

/* Each fills layer->output and the rest; false: *problem says why. */
bool kmodel_v3_read_convolution(struct kmodel_layer_body *body);
bool kmodel_v3_read_cpu_layer(struct kmodel_layer_body *body);

bool kmodel_v3_open(struct kmodel *model, struct kmodel_problem *problem);
bool kmodel_v3_read_layer(struct kmodel_layer_body *body);

#endif
