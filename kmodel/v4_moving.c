/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* V4 nodes that move values without computing: copies, reshaping, upload. */
#include "kmodel/v4.h"

/* Data type of the range at @offset, whatever it is. */
static bool type_at(const struct kmodel_layer_body *body, uint32_t offset,
		    enum kmodel_data_type *type)
{
	struct kmodel_tensor tensor;

	if (!kmodel_v4_range(body, offset, &tensor))
		return false;
	*type = tensor.data_type;
	return true;
}

static bool read_concat(struct kmodel_layer_body *body)
{
	struct kmodel_tensor input;
	enum kmodel_data_type type;
	uint64_t total = 0;
	uint32_t inner, outer, count, dims, i;

	if (!kmodel_body_need(body, 28) || !type_at(body, 0, &type))
		return false;
	inner = kmodel_body_field(body, 16);
	outer = kmodel_body_field(body, 20);
	count = kmodel_body_field(body, 24);
	if (!inner || inner > KMODEL_WORK_BYTES_MAX || !outer || outer > KMODEL_WORK_BYTES_MAX ||
	    !count || count > 1024)
		return kmodel_body_fail(body, "it joins %u inputs %u times", count, outer);
	dims = 28 + count * KMODEL_V4_RANGE_BYTES;
	if (!kmodel_body_need(body, (uint64_t)dims + (uint64_t)count * 4))
		return false;
	for (i = 0; i < count; i++) {
		uint64_t bytes = (uint64_t)kmodel_body_field(body, dims + i * 4) * inner;

		bytes = bytes > KMODEL_WORK_BYTES_MAX ? bytes : bytes * outer;
		if (!kmodel_v4_range(body, 28 + i * KMODEL_V4_RANGE_BYTES, &input))
			return false;
		if (input.space == KMODEL_SPACE_AI_SRAM || bytes > input.bytes)
			return kmodel_body_fail(body,
						"its input %u has %u bytes, fewer than it joins", i,
						input.bytes);
		total += bytes;
	}
	if (total % kmodel_element_bytes(type))
		return kmodel_body_fail(body, "it joins parts of values", 0, 0);
	return kmodel_v4_give_values(body, 0, type, total / kmodel_element_bytes(type));
}

static bool read_memory_copy(struct kmodel_layer_body *body)
{
	struct kmodel_tensor input;

	if (!kmodel_v4_typed_range(body, KMODEL_V4_INPUT, KMODEL_FLOAT32, 1, &input))
		return false;
	return kmodel_v4_give_values(body, KMODEL_V4_OUTPUT, KMODEL_FLOAT32, input.bytes / 4);
}

/* Input of any type with a shape behind both ranges. */
static bool read_shaped_input(struct kmodel_layer_body *body, enum kmodel_data_type *type,
			      uint32_t shape[4])
{
	struct kmodel_tensor input;

	return type_at(body, KMODEL_V4_INPUT, type) && kmodel_v4_shape(body, 32, shape) &&
	       kmodel_v4_typed_range(body, KMODEL_V4_INPUT, *type, kmodel_v4_elements(shape),
				     &input);
}

static bool fits(const struct kmodel_layer_body *body, const uint64_t wide[4], uint32_t shape[4])
{
	uint64_t elements = 1;
	unsigned i;

	for (i = 0; i < 4; i++) {
		if (!wide[i] || wide[i] > KMODEL_WORK_BYTES_MAX)
			return kmodel_body_fail(body, "its output is empty or too large", 0, 0);
		elements *= wide[i];
		if (elements > KMODEL_WORK_BYTES_MAX)
			return kmodel_body_fail(body, "its output does not fit the memory", 0, 0);
		shape[i] = (uint32_t)wide[i];
	}
	return true;
}

static bool read_pad(struct kmodel_layer_body *body)
{
	enum kmodel_data_type type;
	uint32_t shape[4];
	uint64_t wide[4];
	unsigned i;

	if (!kmodel_body_need(body, 88) || !read_shaped_input(body, &type, shape))
		return false;
	for (i = 0; i < 4; i++) {
		int64_t side = (int64_t)shape[i] + (int32_t)kmodel_body_field(body, 48 + i * 8) +
			       (int32_t)kmodel_body_field(body, 52 + i * 8);

		if (side < 1)
			return kmodel_body_fail(body, "its negative padding leaves nothing", 0, 0);
		wide[i] = (uint64_t)side;
	}
	return fits(body, wide, shape) && kmodel_v4_give(body, KMODEL_V4_OUTPUT, type, shape);
}

