/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Models in the flash. Their header, tables and constants are always in memory; bodies of layers
 * come when they are needed, with a second buffer while the layer before computes. What was read is
 * checked each time, as anything may have written to the flash since.
 */
#include "firmware_k210/runtime/internal.h"

#include "link/crc.h"

static const struct runtime_flash *flash_of(const struct runtime *runtime)
{
	return runtime->hardware.flash;
}

static uint32_t body_bytes(const struct runtime_model *model, uint32_t layer)
{
	return memory_load32(model->file + model->kmodel->layers_offset +
			     layer * KMODEL_V3_LAYER_BYTES + 4);
}

/* The padding behind the last body may be missing. */
static uint32_t bytes_left(const struct runtime_model *model, uint32_t offset, uint32_t bytes)
{
	uint32_t left = model->size - offset;

	return bytes < left ? bytes : left;
}

static void read_words(struct runtime *runtime, struct runtime_stream *stream, uint32_t offset,
		       uint8_t *to, uint32_t bytes)
{
	stream->is_reading = true;
	flash_of(runtime)->start_read(stream->address + offset, to, (bytes + 3) / 4,
				      stream->reversed, stream->clock_hz);
}

/* The activation tables need the alignment that they have in the file. */
static uint8_t *place_of(const struct runtime_stream_buffer *buffer)
{
	return buffer->memory + buffer->offset % KMODEL_FILE_ALIGN;
}

/* @layer and, in a batch, those behind it; the first one alone, so that the run begins soon. */
static void fill(struct runtime *runtime, struct runtime_model *model, uint32_t which,
		 uint32_t layer, uint32_t offset)
{
	struct runtime_stream *stream = model->stream;
	struct runtime_stream_buffer *buffer = &stream->buffers[which];
	uint32_t bytes = 0;

	buffer->first = layer;
	buffer->offset = offset;
	do {
		bytes = bytes_left(model, offset, bytes + body_bytes(model, layer++));
	} while (layer > 1 && layer < model->kmodel->layer_count && bytes < stream->batch &&
		 body_bytes(model, layer) <= stream->room - bytes);
	buffer->end = layer;
	buffer->bytes = bytes;
	stream->target = which;
	read_words(runtime, stream, offset, place_of(buffer), bytes);
}

static bool holds(const struct runtime_stream_buffer *buffer, uint32_t layer)
{
	return layer >= buffer->first && layer < buffer->end;
}

static struct runtime_stream_buffer *find(struct runtime_stream *stream, uint32_t layer)
{
	for (uint32_t which = 0; which < stream->count; which++)
		if (holds(&stream->buffers[which], layer))
			return &stream->buffers[which];
	return NULL;
}

static bool may_read(const struct runtime *runtime)
{
	return runtime->now >= runtime->flash_claim && !runtime_reads_flash(runtime);
}

void stream_ahead(struct runtime *runtime, struct runtime_model *model, uint32_t layer)
{
	struct runtime_stream *stream = model->stream;
	const struct runtime_stream_buffer *last;
	uint32_t next;

	if (!stream)
		return;
	if (stream->is_reading && flash_of(runtime)->read_done())
		stream->is_reading = false;
	last = &stream->buffers[stream->target];
	next = stream->target + 1 < stream->count ? stream->target + 1 : 0;
	/* What the next buffer holds has been computed. */
	if (stream->is_dual && last->end && last->end < model->kmodel->layer_count &&
	    stream->buffers[next].end <= layer && may_read(runtime))
		fill(runtime, model, next, last->end, last->offset + last->bytes);
}

bool stream_show(struct runtime *runtime, struct runtime_model *model, uint32_t layer,
		 uint32_t offset)
{
	struct runtime_stream *stream = model->stream;
	const struct runtime_stream_buffer *buffer;

	stream_ahead(runtime, model, layer);
	buffer = find(stream, layer);
	if (!buffer && may_read(runtime))
		fill(runtime, model, 0, layer, offset);
	if (!buffer || (stream->is_reading && buffer == &stream->buffers[stream->target]))
		return false;
	model->kmodel->window = place_of(buffer);
	model->kmodel->window_offset = buffer->offset;
	model->kmodel->window_bytes = buffer->bytes;
	return true;
}

