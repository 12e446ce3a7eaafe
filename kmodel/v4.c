/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* V4: header, tables, memory ranges and the walk over the nodes. */
#include "kmodel/v4.h"

/* Bytes of each memory; a constant's offset counts from the constants' start. */
static uint32_t memory_bytes(const struct kmodel *model, uint32_t memory)
{
	switch (memory) {
	case KMODEL_V4_MEMORY_CONSTANT:
		return model->constants_bytes;
	case KMODEL_V4_MEMORY_MAIN:
		return model->work_bytes;
	default:
		return K210_AI_SRAM_SIZE;
	}
}

/* NULL, or what is wrong with the range at @range (with two values for the sentence). */
static const char *read_range(const struct kmodel *model, const uint8_t *range,
			      struct kmodel_tensor *tensor, uint32_t values[2])
{
	uint32_t memory = kpu_get_u32(range), type = kpu_get_u32(range + 4);
	uint32_t start = kpu_get_u32(range + 8), bytes = kpu_get_u32(range + 12);
	uint32_t room = memory_bytes(model, memory);
	uint32_t element;

	values[0] = memory;
	values[1] = type;
	if (memory > KMODEL_V4_MEMORY_KPU || type > KMODEL_V4_DATA_UINT8)
		return "a range of it names memory %u and data type %u, which do not exist";
	element = type == KMODEL_V4_DATA_FLOAT32 ? 4 : 1;
	values[0] = start;
	values[1] = room;
	if (bytes > room || start > room - bytes)
		return "a range of it at %u runs past its memory of %u bytes";
	values[1] = memory == KMODEL_V4_MEMORY_KPU ? K210_AI_SRAM_LINE : element;
	if (start & (values[1] - 1))
		return "a range of it starts at %u, which is not a multiple of %u";
	*tensor = (struct kmodel_tensor){
		.space = memory == KMODEL_V4_MEMORY_CONSTANT ? KMODEL_SPACE_CONSTANT
			 : memory == KMODEL_V4_MEMORY_MAIN   ? KMODEL_SPACE_WORK
							     : KMODEL_SPACE_AI_SRAM,
		.data_type = type == KMODEL_V4_DATA_FLOAT32 ? KMODEL_FLOAT32 : KMODEL_UINT8,
		.offset = memory == KMODEL_V4_MEMORY_KPU ? start / K210_AI_SRAM_LINE : start,
		.bytes = bytes,
		.width = 1,
		.height = 1,
		.channels = bytes / element,
	};
	return NULL;
}

bool kmodel_v4_range(const struct kmodel_layer_body *body, uint32_t offset,
		     struct kmodel_tensor *tensor)
{
	uint32_t values[2];
	const char *fault;

	if (!kmodel_body_need(body, (uint64_t)offset + KMODEL_V4_RANGE_BYTES))
		return false;
	fault = read_range(body->model, body->bytes + offset, tensor, values);
	return fault ? kmodel_body_fail(body, fault, values[0], values[1]) : true;
}

bool kmodel_v4_typed_range(const struct kmodel_layer_body *body, uint32_t offset,
			   enum kmodel_data_type type, uint64_t elements,
			   struct kmodel_tensor *tensor)
{
	if (!kmodel_v4_range(body, offset, tensor))
		return false;
	if (tensor->data_type != type)
		return kmodel_body_fail(body, "the range at %u of its body has the wrong data type",
					offset, 0);
	if (tensor->space == KMODEL_SPACE_AI_SRAM)
		return kmodel_body_fail(body, "the CPU does not work on ranges in the AI SRAM", 0,
					0);
	if (elements > tensor->bytes / kmodel_element_bytes(type))
		return kmodel_body_fail(body, "it needs %u values where its range has %u",
					elements > UINT32_MAX ? UINT32_MAX : (uint32_t)elements,
					tensor->bytes / kmodel_element_bytes(type));
	return true;
}

