/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* All layer types that the CPU computes. */
#include "firmware_k210/runtime/layers/layer.h"

static const struct layer_kind *const kinds[] = {
	&layer_dequantize,
	&layer_channelwise_dequantize,
	&layer_quantize,
	&layer_requantize,
	&layer_add,
	&layer_quantized_add,
	&layer_global_average_pool,
	&layer_average_pool,
	&layer_max_pool,
	&layer_l2_normalization,
	&layer_softmax,
	&layer_logistic,
	&layer_concat,
	&layer_quantized_concat,
	&layer_flatten,
	&layer_resize,
	&layer_quantized_resize,
	&layer_fully_connected,
	&layer_add_padding,
	&layer_remove_padding,
	&layer_upload,
};

const struct layer_kind *layer_find(uint32_t type)
{
	for (unsigned index = 0; index < sizeof(kinds) / sizeof(kinds[0]); index++)
		if (kinds[index]->type == type)
			return kinds[index];
	return v4_node_find(type);
}

void layer_plan_chunks(const struct layer_job *job, struct layer_plan *plan)
{
	plan->pieces = (layer_field(job, 12) + LAYER_CHUNK - 1) / LAYER_CHUNK;
	plan->piece_cost = LAYER_CHUNK;
}
