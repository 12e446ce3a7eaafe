/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "tests/unit/runtime/fixture.h"

#include <check.h>
#include <stdlib.h>

#include "link/crc.h"
#include "tools/kmodel/writer.h"
#include "utils/k210-emu/kpu/kpu_model.h"

static const uint8_t *map_bus(void *context, uint32_t address, size_t size)
{
	struct fixture *fixture = context;

	if (address < FIXTURE_BUS_ADDRESS || address - FIXTURE_BUS_ADDRESS > fixture->memory_size ||
	    size > fixture->memory_size - (address - FIXTURE_BUS_ADDRESS))
		return NULL;
	return fixture->memory + (address - FIXTURE_BUS_ADDRESS);
}

static void start_layer(void *context, const uint64_t words[K210_KPU_LAYER_WORDS],
			bool eight_bit_weights, uint32_t output_address)
{
	struct fixture *fixture = context;
	struct kpu_memory memory = { fixture, map_bus };
	struct kpu_model_options options = { KPU_IMPLEMENTATION_BEST, KPU_ROUND_HALF_EVEN };
	uint8_t *output = NULL;
	const char *problem;

	if (output_address) {
		output = (uint8_t *)map_bus(fixture, output_address, kpu_layer_output_bytes(words));
		ck_assert_ptr_nonnull(output);
	}
	fixture->layers_started++;
	fixture->polls_left = fixture->polls_per_layer;
	fixture->last_output = output_address;
	memcpy(fixture->last_words, words, sizeof(fixture->last_words));
	problem = kpu_run_layer(&options, words, eight_bit_weights, fixture->ai_sram, &memory,
				output);
	ck_assert_msg(!problem || fixture->lenient, "KPU: %s", problem);
	fixture->cycles += 1000;
}

static bool layer_done(void *context)
{
	struct fixture *fixture = context;

	if (fixture->hang)
		return false;
	if (!fixture->polls_left)
		return true;
	fixture->polls_left--;
	return false;
}

static void reset_engine(void *context)
{
	struct fixture *fixture = context;

	fixture->engine_resets++;
}

static uint64_t cycles(void *context)
{
	struct fixture *fixture = context;

	return fixture->cycles += 10;
}

static void output_ready(void *context, struct runtime_run *run, uint32_t bytes)
{
	struct observed_run *observed = run->owner;

	(void)context;
	observed->announced += bytes;
}

/* Fetches in packets of odd sizes, as a link would. */
static bool output_taken(void *context, struct runtime_run *run)
{
	struct fixture *fixture = context;
	struct observed_run *observed = run->owner;

	if (observed->reluctant)
		return observed->fetched == observed->announced;
	while (observed->fetched < observed->announced) {
		uint8_t packet[397];
		uint32_t wanted = observed->announced - observed->fetched;
		size_t got;

		if (wanted > sizeof(packet))
			wanted = sizeof(packet);
		got = runtime_run_output(&fixture->runtime, run, observed->fetched, packet, wanted);
		ck_assert_uint_gt(got, 0);
		ck_assert_uint_le(got, wanted);
		ck_assert_uint_le(observed->fetched + got, observed->room);
		memcpy(observed->bytes + observed->fetched, packet, got);
		observed->fetched += (uint32_t)got;
	}
	return true;
}

static void finished(void *context, struct runtime_run *run, uint16_t status,
		     const struct kpu_run_result *result)
{
	struct observed_run *observed = run->owner;

	(void)context;
	observed->finished++;
	observed->status = status;
	observed->result = *result;
}

static void input_room(void *context)
{
	struct fixture *fixture = context;

	fixture->rooms++;
}

void fixture_init(struct fixture *fixture, uint32_t memory_size)
{
	struct runtime_hardware hardware = {
		.context = fixture,
		.memory_size = memory_size,
		.memory_bus_address = FIXTURE_BUS_ADDRESS,
		.start_layer = start_layer,
		.layer_done = layer_done,
		.reset_engine = reset_engine,
		.cycles = cycles,
	};
	struct runtime_events events = {
		.context = fixture,
		.output_ready = output_ready,
		.output_taken = output_taken,
		.finished = finished,
		.input_room = input_room,
	};

	memset(fixture, 0, sizeof(*fixture));
	fixture->memory_size = memory_size;
	fixture->memory = aligned_alloc(256, memory_size);
	fixture->ai_sram = aligned_alloc(256, K210_AI_SRAM_SIZE);
	ck_assert(fixture->memory && fixture->ai_sram);
	/* What a board finds there is not zero either. */
	memset(fixture->memory, 0xa5, memory_size);
	memset(fixture->ai_sram, 0, K210_AI_SRAM_SIZE);
	hardware.memory = fixture->memory;
	hardware.ai_sram = fixture->ai_sram;
	fixture->polls_per_layer = 2;
	runtime_init(&fixture->runtime, &hardware, &events);
}