uint32_t kmodel_v4_elements(const uint32_t shape[4])
{
	return shape[0] * shape[1] * shape[2] * shape[3];
}

bool kmodel_v4_shape(const struct kmodel_layer_body *body, uint32_t offset, uint32_t shape[4])
{
	uint64_t elements = 1;
	unsigned i;

	if (!kmodel_body_need(body, (uint64_t)offset + KMODEL_V4_SHAPE_BYTES))
		return false;
	for (i = 0; i < 4; i++) {
		shape[i] = kmodel_body_field(body, offset + i * 4);
		if (!shape[i] || shape[i] > KMODEL_WORK_BYTES_MAX)
			return kmodel_body_fail(body, "a size in one of its shapes is %u", shape[i],
						0);
		elements *= shape[i];
		if (elements > KMODEL_WORK_BYTES_MAX)
			return kmodel_body_fail(body, "one of its shapes does not fit the memory",
						0, 0);
	}
	return true;
}

bool kmodel_v4_give(const struct kmodel_layer_body *body, uint32_t offset,
		    enum kmodel_data_type type, const uint32_t shape[4])
{
	struct kmodel_tensor *output = &body->layer->output;

	if (!kmodel_v4_give_values(body, offset, type, kmodel_v4_elements(shape)))
		return false;
	output->channels = shape[0] * shape[1];
	output->height = shape[2];
	output->width = shape[3];
	return true;
}

bool kmodel_v4_give_values(const struct kmodel_layer_body *body, uint32_t offset,
			   enum kmodel_data_type type, uint64_t elements)
{
	struct kmodel_tensor *output = &body->layer->output;

	if (!kmodel_v4_typed_range(body, offset, type, elements, output))
		return false;
	if (output->space == KMODEL_SPACE_CONSTANT)
		return kmodel_body_fail(body, "its output lies among the constants", 0, 0);
	output->bytes = (uint32_t)elements * kmodel_element_bytes(type);
	output->channels = (uint32_t)elements;
	return true;
}

bool kmodel_v4_shift(const struct kmodel_layer_body *body, uint32_t offset)
{
	uint32_t shift = kmodel_body_field(body, offset);

	if ((int32_t)shift <= 62)
		return true;
	return kmodel_body_fail(body, "it shifts by %u bits", shift, 0);
}

static bool window_side(const struct kmodel_layer_body *body, const struct kmodel_v4_window *window,
			uint32_t input, unsigned side, uint32_t *output)
{
	int32_t before = (int32_t)kmodel_body_field(body, window->padding + side * 8);
	int32_t after = (int32_t)kmodel_body_field(body, window->padding + side * 8 + 4);
	uint32_t filter = kmodel_body_field(body, window->filter + side * 4);
	uint32_t stride = kmodel_body_field(body, window->stride + side * 4);
	uint32_t dilation = kmodel_body_field(body, window->dilation + side * 4);
	int64_t padded = (int64_t)input + before + after;
	int64_t reach;

	if (!filter || filter > 65535 || !stride || stride > 65535 || !dilation ||
	    dilation > 65535 || before < -65535 || before > 65535 || after < -65535 ||
	    after > 65535)
		return kmodel_body_fail(body, "its window %u with stride %u is not possible",
					filter, stride);
	reach = (int64_t)(filter - 1) * dilation + 1;
	if (padded < reach)
		return kmodel_body_fail(body, "its window of %u is larger than the map of %u",
					filter, input);
	*output = (uint32_t)((uint32_t)(padded - reach) / stride + 1);
	return true;
}

bool kmodel_v4_window_output(const struct kmodel_layer_body *body,
			     const struct kmodel_v4_window *window, uint32_t height, uint32_t width,
			     uint32_t output[2])
{
	return window_side(body, window, height, 0, &output[0]) &&
	       window_side(body, window, width, 1, &output[1]);
}

