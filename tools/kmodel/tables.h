/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Shared by the writers of V3 and V4. */
#ifndef TOOLS_KMODEL_TABLES_H
#define TOOLS_KMODEL_TABLES_H

#include "tools/kmodel/buffer.h"
#include "tools/kmodel/writer.h"

/* What stands in the address fields of the words. */
struct kmodel_table_addresses {
	uint32_t batch_norm, activation, weights;
};

/* NULL, or what is wrong with it. */
const char *kmodel_convolution_problem(const struct kmodel_convolution *conv);
/* @addresses may be NULL: all zero. */
void kmodel_append_words(struct byte_buffer *out, const struct kmodel_convolution *conv,
			 const struct kmodel_table_addresses *addresses);
void kmodel_append_weights(struct byte_buffer *out, const struct kmodel_convolution *conv);
void kmodel_append_batch_norm(struct byte_buffer *out, const struct kmodel_convolution *conv);
void kmodel_append_activation(struct byte_buffer *out, const struct kmodel_activation *activation);

#endif
