/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* V4 nodes on floats without windows, and the steps between floats and bytes. */
#include "kmodel/v4.h"

/* The file tells no shapes here; the node before does if its result is the input. */
static void keep_shape(const struct kmodel_layer_body *body, const struct kmodel_tensor *input,
		       uint32_t elements)
{
	const struct kmodel_tensor *from = body->previous;
	struct kmodel_tensor *output = &body->layer->output;

	if (from->space != input->space || from->offset != input->offset ||
	    from->bytes != elements * kmodel_element_bytes(from->data_type))
		return;
	output->width = from->width;
	output->height = from->height;
	output->channels = from->channels;
}

/* Input and output have the same number of values. */
static bool read_elementwise(struct kmodel_layer_body *body, enum kmodel_data_type from,
			     enum kmodel_data_type to, uint32_t body_bytes)
{
	struct kmodel_tensor input, output;
	uint32_t elements;

	if (!kmodel_body_need(body, body_bytes) ||
	    !kmodel_v4_typed_range(body, KMODEL_V4_INPUT, from, 1, &input) ||
	    !kmodel_v4_typed_range(body, KMODEL_V4_OUTPUT, to, 1, &output))
		return false;
	elements = input.bytes / kmodel_element_bytes(from);
	if (elements > output.bytes / kmodel_element_bytes(to))
		return kmodel_body_fail(body, "it makes %u values, its output has room for %u",
					elements, output.bytes / kmodel_element_bytes(to));
	if (!kmodel_v4_give_values(body, KMODEL_V4_OUTPUT, to, elements))
		return false;
	keep_shape(body, &input, elements);
	return true;
}

/* An operand's index past the end of a dimension counts as 0, so any shape is safe. */
static bool read_binary(struct kmodel_layer_body *body)
{
	struct kmodel_tensor input;
	uint32_t a[4], b[4], output[4];

	if (!kmodel_body_need(body, 108))
		return false;
	if (kmodel_body_field(body, 48) >= KMODEL_V4_BINARY_COUNT)
		return kmodel_body_fail(body, "binary operation %u is unknown",
					kmodel_body_field(body, 48), 0);
	return kmodel_v4_shape(body, 52, a) && kmodel_v4_shape(body, 68, b) &&
	       kmodel_v4_shape(body, 84, output) &&
	       kmodel_v4_typed_range(body, 0, KMODEL_FLOAT32, kmodel_v4_elements(a), &input) &&
	       kmodel_v4_typed_range(body, 16, KMODEL_FLOAT32, kmodel_v4_elements(b), &input) &&
	       kmodel_v4_give(body, 32, KMODEL_FLOAT32, output);
}

bool kmodel_v4_matrices(struct kmodel_layer_body *body, enum kmodel_data_type type, uint32_t bias)
{
	struct kmodel_tensor input;
	uint64_t rows, inner, columns;

	if (!kmodel_body_need(body, bias))
		return false;
	rows = kmodel_body_field(body, 48);
	inner = kmodel_body_field(body, 52);
	columns = kmodel_body_field(body, 56);
	if (!rows || rows > KMODEL_WORK_BYTES_MAX || !inner || inner > KMODEL_WORK_BYTES_MAX ||
	    !columns || columns > KMODEL_WORK_BYTES_MAX)
		return kmodel_body_fail(body, "a matrix of it has %u rows and %u columns",
					(uint32_t)rows, (uint32_t)inner);
	return kmodel_body_need(body, bias + columns * 4) &&
	       kmodel_v4_typed_range(body, 0, type, rows * inner, &input) &&
	       kmodel_v4_typed_range(body, 16, type, inner * columns, &input) &&
	       kmodel_v4_give_values(body, 32, type, rows * columns);
}

static bool read_reduce(struct kmodel_layer_body *body)
{
	struct kmodel_tensor input;
	uint32_t from[4], to[4];
	unsigned i;

	if (!kmodel_body_need(body, 72))
		return false;
	if (kmodel_body_field(body, 32) >= KMODEL_V4_REDUCE_COUNT)
		return kmodel_body_fail(body, "reduction %u is unknown",
					kmodel_body_field(body, 32), 0);
	if (!kmodel_v4_shape(body, 36, from) || !kmodel_v4_shape(body, 52, to))
		return false;
	for (i = 0; i < 4; i++) {
		if (to[i] != from[i] && to[i] != 1)
			return kmodel_body_fail(body, "it reduces a dimension of %u to %u", from[i],
						to[i]);
	}
	return kmodel_v4_typed_range(body, KMODEL_V4_INPUT, KMODEL_FLOAT32,
				     kmodel_v4_elements(from), &input) &&
	       kmodel_v4_give(body, KMODEL_V4_OUTPUT, KMODEL_FLOAT32, to);
}

