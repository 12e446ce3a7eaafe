/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* A model as a whole: opening, inputs, outputs, validation and memory plan. */
#include "kmodel/v3.h"
#include "kmodel/v4.h"

/* A constant where there is no V4 reader, so that the linker can leave it out. */
static bool is_v4(const struct kmodel *model)
{
	return KMODEL_HAS_V4 && model->kind == KMODEL_KIND_V4;
}

static bool refuse_kind(enum kmodel_kind kind, struct kmodel_problem *problem)
{
	uint16_t status = KPU_STATUS_KMODEL_VERSION;
	const char *text = "this is neither a kmodel V3 nor V4";

	switch (kind) {
	case KMODEL_KIND_V4:
		status = KPU_STATUS_NOT_IMPLEMENT;
		text = "kmodel V4 is not supported by this version";
		break;
	case KMODEL_KIND_V5:
		text = "this is a kmodel V5 made by nncase 1.x; it has to be made by nncase 0.1 or "
		       "0.2";
		break;
	case KMODEL_KIND_ENCRYPTED:
		status = KPU_STATUS_DECRYPT;
		text = "the model is encrypted for one chip";
		break;
	case KMODEL_KIND_V3_REVERSED:
	case KMODEL_KIND_V4_REVERSED:
		text = "the model's 32-bit words are byte-reversed (a file for load_flash)";
		break;
	case KMODEL_KIND_KFPKG:
		text = "this is a kfpkg package, not the model in it";
		break;
	case KMODEL_KIND_BLANK:
		text = "this is blank data, as in erased flash";
		break;
	default:
		break;
	}
	return kmodel_refuse(problem, status, KMODEL_NO_LAYER, text, 0, 0);
}

bool kmodel_open(struct kmodel *model, const uint8_t *data, size_t size,
		 struct kmodel_problem *problem)
{
	memset(model, 0, sizeof(*model));
	memset(problem, 0, sizeof(*problem));
	if (size < 4)
		return kmodel_refuse(problem, KPU_STATUS_KMODEL_FORMAT, KMODEL_NO_LAYER,
				     "the file has only %u bytes", (uint32_t)size, 0);
	if (size > KMODEL_FILE_BYTES_MAX)
		return kmodel_refuse(problem, KPU_STATUS_NO_MEM, KMODEL_NO_LAYER,
				     "the file has %u bytes, the largest flash %u",
				     size > UINT32_MAX ? UINT32_MAX : (uint32_t)size,
				     KMODEL_FILE_BYTES_MAX);
	model->data = data;
	model->size = (uint32_t)size;
	model->kind = kmodel_identify(data, size);
	if (model->kind == KMODEL_KIND_V3)
		return kmodel_v3_open(model, problem);
	if (is_v4(model))
		return kmodel_v4_open(model, problem);
	return refuse_kind(model->kind, problem);
}

void kmodel_first_layer(const struct kmodel *model, struct kmodel_cursor *cursor)
{
	memset(cursor, 0, sizeof(*cursor));
	cursor->body_offset = model->bodies_offset;
}

_Static_assert(KMODEL_V3_LAYER_BYTES == KMODEL_V4_NODE_BYTES,
	       "both versions say type and size of a body in the same way");

bool kmodel_next_layer(const struct kmodel *model, struct kmodel_cursor *cursor,
		       struct kmodel_layer *layer, struct kmodel_problem *problem)
{
	const uint8_t *header =
		model->data + model->layers_offset + (size_t)cursor->index * KMODEL_V3_LAYER_BYTES;
	struct kmodel_layer_body body = {
		.model = model, .previous = &cursor->previous, .layer = layer, .problem = problem
	};
	uint32_t left;

	if (problem)
		problem->status = KPU_STATUS_OK;
	if (cursor->index >= model->layer_count)
		return false;
	memset(layer, 0, sizeof(*layer));
	layer->index = cursor->index;
	layer->type = kpu_get_u32(header);
	layer->body_offset = cursor->body_offset;
	layer->body_size = kpu_get_u32(header + 4);
	left = model->size - cursor->body_offset;
	/* Only the padding behind the last body may be missing. */
	if (layer->body_size < 4 || layer->body_size & 3 ||
	    layer->body_size > (uint64_t)left + KMODEL_V3_TAIL_BYTES ||
	    (layer->body_size > left && cursor->index + 1 < model->layer_count))
		return kmodel_body_fail(&body,
					"its body of %u bytes does not fit the %u bytes left",
					layer->body_size, left);
	body.bytes = kmodel_body(model, cursor->body_offset);
	body.length = layer->body_size < left ? layer->body_size : left;
	if (!(is_v4(model) ? kmodel_v4_read_node(&body) : kmodel_v3_read_layer(&body)))
		return false;
	cursor->index++;
	cursor->body_offset += body.length;
	cursor->previous = layer->output;
	return true;
}