void stream_stop(struct runtime *runtime, struct runtime_model *model)
{
	struct runtime_stream *stream = model->stream;

	if (!stream)
		return;
	if (stream->is_reading)
		flash_of(runtime)->stop_read();
	stream->is_reading = false;
	for (uint32_t which = 0; which < stream->count; which++)
		stream->buffers[which].first = stream->buffers[which].end = 0;
}

void stream_free(struct runtime *runtime, struct runtime_model *model)
{
	struct runtime_stream *stream = model->stream;

	if (!stream)
		return;
	stream_stop(runtime, model);
	heap_release(&runtime->heap, stream->buffers[0].memory);
}

static uint8_t *output_place(const struct runtime_model *model, uint32_t layer)
{
	return (uint8_t *)&model->stream->outputs[layer];
}

void stream_output(const struct runtime_model *model, uint32_t layer, struct kmodel_tensor *tensor)
{
	memory_read(tensor, output_place(model, layer), sizeof(*tensor));
}

bool stream_is_same(const struct runtime_model *model, const struct kmodel_layer *layer)
{
	struct kmodel_tensor expected;

	stream_output(model, layer->index, &expected);
	return memcmp(&expected, &layer->output, sizeof(expected)) == 0;
}

bool runtime_streams(const struct runtime *runtime)
{
	for (unsigned index = 0; index < RUNTIME_MODELS_MAX; index++)
		if (runtime->models[index].stream)
			return true;
	return false;
}

bool runtime_reads_flash(const struct runtime *runtime)
{
	for (unsigned index = 0; index < RUNTIME_MODELS_MAX; index++)
		if (runtime->models[index].stream && runtime->models[index].stream->is_reading)
			return true;
	return false;
}

/* --- loading --- */

uint16_t runtime_load_flash(struct runtime *runtime, const struct runtime_flash_file *file,
			    struct runtime_model **result)
{
	const struct kpu_load_flash_arguments *arguments = &file->arguments;
	bool streams = arguments->flags & KPU_LOAD_FLASH_STREAM;
	uint32_t resident = streams ? file->head : arguments->size, padded = (resident + 7) & ~7u;
	struct runtime_model *model;
	struct runtime_stream *stream;
	/* Results: at most one for each layer of the table, which lies in the head. */
	uint32_t results = streams ? file->head / KMODEL_V3_LAYER_BYTES *
					     (uint32_t)sizeof(struct kmodel_tensor)
				   : 0;
	uint16_t status = runtime_load_begin(runtime, padded + (uint32_t)sizeof(*stream) + results,
					     KPU_CRC32_START, &model);

	if (status != KPU_STATUS_OK)
		return status;
	stream = (struct runtime_stream *)(void *)(model->file + padded);
	memset(stream, 0, sizeof(*stream));
	stream->address = arguments->address;
	stream->clock_hz = arguments->clock_hz;
	stream->reversed = file->reversed;
	stream->is_dual = arguments->flags & KPU_LOAD_FLASH_DUAL_BUFFER;
	stream->batch = arguments->batch_bytes;
	model->stream = stream;
	model->size = arguments->size;
	model->received = resident;
	read_words(runtime, stream, 0, model->file, resident);
	*result = model;
	return KPU_STATUS_OK;
}

/* With @count buffers of @pitch bytes. More than two are a convenience: they leave room for the
 * work buffer and another model. */
static bool wants_more(const struct runtime *runtime, const struct runtime_model *model,
		       uint32_t count, uint32_t pitch)
{
	const struct runtime_stream *stream = model->stream;

	return stream->is_dual && count < RUNTIME_STREAM_BUFFERS &&
	       count * stream->room < model->size &&
	       heap_largest_free(&runtime->heap) / 4 >=
		       count * pitch / 4 + pitch + model->kmodel->work_bytes;
}

static bool get_buffers(struct runtime *runtime, struct runtime_model *model,
			struct kmodel_problem *problem)
{
	struct runtime_stream *stream = model->stream;
	uint32_t count = stream->is_dual ? 2 : 1, at = model->kmodel->bodies_offset, pitch;
	uint8_t *memory;

