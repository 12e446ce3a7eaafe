/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* V4 nodes on bytes that are not convolutions. */
#include "kmodel/v4.h"

static bool read_quantized_binary(struct kmodel_layer_body *body)
{
	struct kmodel_tensor input;
	uint32_t a[4], b[4], output[4];

	if (!kmodel_body_need(body, 136))
		return false;
	if (kmodel_body_field(body, 48) >= KMODEL_V4_BINARY_COUNT)
		return kmodel_body_fail(body, "binary operation %u is unknown",
					kmodel_body_field(body, 48), 0);
	return kmodel_v4_shift(body, 108) && kmodel_v4_shift(body, 120) &&
	       kmodel_v4_shift(body, 132) && kmodel_v4_shape(body, 52, a) &&
	       kmodel_v4_shape(body, 68, b) && kmodel_v4_shape(body, 84, output) &&
	       kmodel_v4_typed_range(body, 0, KMODEL_UINT8, kmodel_v4_elements(a), &input) &&
	       kmodel_v4_typed_range(body, 16, KMODEL_UINT8, kmodel_v4_elements(b), &input) &&
	       kmodel_v4_give(body, 32, KMODEL_UINT8, output);
}

static bool read_quantized_matmul(struct kmodel_layer_body *body)
{
	return kmodel_v4_matrices(body, KMODEL_UINT8, 80) && kmodel_v4_shift(body, 72);
}

static bool read_table_lookup(struct kmodel_layer_body *body)
{
	struct kmodel_tensor input, table, output;

	if (!kmodel_v4_typed_range(body, 0, KMODEL_UINT8, 1, &input) ||
	    !kmodel_v4_typed_range(body, 16, KMODEL_UINT8, 256, &table) ||
	    !kmodel_v4_typed_range(body, 32, KMODEL_UINT8, input.bytes, &output))
		return false;
	return kmodel_v4_give_values(body, 32, KMODEL_UINT8, input.bytes);
}

bool kmodel_v4_read_quantized_node(struct kmodel_layer_body *body, bool *known)
{
	*known = true;
	switch (body->layer->type) {
	case KMODEL_V4_QUANTIZED_BINARY:
		return read_quantized_binary(body);
	case KMODEL_V4_QUANTIZED_MATMUL:
		return read_quantized_matmul(body);
	case KMODEL_V4_TABLE_LOOKUP1D:
		return read_table_lookup(body);
	}
	*known = false;
	return false;
}
