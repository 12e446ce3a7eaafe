/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* All operators that the CPU computes. */
#include "firmware_k210/runtime/v4/node.h"

/* clang-format off */
static const struct layer_kind kinds[] = {
	{ KMODEL_V4_DEQUANTIZE, v4_plan_chunks, v4_dequantize_run },
	{ KMODEL_V4_QUANTIZE, v4_plan_chunks, v4_quantize_run },
	{ KMODEL_V4_TABLE_LOOKUP1D, v4_plan_chunks, v4_table_run },
	{ KMODEL_V4_UNARY, v4_plan_functions, v4_unary_run },
	{ KMODEL_V4_NNIL_UNARY_METHOD, v4_nnil_plan, v4_nnil_run },
	{ KMODEL_V4_BINARY, v4_plan_functions, v4_binary_run },
	{ KMODEL_V4_QUANTIZED_BINARY, v4_plan_functions, v4_quantized_binary_run },
	{ KMODEL_V4_PAD, v4_plan_functions, v4_rearrange_run },
	{ KMODEL_V4_TRANSPOSE, v4_plan_functions, v4_rearrange_run },
	{ KMODEL_V4_STRIDED_SLICE, v4_plan_functions, v4_rearrange_run },
	{ KMODEL_V4_RESIZE_IMAGE, v4_plan_functions, v4_resize_run },
	{ KMODEL_V4_MEMORY_COPY, v4_plan_copy, v4_copy_run },
	{ KMODEL_V4_CONCAT, v4_plan_copy, v4_concat_run },
	{ KMODEL_V4_KPU_UPLOAD, v4_plan_copy, v4_upload_run },
	{ KMODEL_V4_KPU_CONV2D, v4_plan_copy, v4_fetch_run },
	{ KMODEL_V4_REDUCE, v4_reduce_plan, v4_reduce_run },
	{ KMODEL_V4_REDUCE_WINDOW2D, v4_reduce_window_plan, v4_reduce_window_run },
	{ KMODEL_V4_CPU_REDUCE_WINDOW2D, v4_reduce_window_plan, v4_reduce_window_run },
	{ KMODEL_V4_SOFTMAX, v4_softmax_plan, v4_softmax_run },
	{ KMODEL_V4_MATMUL, v4_matmul_plan, v4_matmul_run },
	{ KMODEL_V4_QUANTIZED_MATMUL, v4_matmul_plan, v4_quantized_matmul_run },
	{ KMODEL_V4_CONV2D, v4_convolution_plan, v4_convolution_run },
	{ KMODEL_V4_QUANTIZED_CONV2D, v4_convolution_plan, v4_convolution_run },
	{ KMODEL_V4_CPU_CONV2D, v4_convolution_plan, v4_convolution_run },
	{ KMODEL_V4_CPU_DEPTHWISE_CONV2D, v4_convolution_plan, v4_convolution_run },
	{ KMODEL_V4_CPU_QUANTIZED_CONV2D, v4_convolution_plan, v4_convolution_run },
	{ KMODEL_V4_CPU_QUANTIZED_DEPTHWISE_CONV2D, v4_convolution_plan, v4_convolution_run },
	{ KMODEL_V4_CONV2D_TRANSPOSE, v4_transposed_plan, v4_transposed_run },
};
/* clang-format on */

const struct layer_kind *v4_node_find(uint32_t type)
{
	for (unsigned index = 0; index < sizeof(kinds) / sizeof(kinds[0]); index++)
		if (kinds[index].type == type)
			return &kinds[index];
	return NULL;
}
