/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * kmodel V4 in numbers: header, operators and the byte offsets in their bodies.
 * Source: nncase v0.2.0-beta4, runtime/kernels and runtime_ops headers. `int` stands for a signed
 * 32-bit number, `range` for a memory range of KMODEL_V4_RANGE_BYTES, `shape` for four ints
 * (batch, channels, height, width), `act` for two floats (least, greatest).
 */
#ifndef KMODEL_V4_FORMAT_H
#define KMODEL_V4_FORMAT_H

#include "kmodel/format.h"

/* Header: identifier, version, flags, then: */
#define KMODEL_V4_TARGET         12u
#define KMODEL_V4_CONSTANT_BYTES 16u
#define KMODEL_V4_WORK_BYTES     20u
#define KMODEL_V4_NODE_COUNT     24u
#define KMODEL_V4_INPUT_COUNT    28u
#define KMODEL_V4_OUTPUT_COUNT   32u
#define KMODEL_V4_RANGE_BYTES    16u /* {memory type, data type, start, size} */
#define KMODEL_V4_SHAPE_BYTES    16u
#define KMODEL_V4_NODE_BYTES     8u /* {operator, body size} */
#define KMODEL_V4_TARGET_CPU     0u
#define KMODEL_V4_TARGET_K210    1u

enum kmodel_v4_memory {
	KMODEL_V4_MEMORY_CONSTANT = 0,
	KMODEL_V4_MEMORY_MAIN = 1,
	KMODEL_V4_MEMORY_KPU = 2,
};

enum kmodel_v4_data_type {
	KMODEL_V4_DATA_FLOAT32 = 0,
	KMODEL_V4_DATA_UINT8 = 1,
};

/* Layer types of V4 are told from those of V3 by this offset; the file holds the rest. */
#define KMODEL_V4_LAYER_BASE 0x10000u

#define KMODEL_V4_LAYERS(LAYER)                       \
	LAYER(BINARY, 0x00)                           \
	LAYER(CONCAT, 0x01)                           \
	LAYER(CONV2D, 0x02)                           \
	LAYER(DEQUANTIZE, 0x03)                       \
	LAYER(MATMUL, 0x04)                           \
	LAYER(PAD, 0x05)                              \
	LAYER(QUANTIZE, 0x06)                         \
	LAYER(REDUCE, 0x07)                           \
	LAYER(REDUCE_WINDOW2D, 0x08)                  \
	LAYER(MEMORY_COPY, 0x09)                      \
	LAYER(RESIZE_IMAGE, 0x0a)                     \
	LAYER(SOFTMAX, 0x0b)                          \
	LAYER(TRANSPOSE, 0x0c)                        \
	LAYER(STRIDED_SLICE, 0x0d)                    \
	LAYER(UNARY, 0x0e)                            \
	LAYER(QUANTIZED_CONV2D, 0x0f)                 \
	LAYER(QUANTIZED_MATMUL, 0x10)                 \
	LAYER(QUANTIZED_BINARY, 0x11)                 \
	LAYER(TABLE_LOOKUP1D, 0x12)                   \
	LAYER(CONV2D_TRANSPOSE, 0x13)                 \
	LAYER(NNIL_UNARY_METHOD, 0x14)                \
	LAYER(CPU_CONV2D, 0x1001)                     \
	LAYER(CPU_DEPTHWISE_CONV2D, 0x1002)           \
	LAYER(CPU_REDUCE_WINDOW2D, 0x1003)            \
	LAYER(CPU_QUANTIZED_CONV2D, 0x1004)           \
	LAYER(CPU_QUANTIZED_DEPTHWISE_CONV2D, 0x1005) \
	LAYER(KPU_UPLOAD, 0x2001)                     \
	LAYER(KPU_CONV2D, 0x2002)

enum kmodel_v4_layer_type {
#define KMODEL_LAYER(name, number) KMODEL_V4_##name = KMODEL_V4_LAYER_BASE + (number),
	KMODEL_V4_LAYERS(KMODEL_LAYER)
#undef KMODEL_LAYER
};

/* Most operators begin with the range of the input and that of the output. */
#define KMODEL_V4_INPUT  0u
#define KMODEL_V4_OUTPUT 16u

/* DEQUANTIZE and QUANTIZE: behind the ranges an int, the zero point, and a float, which dequantize
 * divides by and quantize multiplies with. */
#define KMODEL_V4_DEQUANTIZE_ZERO_POINT 32u
#define KMODEL_V4_DEQUANTIZE_SCALE      36u
#define KMODEL_V4_DEQUANTIZE_BYTES      40u

/* kpu_conv2d: 0 main-memory output range (size 0: none), 16 batches, 20 reserved, 24 layer words;
 * then batch norm, activation and weights, each behind as many bytes as the address field of the
 * layer words says that stands for it. */
#define KMODEL_V4_CONV_BATCHES 16u
#define KMODEL_V4_CONV_WORDS   24u
#define KMODEL_V4_CONV_TABLES  120u

enum kmodel_v4_binary {
	KMODEL_V4_BINARY_ADD,
	KMODEL_V4_BINARY_SUB,
	KMODEL_V4_BINARY_MUL,
	KMODEL_V4_BINARY_DIV,
	KMODEL_V4_BINARY_MIN,
	KMODEL_V4_BINARY_MAX,
	KMODEL_V4_BINARY_COUNT,
};

enum kmodel_v4_reduce {
	KMODEL_V4_REDUCE_MEAN,
	KMODEL_V4_REDUCE_MIN,
	KMODEL_V4_REDUCE_MAX,
	KMODEL_V4_REDUCE_SUM,
	KMODEL_V4_REDUCE_COUNT,
};

enum kmodel_v4_unary {
	KMODEL_V4_UNARY_ABS,
	KMODEL_V4_UNARY_CEIL,
	KMODEL_V4_UNARY_COS,
	KMODEL_V4_UNARY_EXP,
	KMODEL_V4_UNARY_FLOOR,
	KMODEL_V4_UNARY_LOG,
	KMODEL_V4_UNARY_NEG,
	KMODEL_V4_UNARY_RSQRT,
	KMODEL_V4_UNARY_SIN,
	KMODEL_V4_UNARY_SQUARE,
	KMODEL_V4_UNARY_COUNT,
};

/* Byte code of nnil_unary_method. */
enum kmodel_v4_nnil {
	KMODEL_V4_NNIL_NOP = 0x00,
	KMODEL_V4_NNIL_DUP = 0x01,
	KMODEL_V4_NNIL_POP = 0x02,
	KMODEL_V4_NNIL_LDA_INPUT = 0x03,
	KMODEL_V4_NNIL_LDC_ZERO = 0x04,
	KMODEL_V4_NNIL_LDC_ONE = 0x05,
	KMODEL_V4_NNIL_LDC_FLOAT = 0x06,
	KMODEL_V4_NNIL_UNARY_FIRST = 0x20,  /* abs ceil cos exp floor log neg rsqrt sin square */
	KMODEL_V4_NNIL_BINARY_FIRST = 0x40, /* add sub mul div min max */
	KMODEL_V4_NNIL_CLAMP = 0x80,
	KMODEL_V4_NNIL_RETURN = 0xa0,
};
#define KMODEL_V4_NNIL_STACK 64u
/* More than this is refused, so that one value is soon computed. */
#define KMODEL_V4_NNIL_BYTES_MAX 4096u

#endif
