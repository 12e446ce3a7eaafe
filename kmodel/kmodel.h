/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Reading a kmodel: what it is, its layers, where each result lies, and whether it may be run.
 *
 * Freestanding, no allocation, no floating point; the same code checks a model on the host before a
 * byte is sent and on the board before it is run. The file is hostile: nothing is read outside
 * [data, data + size) and every range that a layer names is checked against the work buffer, the
 * AI SRAM or the file. A model that kmodel_validate() accepts can be executed without further range
 * checks by an executor that uses the values of struct kmodel_layer.
 */
#ifndef KMODEL_KMODEL_H
#define KMODEL_KMODEL_H

#include "k210/kpu_layer.h"
#include "kmodel/format.h"
#include "kmodel/v4_format.h"
#include "link/bytes.h"
#include "link/error.h"
#include "link/types.h"

/* A build without the V4 reader defines this as 0: V4 models are then refused by name. */
#ifndef KMODEL_HAS_V4
#define KMODEL_HAS_V4 1
#endif

#define KMODEL_LAYERS_MAX     1024u
#define KMODEL_OUTPUTS_MAX    64u
#define KMODEL_INPUTS_MAX     16u
#define KMODEL_WORK_BYTES_MAX (6u * 1024 * 1024)
/* A model that runs from the flash may have all of its 24 bits of addresses. */
#define KMODEL_FILE_BYTES_MAX (16u * 1024 * 1024)
#define KMODEL_NO_LAYER       0xffffffffu

enum kmodel_kind {
	KMODEL_KIND_UNKNOWN,
	KMODEL_KIND_V3,
	KMODEL_KIND_V4,
	KMODEL_KIND_V5, /* nncase 1.x */
	KMODEL_KIND_ENCRYPTED,
	KMODEL_KIND_V3_REVERSED, /* every 32-bit word byte-reversed ("be" file for load_flash) */
	KMODEL_KIND_V4_REVERSED,
	KMODEL_KIND_KFPKG, /* zip package that may hold a model */
	KMODEL_KIND_BLANK, /* erased flash or zeros */
};

/* Looks at the first bytes only. */
enum kmodel_kind kmodel_identify(const uint8_t *data, size_t size);
/* Turns the bytes of each 32-bit word around; what follows the last whole word stays. */
void kmodel_reverse_words(uint8_t *data, size_t size);
/* "kmodel V3", "encrypted model", ... */
const char *kmodel_kind_name(enum kmodel_kind kind);

/* Fills @bytes with @length bytes at @offset of a file; both are multiples of 4. */
typedef bool (*kmodel_read_function)(void *context, uint32_t offset, uint8_t *bytes,
				     uint32_t length);
/*
 * Size of a model of which only the beginning is known, plain or word-reversed, from its header and
 * tables. The file as written may lack the padding of its last body (KMODEL_V3_TAIL_BYTES), or have
 * more behind it than belongs to the model. False:
 * it is no model, or would have more than @limit bytes.
 */
bool kmodel_measure(kmodel_read_function read, void *context, uint32_t limit, uint32_t *size);
/* The same, and more: the bytes in front of the first body, and whether its words are reversed. */
bool kmodel_measure_parts(kmodel_read_function read, void *context, uint32_t limit, uint32_t *size,
			  uint32_t *head, bool *reversed);

/* Why a model is refused. */
struct kmodel_problem {
	uint16_t status; /* enum kpu_status */
	uint32_t layer;  /* KMODEL_NO_LAYER: the file as a whole */
	char text[120];  /* one sentence without the layer's number, zero terminated */
};

enum kmodel_space {
	KMODEL_SPACE_NONE,
	KMODEL_SPACE_WORK,    /* work buffer ("main memory"), byte offset */
	KMODEL_SPACE_AI_SRAM, /* AI SRAM, offset in 64-byte lines, map layout of k210/kpu_layer.h */
	KMODEL_SPACE_CONSTANT, /* V4: constants in the file, byte offset from constants_offset */
};

enum kmodel_data_type {
	KMODEL_UINT8 = 0,
	KMODEL_FLOAT32 = 1,
};

struct kmodel_tensor {
	enum kmodel_space space;
	enum kmodel_data_type data_type;
	uint32_t offset;                  /* bytes or lines, by space */
	uint32_t bytes;                   /* elements x element size, without padding */
	uint32_t width, height, channels; /* their product is the number of elements */
	/* AI SRAM: so many maps of channels / batches each, every one beginning on a line of its
	 * own; 0 stands for 1. */
	uint32_t batches;
};

struct kmodel_layer {
	uint32_t index;
	uint32_t type; /* enum kmodel_v3_layer_type or enum kmodel_v4_layer_type */
	uint32_t body_offset, body_size; /* in the file; size as stored */
	struct kmodel_tensor output;