	for (uint32_t layer = 0; layer < model->kmodel->layer_count; layer++) {
		uint32_t bytes = body_bytes(model, layer);

		/* Transfers are whole words, and at least one. */
		if (!bytes || bytes & 3 || at >= model->size)
			return kmodel_refuse(problem, KPU_STATUS_KMODEL_FORMAT, layer,
					     "its body has %u bytes at %u", bytes, at);
		bytes = bytes_left(model, at, bytes);
		at += bytes;
		stream->room = bytes > stream->room ? bytes : stream->room;
	}
	/* One layer at a time, unless it reads ahead. */
	if (!stream->is_dual)
		stream->batch = 1;
	else if (!stream->batch)
		stream->batch = stream->room;
	pitch = (stream->room + 2 * KMODEL_FILE_ALIGN + 3) & ~(KMODEL_FILE_ALIGN - 1);
	while (wants_more(runtime, model, count, pitch))
		count++;
	memory = runtime_allocate(runtime, count * pitch);
	if (!memory)
		return kmodel_fail(problem, KPU_STATUS_NO_MEM, KMODEL_NO_LAYER,
				   "its largest layer has %u bytes, the largest free block %u",
				   stream->room, heap_largest_free(&runtime->heap));
	for (stream->count = 0; stream->count < count; memory += pitch)
		stream->buffers[stream->count++].memory = memory;
	kmodel_first_layer(model->kmodel, &stream->cursor);
	return true;
}

static void plan_inputs(struct runtime_model *model)
{
	struct kmodel_tensor input;

	for (uint32_t i = 0; kmodel_get_input(model->kmodel, i, &input); i++) {
		model->plan.input_bytes += input.bytes;
		if (i == 0)
			model->stream->input = input;
	}
	model->plan.work_bytes =
		(model->kmodel->work_bytes + 8 + KMODEL_FILE_ALIGN - 1) & ~(KMODEL_FILE_ALIGN - 1);
}

/* Not inlined, because its memory would lie under that of kmodel_open(). */
static __attribute__((noinline)) uint16_t next_layer(struct runtime_model *model,
						     struct kmodel_problem *problem)
{
	struct kmodel_layer layer;

	if (!kmodel_next_layer(model->kmodel, &model->stream->cursor, &layer, problem))
		return problem->status;
	memory_write(output_place(model, layer.index), &layer.output, sizeof(layer.output));
	return RUNTIME_LOADING;
}

/* Head, then layer after layer. */
static uint16_t check_stream(struct runtime *runtime, struct runtime_model *model,
			     struct kmodel_problem *problem, struct kpu_load_result *result)
{
	struct runtime_stream *stream = model->stream;

	/* What was read of the tables need not be what was measured: they end inside of it. */
	if (!stream->count && !kmodel_open(model->kmodel, model->file, model->received, problem))
		return problem->status;
	if (model->kmodel->bodies_offset != model->received)
		return KPU_STATUS_KMODEL_FORMAT;
	model->kmodel->size = model->size;
	if (!stream->count && !get_buffers(runtime, model, problem))
		return problem->status;
	if (stream->cursor.index == model->kmodel->layer_count)
		stream_stop(runtime, model);
	if (stream->cursor.index == model->kmodel->layer_count)
		return model_ready(runtime, model, problem, result) ? KPU_STATUS_OK
								    : problem->status;
	if (!stream_show(runtime, model, stream->cursor.index, stream->cursor.body_offset))
		return RUNTIME_LOADING;
	if (!stream->cursor.index)
		plan_inputs(model);
	return next_layer(model, problem);
}

/* Not inlined, because its memory would lie under that of runtime_load_end(). */
static __attribute__((noinline)) uint16_t step_stream(struct runtime *runtime,
						      struct runtime_model *model,
						      struct kpu_load_result *result)
{
	struct kmodel_problem problem;
	uint16_t status;

	memset(result, 0, sizeof(*result));
	memset(&problem, 0, sizeof(problem));
	problem.layer = KMODEL_NO_LAYER;
	status = check_stream(runtime, model, &problem, result);
	if (status == RUNTIME_LOADING || status == KPU_STATUS_OK)
		return status;
	result->problem_layer = problem.layer;
	memcpy(result->problem, problem.text, sizeof(result->problem));
	runtime_load_abort(runtime, model);
	return status;
}

uint16_t runtime_load_flash_step(struct runtime *runtime, struct runtime_model *model,
				 struct kpu_load_result *result)
{
	struct runtime_stream *stream = model->stream;

	if (stream->is_reading && !flash_of(runtime)->read_done())
		return RUNTIME_LOADING;
	stream->is_reading = false;
	if (model->received != model->size)
		return step_stream(runtime, model, result);
	model->stream = NULL;
	return runtime_load_end(runtime, model, result);
}
