/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The kmodel file formats in numbers: identifiers, layer types, byte offsets of fields.
 * Sources: nncase v0.1.0-rc5 (writes V3), nncase v0.2.0-beta4 (writes V4), kendryte-standalone-sdk
 * lib/nncase/v0 and lib/drivers/kpu.c (run both). Included by whoever reads or writes models.
 */
#ifndef KMODEL_FORMAT_H
#define KMODEL_FORMAT_H

/* First 32-bit word of a file. */
#define KMODEL_V3_VERSION     3u
#define KMODEL_V3_ENCRYPTED   10003u      /* MaixPy .smodel of a V3 model */
#define KMODEL_V4_IDENTIFIER  0x4b4d444cu /* bytes "LDMK" */
#define KMODEL_V4_ENCRYPTED   0x534d444cu /* bytes "LDMS" */
#define KMODEL_V4_EMODEL      0x454d444cu /* bytes "LDME" */
#define KMODEL_ZIP_IDENTIFIER 0x04034b50u /* "PK\3\4": a kfpkg package */

/* V3 header. */
#define KMODEL_V3_HEADER_BYTES      28u
#define KMODEL_V3_FLAGS             4u
#define KMODEL_V3_ARCHITECTURE      8u
#define KMODEL_V3_LAYER_COUNT       12u
#define KMODEL_V3_MAX_START_ADDRESS 16u
#define KMODEL_V3_WORK_BYTES        20u
#define KMODEL_V3_OUTPUT_COUNT      24u
#define KMODEL_V3_OUTPUT_BYTES      8u /* {address, size} */
#define KMODEL_V3_LAYER_BYTES       8u /* {type, body size} */
#define KMODEL_V3_FLAG_8BIT_WEIGHTS 1u
/* The writer pads bodies to 8 bytes but may leave out the padding behind the last one. */
#define KMODEL_V3_TAIL_BYTES 7u

/* Flag word of each V3 body. */
#define KMODEL_V3_BODY_FLAG_MAIN_MEMORY 1u

/* V3 layer types with names; KMODEL_LAYER(name, number, printed name). */
#define KMODEL_V3_LAYERS(LAYER)                      \
	LAYER(INVALID, 0)                            \
	LAYER(ADD, 1)                                \
	LAYER(QUANTIZED_ADD, 2)                      \
	LAYER(GLOBAL_MAX_POOL2D, 3)                  \
	LAYER(QUANTIZED_GLOBAL_MAX_POOL2D, 4)        \
	LAYER(GLOBAL_AVERAGE_POOL2D, 5)              \
	LAYER(QUANTIZED_GLOBAL_AVERAGE_POOL2D, 6)    \
	LAYER(MAX_POOL2D, 7)                         \
	LAYER(QUANTIZED_MAX_POOL2D, 8)               \
	LAYER(AVERAGE_POOL2D, 9)                     \
	LAYER(QUANTIZED_AVERAGE_POOL2D, 10)          \
	LAYER(QUANTIZE, 11)                          \
	LAYER(DEQUANTIZE, 12)                        \
	LAYER(REQUANTIZE, 13)                        \
	LAYER(L2_NORMALIZATION, 14)                  \
	LAYER(SOFTMAX, 15)                           \
	LAYER(CONCAT, 16)                            \
	LAYER(QUANTIZED_CONCAT, 17)                  \
	LAYER(FULLY_CONNECTED, 18)                   \
	LAYER(QUANTIZED_FULLY_CONNECTED, 19)         \
	LAYER(TENSORFLOW_FLATTEN, 20)                \
	LAYER(QUANTIZED_TENSORFLOW_FLATTEN, 21)      \
	LAYER(RESIZE_NEAREST_NEIGHBOR, 22)           \
	LAYER(QUANTIZED_RESIZE_NEAREST_NEIGHBOR, 23) \
	LAYER(CHANNELWISE_DEQUANTIZE, 24)            \
	LAYER(LOGISTIC, 25)                          \
	LAYER(K210_CONV, 10240)                      \
	LAYER(K210_ADD_PADDING, 10241)               \
	LAYER(K210_REMOVE_PADDING, 10242)            \
	LAYER(K210_UPLOAD, 10243)

enum kmodel_v3_layer_type {
#define KMODEL_LAYER(name, number) KMODEL_V3_##name = number,
	KMODEL_V3_LAYERS(KMODEL_LAYER)
#undef KMODEL_LAYER
};

/* Fields of a DEQUANTIZE body behind flags, input, output and count: two floats. */
#define KMODEL_V3_DEQUANTIZE_SCALE 16u
#define KMODEL_V3_DEQUANTIZE_BIAS  20u
#define KMODEL_V3_DEQUANTIZE_BYTES 24u

/* Fields of a K210_CONV body: 0 flags, 4 main-memory address, then absolute file offsets. */
#define KMODEL_V3_CONV_MAIN_MEMORY 4u
#define KMODEL_V3_CONV_WORDS       8u
#define KMODEL_V3_CONV_WEIGHTS     12u
#define KMODEL_V3_CONV_BATCH_NORM  16u
#define KMODEL_V3_CONV_ACTIVATION  20u
#define KMODEL_V3_CONV_BYTES       24u

/* Alignment that nncase gives the tables inside a V3 file. */
#define KMODEL_V3_ALIGN_WORDS      8u
#define KMODEL_V3_ALIGN_WEIGHTS    128u
#define KMODEL_V3_ALIGN_BATCH_NORM 128u
#define KMODEL_V3_ALIGN_ACTIVATION 256u

/* Alignment of the whole file in memory; the activation tables need it. */
#define KMODEL_FILE_ALIGN 256u

/* V4 header. */
#define KMODEL_V4_HEADER_BYTES 40u
#define KMODEL_V4_VERSION      4u
#define KMODEL_V5_VERSION      5u

#endif