bool kmodel_v4_table_tensor(const struct kmodel *model, uint32_t range_offset,
			    uint32_t shape_offset, struct kmodel_tensor *tensor)
{
	uint32_t shape[4], values[2];
	uint64_t elements = 1;
	unsigned i;

	if (read_range(model, model->data + range_offset, tensor, values))
		return false;
	if (!shape_offset)
		return true;
	for (i = 0; i < 4; i++) {
		shape[i] = kpu_get_u32(model->data + shape_offset + i * 4);
		if (!shape[i] || shape[i] > KMODEL_WORK_BYTES_MAX)
			return false;
		elements *= shape[i];
		if (elements > KMODEL_WORK_BYTES_MAX)
			return false;
	}
	tensor->channels = shape[0] * shape[1];
	tensor->height = shape[2];
	tensor->width = shape[3];
	/* A range in the AI SRAM has the size of the padded layout. */
	if (tensor->space == KMODEL_SPACE_AI_SRAM) {
		if (tensor->width > 1024 || tensor->height > 1024 || tensor->channels > 65535 ||
		    (uint64_t)shape[0] * k210_map_lines(tensor->width, tensor->height, shape[1]) >
			    tensor->bytes / K210_AI_SRAM_LINE)
			return false;
		tensor->batches = shape[0];
	} else if (elements * kmodel_element_bytes(tensor->data_type) > tensor->bytes) {
		return false;
	}
	tensor->bytes = (uint32_t)elements * kmodel_element_bytes(tensor->data_type);
	return true;
}

static bool check_tables(const struct kmodel *model, struct kmodel_problem *problem)
{
	struct kmodel_tensor tensor;
	uint32_t i;

	for (i = 0; i < model->input_count; i++) {
		if (!kmodel_get_input(model, i, &tensor) || tensor.space == KMODEL_SPACE_CONSTANT)
			return kmodel_refuse(problem, KPU_STATUS_KMODEL_FORMAT, KMODEL_NO_LAYER,
					     "input %u does not lie in its memory", i, 0);
	}
	for (i = 0; i < model->output_count; i++) {
		if (!kmodel_v4_table_tensor(
			    model, model->outputs_offset + i * KMODEL_V4_RANGE_BYTES, 0, &tensor) ||
		    tensor.space != KMODEL_SPACE_WORK || !tensor.bytes)
			return kmodel_refuse(problem, KPU_STATUS_KMODEL_FORMAT, KMODEL_NO_LAYER,
					     "output %u does not lie in the work buffer", i, 0);
	}
	return true;
}

static bool check_header(const struct kmodel *model, struct kmodel_problem *problem)
{
	uint32_t target = kpu_get_u32(model->data + KMODEL_V4_TARGET);

	if (target != KMODEL_V4_TARGET_CPU && target != KMODEL_V4_TARGET_K210)
		return kmodel_refuse(problem, KPU_STATUS_KMODEL_VERSION, KMODEL_NO_LAYER,
				     "the model is for target %u, not for the K210 (1)", target, 0);
	if (!model->layer_count || model->layer_count > KMODEL_LAYERS_MAX)
		return kmodel_refuse(problem, KPU_STATUS_KMODEL_FORMAT, KMODEL_NO_LAYER,
				     "it says it has %u layers; 1 to %u are possible",
				     model->layer_count, KMODEL_LAYERS_MAX);
	if (!model->input_count || model->input_count > KMODEL_INPUTS_MAX)
		return kmodel_refuse(problem, KPU_STATUS_KMODEL_FORMAT, KMODEL_NO_LAYER,
				     "it says it has %u inputs; 1 to %u are possible",
				     model->input_count, KMODEL_INPUTS_MAX);
	if (!model->output_count || model->output_count > KMODEL_OUTPUTS_MAX)
		return kmodel_refuse(problem, KPU_STATUS_KMODEL_FORMAT, KMODEL_NO_LAYER,
				     "it says it has %u outputs; 1 to %u are possible",
				     model->output_count, KMODEL_OUTPUTS_MAX);
	if (model->work_bytes > KMODEL_WORK_BYTES_MAX)
		return kmodel_refuse(problem, KPU_STATUS_NO_MEM, KMODEL_NO_LAYER,
				     "its work buffer of %u bytes is larger than the memory of %u",
				     model->work_bytes, KMODEL_WORK_BYTES_MAX);
	return true;
}