static bool read_transpose(struct kmodel_layer_body *body)
{
	enum kmodel_data_type type;
	uint32_t shape[4], output[4];
	unsigned seen = 0;
	unsigned i;

	if (!kmodel_body_need(body, 64) || !read_shaped_input(body, &type, shape))
		return false;
	for (i = 0; i < 4; i++) {
		uint32_t from = kmodel_body_field(body, 48 + i * 4);

		if (from > 3)
			return kmodel_body_fail(body, "it has no dimension %u", from, 0);
		seen |= 1u << from;
		output[i] = shape[from];
	}
	if (seen != 15)
		return kmodel_body_fail(body, "it uses a dimension twice", 0, 0);
	return kmodel_v4_give(body, KMODEL_V4_OUTPUT, type, output);
}

static bool slice_side(const struct kmodel_layer_body *body, uint32_t size, unsigned side,
		       uint64_t *count)
{
	int64_t begin = (int32_t)kmodel_body_field(body, 48 + side * 4);
	int64_t end = (int32_t)kmodel_body_field(body, 64 + side * 4);
	int64_t stride = (int32_t)kmodel_body_field(body, 80 + side * 4);
	int64_t span = stride > 0 ? end - begin : begin - end;
	uint32_t step = (uint32_t)(stride > 0 ? stride : -stride);

	if (!stride || begin < 0 || begin >= (int64_t)size || end < -1 || end > (int64_t)size ||
	    span < 1)
		return kmodel_body_fail(
			body, "its slice of dimension %u of size %u is not possible", side, size);
	*count = ((uint32_t)span + step - 1) / step;
	return true;
}

static bool read_strided_slice(struct kmodel_layer_body *body)
{
	enum kmodel_data_type type;
	uint32_t shape[4];
	uint64_t wide[4];
	unsigned i;

	if (!kmodel_body_need(body, 116) || !read_shaped_input(body, &type, shape))
		return false;
	for (i = 0; i < 4; i++) {
		if (!slice_side(body, shape[i], i, &wide[i]))
			return false;
	}
	return fits(body, wide, shape) && kmodel_v4_give(body, KMODEL_V4_OUTPUT, type, shape);
}

static bool read_resize(struct kmodel_layer_body *body)
{
	enum kmodel_data_type type;
	uint32_t shape[4];
	uint64_t wide[4];

	if (!kmodel_body_need(body, 61) || !read_shaped_input(body, &type, shape))
		return false;
	if (kmodel_body_field(body, 56) > 1)
		return kmodel_body_fail(body, "resize mode %u is unknown; 0 bilinear, 1 nearest",
					kmodel_body_field(body, 56), 0);
	wide[0] = shape[0];
	wide[1] = shape[1];
	wide[2] = kmodel_body_field(body, 48);
	wide[3] = kmodel_body_field(body, 52);
	return fits(body, wide, shape) && kmodel_v4_give(body, KMODEL_V4_OUTPUT, type, shape);
}

/* Planar bytes to the layout of the AI SRAM, batch after batch. */
static bool read_upload(struct kmodel_layer_body *body)
{
	struct kmodel_tensor *output = &body->layer->output;
	enum kmodel_data_type type;
	uint32_t shape[4];
	uint64_t lines;

	if (!read_shaped_input(body, &type, shape) ||
	    !kmodel_v4_range(body, KMODEL_V4_OUTPUT, output))
		return false;
	if (type != KMODEL_UINT8 || output->space != KMODEL_SPACE_AI_SRAM)
		return kmodel_body_fail(body, "an upload goes from bytes to the AI SRAM", 0, 0);
	if (shape[0] > 65535 || shape[1] > 65535 || shape[2] > 1024 || shape[3] > 1024)
		return kmodel_body_fail(body, "a map of %ux%u is not possible in the AI SRAM",
					shape[3], shape[2]);
	lines = (uint64_t)k210_map_lines(shape[3], shape[2], shape[1]) * shape[0];
	if (output->offset + lines > K210_AI_SRAM_LINES)
		return kmodel_body_fail(body, "its output at line %u runs past the AI SRAM of %u",
					output->offset, K210_AI_SRAM_LINES);
	output->data_type = KMODEL_UINT8;
	output->bytes = kmodel_v4_elements(shape);
	output->channels = shape[0] * shape[1];
	output->batches = shape[0];
	output->height = shape[2];
	output->width = shape[3];
	body->layer->batches = shape[0];
	return true;
}

bool kmodel_v4_read_moving_node(struct kmodel_layer_body *body, bool *known)
{
	*known = true;
	switch (body->layer->type) {
	case KMODEL_V4_CONCAT:
		return read_concat(body);
	case KMODEL_V4_MEMORY_COPY:
		return read_memory_copy(body);
	case KMODEL_V4_PAD:
		return read_pad(body);
	case KMODEL_V4_TRANSPOSE:
		return read_transpose(body);
	case KMODEL_V4_STRIDED_SLICE:
		return read_strided_slice(body);
	case KMODEL_V4_RESIZE_IMAGE:
		return read_resize(body);
	case KMODEL_V4_KPU_UPLOAD:
		return read_upload(body);
	}
	*known = false;
	return false;
}