	/* K210_CONV and V4's KPU_CONV2D only. */
	bool is_convolution;
	bool to_work_buffer; /* the result goes to the work buffer, too */
	uint32_t batches;    /* V4: the layer is run so often, one map behind the other */
	struct k210_kpu_layer convolution;
	uint32_t words_offset, weights_offset, batch_norm_offset,
		activation_offset; /* in the file */
	uint32_t weights_bytes;
};

struct kmodel {
	const uint8_t *data;
	uint32_t size;
	enum kmodel_kind kind;
	bool eight_bit_weights;
	uint32_t layer_count, output_count, input_count;
	uint32_t work_bytes;
	uint32_t outputs_offset, layers_offset, bodies_offset;                    /* in the file */
	uint32_t inputs_offset, shapes_offset, constants_offset, constants_bytes; /* V4 */
	/* Not NULL: of the bodies only [window_offset, window_offset + window_bytes) is there, at
	 * window, which is aligned like its offset. The layer that is read must lie inside. */
	const uint8_t *window;
	uint32_t window_offset, window_bytes;
};

/* Where the byte at @offset, which belongs to a body, is. */
static inline const uint8_t *kmodel_body(const struct kmodel *model, uint32_t offset)
{
	return model->window ? model->window + (offset - model->window_offset)
			     : model->data + offset;
}

/* Where kmodel_next_layer() stands. */
struct kmodel_cursor {
	uint32_t index, body_offset;
	struct kmodel_tensor previous; /* output of the layer before */
};

/*
 * Checks header and tables and fills @model, which refers to @data. False: *problem says why.
 * @data needs no alignment.
 */
bool kmodel_open(struct kmodel *model, const uint8_t *data, size_t size,
		 struct kmodel_problem *problem);

/* Before the first layer; reads nothing. */
void kmodel_first_layer(const struct kmodel *model, struct kmodel_cursor *cursor);
/* Next layer, with all of its ranges checked. False: the end (problem->status is
 * KPU_STATUS_OK) or an invalid layer. @problem: NULL if nobody wants to know. */
bool kmodel_next_layer(const struct kmodel *model, struct kmodel_cursor *cursor,
		       struct kmodel_layer *layer, struct kmodel_problem *problem);

/* Input and output number @index; false: out of range or the model is invalid. */
bool kmodel_get_input(const struct kmodel *model, uint32_t index, struct kmodel_tensor *tensor);
bool kmodel_get_output(const struct kmodel *model, uint32_t index, struct kmodel_tensor *tensor);

/* What the file says of output @index alone: its range. The last layer that writes there gives it
 * its shape and type. */
bool kmodel_get_output_range(const struct kmodel *model, uint32_t index,
			     struct kmodel_tensor *tensor);
static inline void kmodel_shape_output(struct kmodel_tensor *output,
				       const struct kmodel_tensor *from)
{
	if (from->space == KMODEL_SPACE_WORK && from->offset == output->offset &&
	    from->bytes == output->bytes)
		*output = *from;
}

struct kmodel_plan {
	uint32_t work_bytes;  /* padded to KMODEL_FILE_ALIGN, room for the tail of the output DMA */
	uint32_t input_bytes; /* all inputs */
	uint32_t largest_layer; /* index of the layer with the largest body */
	uint32_t largest_layer_bytes;
	uint32_t ai_sram_lines; /* highest line used plus one */
};

/* Checks every layer and adds up the memory plan (@plan may be NULL). */
bool kmodel_validate(const struct kmodel *model, struct kmodel_plan *plan,
		     struct kmodel_problem *problem);

/* Name of a layer type ("K210_CONV"), NULL if there is none of that number. */
const char *kmodel_layer_name(uint32_t type);
/* Bytes of one element. */
static inline uint32_t kmodel_element_bytes(enum kmodel_data_type type)
{
	return type == KMODEL_FLOAT32 ? 4 : 1;
}

/* Fills *problem unless it is NULL, returns false. %u takes the next value. */
bool kmodel_fail(struct kmodel_problem *problem, uint16_t status, uint32_t layer, const char *text,
		 uint32_t first, uint32_t second);

/* The same for the readers of models. A terse build has one sentence for all of them: a board whose
 * host has checked the model with this code has better use for its memory. */
#ifndef KMODEL_TERSE
#define KMODEL_TERSE 0
#endif

#if KMODEL_TERSE
bool kmodel_refuse_tersely(struct kmodel_problem *problem, uint16_t status, uint32_t layer);

static inline bool kmodel_refuse(struct kmodel_problem *problem, uint16_t status, uint32_t layer,
				 const char *text, uint32_t first, uint32_t second)
{
	(void)text;
	(void)first;
	(void)second;
	return kmodel_refuse_tersely(problem, status, layer);
}
#else
#define kmodel_refuse kmodel_fail
#endif

#endif