bool kmodel_v4_open(struct kmodel *model, struct kmodel_problem *problem)
{
	const uint8_t *data = model->data;
	uint64_t end;

	if (model->size < KMODEL_V4_HEADER_BYTES)
		return kmodel_refuse(problem, KPU_STATUS_KMODEL_FORMAT, KMODEL_NO_LAYER,
				     "the file has %u bytes, its header alone needs %u",
				     model->size, KMODEL_V4_HEADER_BYTES);
	model->eight_bit_weights = true;
	model->constants_bytes = kpu_get_u32(data + KMODEL_V4_CONSTANT_BYTES);
	model->work_bytes = kpu_get_u32(data + KMODEL_V4_WORK_BYTES);
	model->layer_count = kpu_get_u32(data + KMODEL_V4_NODE_COUNT);
	model->input_count = kpu_get_u32(data + KMODEL_V4_INPUT_COUNT);
	model->output_count = kpu_get_u32(data + KMODEL_V4_OUTPUT_COUNT);
	if (!check_header(model, problem))
		return false;
	model->inputs_offset = KMODEL_V4_HEADER_BYTES;
	model->shapes_offset = model->inputs_offset + model->input_count * KMODEL_V4_RANGE_BYTES;
	model->outputs_offset = model->shapes_offset + model->input_count * KMODEL_V4_SHAPE_BYTES;
	model->constants_offset =
		model->outputs_offset + model->output_count * KMODEL_V4_RANGE_BYTES;
	end = (uint64_t)model->constants_offset + model->constants_bytes +
	      (uint64_t)model->layer_count * KMODEL_V4_NODE_BYTES;
	if (end > model->size)
		return kmodel_refuse(problem, KPU_STATUS_KMODEL_FORMAT, KMODEL_NO_LAYER,
				     "the file ends at %u, inside its tables of %u bytes",
				     model->size, end > UINT32_MAX ? UINT32_MAX : (uint32_t)end);
	/* Nodes are read as 32-bit words; nncase pads the constants to 8 bytes. */
	if (model->constants_bytes & 3)
		return kmodel_refuse(problem, KPU_STATUS_KMODEL_FORMAT, KMODEL_NO_LAYER,
				     "its constants have %u bytes, not a multiple of 4",
				     model->constants_bytes, 0);
	model->layers_offset = model->constants_offset + model->constants_bytes;
	model->bodies_offset = (uint32_t)end;
	return check_tables(model, problem);
}

bool kmodel_v4_read_node(struct kmodel_layer_body *body)
{
	uint32_t operation = body->layer->type;
	bool known = true;
	bool good;

	if (operation > 0xffff)
		return kmodel_body_fail(body, "operator %u does not exist", operation, 0);
	body->layer->type = KMODEL_V4_LAYER_BASE + operation;
	if (body->layer->type == KMODEL_V4_KPU_CONV2D)
		return kmodel_v4_read_convolution(body);
	good = kmodel_v4_read_moving_node(body, &known);
	if (!known)
		good = kmodel_v4_read_float_node(body, &known);
	if (!known)
		good = kmodel_v4_read_window_node(body, &known);
	if (!known)
		good = kmodel_v4_read_quantized_node(body, &known);
	if (known)
		return good;
	return kmodel_refuse(body->problem, KPU_STATUS_NOT_IMPLEMENT, body->layer->index,
			     "operator %u is not one that a K210 runs", operation, 0);
}