static bool first_layer_input(const struct kmodel *model, struct kmodel_tensor *tensor)
{
	struct kmodel_cursor cursor;
	struct kmodel_layer layer;
	const uint8_t *body;

	kmodel_first_layer(model, &cursor);
	if (!kmodel_next_layer(model, &cursor, &layer, NULL))
		return false;
	body = kmodel_body(model, layer.body_offset);
	if (layer.is_convolution) {
		const struct k210_kpu_layer *conv = &layer.convolution;

		*tensor = (struct kmodel_tensor){ .space = KMODEL_SPACE_AI_SRAM,
						  .data_type = KMODEL_UINT8,
						  .offset = conv->input_line,
						  .width = conv->input_width,
						  .height = conv->input_height,
						  .channels = conv->input_channels };
		tensor->bytes = tensor->width * tensor->height * tensor->channels;
	} else {
		*tensor = (struct kmodel_tensor){ .space = KMODEL_SPACE_WORK,
						  .data_type = KMODEL_FLOAT32,
						  .offset = kpu_get_u32(body + 4),
						  .width = 1,
						  .height = 1,
						  .channels = kpu_get_u32(body + 12) };
		tensor->bytes = tensor->channels * 4;
	}
	return true;
}

bool kmodel_get_input(const struct kmodel *model, uint32_t index, struct kmodel_tensor *tensor)
{
	if (index >= model->input_count)
		return false;
	if (is_v4(model))
		return kmodel_v4_table_tensor(model,
					      model->inputs_offset + index * KMODEL_V4_RANGE_BYTES,
					      model->shapes_offset + index * KMODEL_V4_SHAPE_BYTES,
					      tensor);
	return first_layer_input(model, tensor);
}

bool kmodel_get_output_range(const struct kmodel *model, uint32_t index,
			     struct kmodel_tensor *tensor)
{
	const uint8_t *entry = model->data + model->outputs_offset;

	if (index >= model->output_count)
		return false;
	if (is_v4(model))
		return kmodel_v4_table_tensor(
			model, model->outputs_offset + index * KMODEL_V4_RANGE_BYTES, 0, tensor);
	entry += (size_t)index * KMODEL_V3_OUTPUT_BYTES;
	*tensor = (struct kmodel_tensor){ .space = KMODEL_SPACE_WORK,
					  .data_type = KMODEL_UINT8,
					  .offset = kpu_get_u32(entry),
					  .bytes = kpu_get_u32(entry + 4),
					  .width = 1,
					  .height = 1 };
	tensor->channels = tensor->bytes;
	return true;
}

/* The file names a range only; what it means is known from the last layer that writes there. */
bool kmodel_get_output(const struct kmodel *model, uint32_t index, struct kmodel_tensor *tensor)
{
	struct kmodel_cursor cursor;
	struct kmodel_layer layer;

	if (!kmodel_get_output_range(model, index, tensor))
		return false;
	kmodel_first_layer(model, &cursor);
	while (kmodel_next_layer(model, &cursor, &layer, NULL))
		kmodel_shape_output(tensor, &layer.output);
	return cursor.index == model->layer_count;
}

static uint32_t padded(uint32_t bytes)
{
	return (bytes + KMODEL_FILE_ALIGN - 1) & ~(KMODEL_FILE_ALIGN - 1);
}

/* @batches maps of @channels each, from @line on. */
static void plan_maps(struct kmodel_plan *plan, uint32_t line, uint32_t width, uint32_t height,
		      uint32_t channels, uint32_t batches)
{
	uint32_t end = line + k210_map_lines(width, height, channels) * (batches ? batches : 1);

	if (end > plan->ai_sram_lines)
		plan->ai_sram_lines = end;
}

static void plan_layer(struct kmodel_plan *plan, const struct kmodel_layer *layer)
{
	const struct kmodel_tensor *output = &layer->output;
	const struct k210_kpu_layer *conv = &layer->convolution;

	if (layer->body_size > plan->largest_layer_bytes) {
		plan->largest_layer = layer->index;
		plan->largest_layer_bytes = layer->body_size;
	}
	if (layer->is_convolution) {
		plan_maps(plan, conv->input_line, conv->input_width, conv->input_height,
			  conv->input_channels, layer->batches);
		plan_maps(plan, conv->output_line, conv->output_width, conv->output_height,
			  conv->output_channels, layer->batches);
	} else if (output->space == KMODEL_SPACE_AI_SRAM) {
		plan_maps(plan, output->offset, output->width, output->height,
			  output->channels / (output->batches ? output->batches : 1),
			  output->batches);
	}
}

/* Not inlined: its memory would lie under that of kmodel_get_input() on the board's small stack. */
static __attribute__((noinline)) bool plan_layers(const struct kmodel *model,
						  struct kmodel_plan *plan,
						  struct kmodel_problem *problem)
{
	struct kmodel_cursor cursor;
	struct kmodel_layer layer;

	kmodel_first_layer(model, &cursor);
	while (kmodel_next_layer(model, &cursor, &layer, problem))
		plan_layer(plan, &layer);
	return problem->status == KPU_STATUS_OK;
}

bool kmodel_validate(const struct kmodel *model, struct kmodel_plan *plan,
		     struct kmodel_problem *problem)
{
	struct kmodel_plan sums = {
		/* the output DMA writes whole 64-bit words */
		.work_bytes = padded(model->work_bytes + 8),
	};
	struct kmodel_tensor input;
	uint32_t i;

	if (!plan_layers(model, &sums, problem))
		return false;
	for (i = 0; i < model->input_count && kmodel_get_input(model, i, &input); i++)
		sums.input_bytes += input.bytes;
	if (plan)
		*plan = sums;
	return true;
}
