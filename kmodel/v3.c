/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* V3: header, tables and the walk over the layer bodies. */
#include "kmodel/v3.h"

static bool fail_range(const struct kmodel_layer_body *body, const char *what, const char *place,
		       uint32_t start, uint32_t room)
{
	char text[120];
	size_t used = 0;
	const char *parts[] = { what, place };
	size_t i;

	for (i = 0; i < 2; i++) {
		const char *from = parts[i];

		while (*from && used < sizeof(text) - 1)
			text[used++] = *from++;
	}
	text[used] = '\0';
	return kmodel_body_fail(body, text, start, room);
}

bool kmodel_v3_work_range(const struct kmodel_layer_body *body, const char *what, uint32_t offset,
			  uint64_t bytes, uint32_t align)
{
	if (offset & (align - 1))
		return fail_range(body, what, " starts at %u, which is not a multiple of %u",
				  offset, align);
	if (bytes > body->model->work_bytes || offset > body->model->work_bytes - bytes)
		return fail_range(body, what, " at %u runs past the work buffer of %u bytes",
				  offset, body->model->work_bytes);
	return true;
}

bool kmodel_v3_ai_sram_range(const struct kmodel_layer_body *body, const char *what, uint32_t line,
			     uint64_t lines)
{
	if (lines > K210_AI_SRAM_LINES || line > K210_AI_SRAM_LINES - lines)
		return fail_range(body, what, " at line %u runs past the AI SRAM of %u lines", line,
				  K210_AI_SRAM_LINES);
	return true;
}

static bool check_outputs(const struct kmodel *model, struct kmodel_problem *problem)
{
	uint32_t i;

	for (i = 0; i < model->output_count; i++) {
		const uint8_t *entry =
			model->data + model->outputs_offset + i * KMODEL_V3_OUTPUT_BYTES;
		uint32_t address = kpu_get_u32(entry);
		uint32_t bytes = kpu_get_u32(entry + 4);

		if (address & 3)
			return kmodel_refuse(problem, KPU_STATUS_KMODEL_FORMAT, KMODEL_NO_LAYER,
					     "output %u starts at %u, not a multiple of 4", i,
					     address);
		if (!bytes || bytes > model->work_bytes || address > model->work_bytes - bytes)
			return kmodel_refuse(
				problem, KPU_STATUS_KMODEL_FORMAT, KMODEL_NO_LAYER,
				"output %u does not lie in the work buffer of %u bytes", i,
				model->work_bytes);
	}
	return true;
}

bool kmodel_v3_open(struct kmodel *model, struct kmodel_problem *problem)
{
	const uint8_t *data = model->data;
	uint32_t architecture;

	if (model->size < KMODEL_V3_HEADER_BYTES)
		return kmodel_refuse(problem, KPU_STATUS_KMODEL_FORMAT, KMODEL_NO_LAYER,
				     "the file has %u bytes, its header alone needs %u",
				     model->size, KMODEL_V3_HEADER_BYTES);
	architecture = kpu_get_u32(data + KMODEL_V3_ARCHITECTURE);
	if (architecture)
		return kmodel_refuse(problem, KPU_STATUS_KMODEL_VERSION, KMODEL_NO_LAYER,
				     "the model is for architecture %u, not for the K210 (0)",
				     architecture, 0);
	model->eight_bit_weights =
		kpu_get_u32(data + KMODEL_V3_FLAGS) & KMODEL_V3_FLAG_8BIT_WEIGHTS;
	model->layer_count = kpu_get_u32(data + KMODEL_V3_LAYER_COUNT);
	model->output_count = kpu_get_u32(data + KMODEL_V3_OUTPUT_COUNT);
	model->work_bytes = kpu_get_u32(data + KMODEL_V3_WORK_BYTES);
	model->input_count = 1;
	if (!model->layer_count || model->layer_count > KMODEL_LAYERS_MAX)
		return kmodel_refuse(problem, KPU_STATUS_KMODEL_FORMAT, KMODEL_NO_LAYER,
				     "it says it has %u layers; 1 to %u are possible",
				     model->layer_count, KMODEL_LAYERS_MAX);
	if (!model->output_count || model->output_count > KMODEL_OUTPUTS_MAX)
		return kmodel_refuse(problem, KPU_STATUS_KMODEL_FORMAT, KMODEL_NO_LAYER,
				     "it says it has %u outputs; 1 to %u are possible",
				     model->output_count, KMODEL_OUTPUTS_MAX);
	if (model->work_bytes > KMODEL_WORK_BYTES_MAX)
		return kmodel_refuse(problem, KPU_STATUS_NO_MEM, KMODEL_NO_LAYER,
				     "its work buffer of %u bytes is larger than the memory of %u",
				     model->work_bytes, KMODEL_WORK_BYTES_MAX);
	model->outputs_offset = KMODEL_V3_HEADER_BYTES;
	model->layers_offset = model->outputs_offset + model->output_count * KMODEL_V3_OUTPUT_BYTES;
	model->bodies_offset = model->layers_offset + model->layer_count * KMODEL_V3_LAYER_BYTES;
	if (model->bodies_offset > model->size)
		return kmodel_refuse(problem, KPU_STATUS_KMODEL_FORMAT, KMODEL_NO_LAYER,
				     "the file ends at %u, inside its tables of %u bytes",
				     model->size, model->bodies_offset);
	return check_outputs(model, problem);
}

/* The first layer decides where the input goes; the SDK's runtime knows these two kinds. */
static bool check_first(const struct kmodel_layer_body *body)
{
	if (body->layer->index || body->layer->type == KMODEL_V3_K210_CONV ||
	    body->layer->type == KMODEL_V3_FULLY_CONNECTED)
		return true;
	return kmodel_refuse(
		body->problem, KPU_STATUS_RUN_MODEL, 0,
		"a model starts with a convolution or a fully connected layer, not with "
		"type %u",
		body->layer->type, 0);
}

bool kmodel_v3_read_layer(struct kmodel_layer_body *body)
{
	if (body->length < 4)
		return kmodel_body_need(body, 4);
	if (!check_first(body))
		return false;
	return body->layer->type == KMODEL_V3_K210_CONV ? kmodel_v3_read_convolution(body)
							: kmodel_v3_read_cpu_layer(body);
}