void fixture_free(struct fixture *fixture)
{
	free(fixture->memory);
	free(fixture->ai_sram);
}

uint16_t fixture_load(struct fixture *fixture, const uint8_t *file, size_t size,
		      struct kpu_load_result *result)
{
	struct runtime_model *model;
	uint16_t status = runtime_load_begin(&fixture->runtime, (uint32_t)size,
					     kpu_crc32(KPU_CRC32_START, file, size), &model);

	memset(result, 0, sizeof(*result));
	if (status != KPU_STATUS_OK)
		return status;
	for (size_t offset = 0; offset < size;) {
		size_t part = offset % 1000 + 37;

		if (part > size - offset)
			part = size - offset;
		runtime_load_data(model, file + offset, part);
		offset += part;
	}
	return runtime_load_end(&fixture->runtime, model, result);
}

void fixture_settle(struct fixture *fixture)
{
	while (runtime_step(&fixture->runtime, fixture->now))
		fixture->now += 10;
}

void fixture_finish(struct fixture *fixture, struct observed_run *run)
{
	uint64_t limit = fixture->now + 60000000;

	while (!run->finished && fixture->now < limit) {
		runtime_step(&fixture->runtime, fixture->now);
		fixture->now += 10;
	}
	ck_assert_uint_eq(run->finished, 1);
}

uint16_t fixture_run(struct fixture *fixture, const struct kpu_run_arguments *arguments,
		     const uint8_t *input, uint32_t input_bytes, struct observed_run *run)
{
	uint32_t limit = 0;
	uint16_t status;

	for (unsigned tap = 0; tap < arguments->tap_count; tap++)
		limit += arguments->taps[tap].limit;
	memset(run, 0, sizeof(*run));
	run->arguments = *arguments;
	run->room = limit;
	run->bytes = malloc(limit + 1);
	ck_assert_ptr_nonnull(run->bytes);
	status = runtime_run_begin(&fixture->runtime, &run->arguments, input_bytes, limit, run,
				   &run->run);
	if (status != KPU_STATUS_OK)
		return status;
	for (uint32_t offset = 0; offset < input_bytes;) {
		uint32_t part = offset % 2000 + 13;

		if (part > input_bytes - offset)
			part = input_bytes - offset;
		if (!runtime_run_input(&fixture->runtime, run->run, offset, input + offset, part))
			return KPU_STATUS_BUSY;
		offset += part;
	}
	runtime_run_start(&fixture->runtime, run->run);
	return KPU_STATUS_OK;
}

void observed_free(struct observed_run *run)
{
	free(run->bytes);
	run->bytes = NULL;
}

/* Weights are the unit matrix, T = V, Y = T. */
void fixture_copy_layer(struct kmodel_writer *writer, unsigned width, unsigned height,
			unsigned input_line, unsigned output_line, bool to_work_buffer)
{
	static const uint8_t unit[4] = { 1, 0, 0, 1 };
	static const struct kmodel_batch_norm norm[2] = { { 1, 0, 0 }, { 1, 0, 0 } };
	struct kmodel_activation activation;
	struct kmodel_convolution conv = {
		.width = width,
		.height = height,
		.input_channels = 2,
		.output_channels = 2,
		.kernel = 1,
		.weights = unit,
		.batch_norm = norm,
		.activation = &activation,
		.input_line = input_line,
		.output_line = output_line,
		.to_work_buffer = to_work_buffer,
	};

	kmodel_activation_shift(&activation, 0);
	kmodel_writer_convolution(writer, &conv);
}

uint8_t *small_model(unsigned width, unsigned height, size_t *size)
{
	struct kmodel_writer *writer = kmodel_writer_new();
	uint32_t bytes = width * height * 2, floats = (bytes + 7) & ~7u;
	const char *reason = NULL;
	uint8_t *file;

	fixture_copy_layer(writer, width, height, 100, 8000, false);
	fixture_copy_layer(writer, width, height, 8000, 16000, true);
	kmodel_writer_dequantize(writer, 0, floats, bytes, 0.5f, -3.0f);
	kmodel_writer_output(writer, floats, bytes * 4);
	kmodel_writer_work_bytes(writer, floats + bytes * 4);
	file = kmodel_writer_finish(writer, size, &reason);
	ck_assert_msg(file != NULL, "%s", reason ? reason : "?");
	kmodel_writer_free(writer);
	return file;
}