static bool read_softmax(struct kmodel_layer_body *body)
{
	struct kmodel_tensor input;
	uint64_t inner, outer;

	if (!kmodel_body_need(body, 44))
		return false;
	inner = kmodel_body_field(body, 32);
	outer = kmodel_body_field(body, 36);
	if (!inner || !outer)
		return kmodel_body_fail(body, "its softmax runs over nothing", 0, 0);
	return kmodel_v4_typed_range(body, KMODEL_V4_INPUT, KMODEL_FLOAT32, inner * outer,
				     &input) &&
	       kmodel_v4_give_values(body, KMODEL_V4_OUTPUT, KMODEL_FLOAT32, inner * outer);
}

static bool read_unary(struct kmodel_layer_body *body)
{
	if (!kmodel_body_need(body, 36))
		return false;
	if (kmodel_body_field(body, 32) >= KMODEL_V4_UNARY_COUNT)
		return kmodel_body_fail(body, "unary operation %u is unknown",
					kmodel_body_field(body, 32), 0);
	return read_elementwise(body, KMODEL_FLOAT32, KMODEL_FLOAT32, 36);
}

/* Values that an instruction takes from the stack and puts on it; false: no such instruction. */
static bool nnil_effect(uint8_t code, unsigned *takes, unsigned *gives)
{
	*takes = 0;
	*gives = 1;
	if (code >= KMODEL_V4_NNIL_UNARY_FIRST &&
	    code < KMODEL_V4_NNIL_UNARY_FIRST + KMODEL_V4_UNARY_COUNT) {
		*takes = 1;
		return true;
	}
	if (code >= KMODEL_V4_NNIL_BINARY_FIRST &&
	    code < KMODEL_V4_NNIL_BINARY_FIRST + KMODEL_V4_BINARY_COUNT) {
		*takes = 2;
		return true;
	}
	switch (code) {
	case KMODEL_V4_NNIL_NOP:
		*gives = 0;
		return true;
	case KMODEL_V4_NNIL_DUP:
		*takes = 1;
		*gives = 2;
		return true;
	case KMODEL_V4_NNIL_POP:
		*takes = 1;
		*gives = 0;
		return true;
	case KMODEL_V4_NNIL_LDA_INPUT:
	case KMODEL_V4_NNIL_LDC_ZERO:
	case KMODEL_V4_NNIL_LDC_ONE:
	case KMODEL_V4_NNIL_LDC_FLOAT:
		return true;
	case KMODEL_V4_NNIL_CLAMP:
		*takes = 3;
		return true;
	}
	return false;
}

/* The code has no jumps: one pass proves that the stack never under- or overflows. */
static bool read_nnil(struct kmodel_layer_body *body)
{
	uint32_t position = 32;
	unsigned depth = 0, takes, gives;

	for (;;) {
		uint8_t code;

		if (!kmodel_body_need(body, (uint64_t)position + 1))
			return false;
		if (position > KMODEL_V4_NNIL_BYTES_MAX)
			return kmodel_body_fail(body, "it has more than %u bytes of instructions",
						KMODEL_V4_NNIL_BYTES_MAX, 0);
		code = body->bytes[position++];
		if (code == KMODEL_V4_NNIL_RETURN)
			break;
		if (!nnil_effect(code, &takes, &gives))
			return kmodel_body_fail(body, "its instruction %u is unknown", code, 0);
		if (depth < takes || depth - takes + gives > KMODEL_V4_NNIL_STACK)
			return kmodel_body_fail(body, "its instruction at %u overruns the stack",
						position - 1, 0);
		depth = depth - takes + gives;
		if (code == KMODEL_V4_NNIL_LDC_FLOAT) {
			position += 4;
			if (!kmodel_body_need(body, position))
				return false;
		}
	}
	if (!depth)
		return kmodel_body_fail(body, "its instructions leave no result", 0, 0);
	return read_elementwise(body, KMODEL_FLOAT32, KMODEL_FLOAT32, position);
}

bool kmodel_v4_read_float_node(struct kmodel_layer_body *body, bool *known)
{
	*known = true;
	switch (body->layer->type) {
	case KMODEL_V4_BINARY:
		return read_binary(body);
	case KMODEL_V4_DEQUANTIZE:
		return read_elementwise(body, KMODEL_UINT8, KMODEL_FLOAT32,
					KMODEL_V4_DEQUANTIZE_BYTES);
	case KMODEL_V4_QUANTIZE:
		return read_elementwise(body, KMODEL_FLOAT32, KMODEL_UINT8,
					KMODEL_V4_DEQUANTIZE_BYTES);
	case KMODEL_V4_MATMUL:
		return kmodel_v4_matrices(body, KMODEL_FLOAT32, 68);
	case KMODEL_V4_REDUCE:
		return read_reduce(body);
	case KMODEL_V4_SOFTMAX:
		return read_softmax(body);
	case KMODEL_V4_UNARY:
		return read_unary(body);
	case KMODEL_V4_NNIL_UNARY_METHOD:
		return read_nnil(body);
	}
	*known = false;
	return false;
}
