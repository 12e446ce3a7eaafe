/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Everything the library asks a board but runs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/engine.h"
#include "lib/error.h"
#include "link/bytes.h"
#include "link/crc.h"

_Static_assert(KPU_FEATURE_V3 == KPU_FEATURE_KMODEL_V3 && KPU_FEATURE_V4 == KPU_FEATURE_KMODEL_V4 &&
		       KPU_FEATURE_PINS_RECORD == KPU_FEATURE_BOARD_RECORD &&
		       KPU_FEATURE_PINS_REFUSED == KPU_FEATURE_BOARD_RECORD_BAD,
	       "bits of the features are those of the wire");

bool kpu_engine_take_info(struct kpu_engine *engine, const struct kpu_transaction *transaction)
{
	struct kpu_board_info info;

	if (!kpu_decode_board_info(transaction->results, transaction->result_length, &info))
		return false;
	engine->board = info;
	return true;
}

/* Nothing from the board is printed as it comes. */
static void copy_printable(char *out, size_t size, const char *in, size_t length)
{
	size_t i;

	for (i = 0; i + 1 < size && i < length && in[i]; i++)
		out[i] = in[i] >= ' ' && in[i] < 127 ? in[i] : '?';
	out[i] = 0;
}

int kpu_engine_info(struct kpu_backend *backend, struct kpu_device_info *info,
		    struct kpu_error *error)
{
	struct kpu_engine *engine = (struct kpu_engine *)backend;
	const struct kpu_board_info *board = &engine->board;
	int rc;

	pthread_mutex_lock(&engine->lock);
	rc = kpu_engine_check(engine, error);
	snprintf(info->transport, sizeof(info->transport), "%s", engine->transport.name);
	copy_printable(info->board, sizeof(info->board), board->name, sizeof(board->name));
	info->firmware = board->firmware_version;
	info->features = board->features;
	info->cpu_hz = board->cpu_hz;
	info->kpu_hz = board->kpu_hz;
	info->boot_id = board->boot_id;
	info->reset_cause = board->reset_cause;
	info->last_crash_pc = board->last_crash_pc;
	info->memory_total = board->memory_total;
	info->firmware_size = board->firmware_bytes;
	info->max_models = board->max_models;
	info->max_jobs = board->max_runs_in_flight;
	info->line_rate = engine->transport.baud / 10;
	pthread_mutex_unlock(&engine->lock);
	return rc;
}

int kpu_engine_memory(struct kpu_backend *backend, struct kpu_memory *memory,
		      struct kpu_error *error)
{
	struct kpu_memory_info info;
	struct kpu_engine_call call;
	int rc;

	kpu_engine_call_init(&call, (struct kpu_engine *)backend, KPU_OP_MEMORY);
	rc = kpu_engine_call(&call, KPU_CONTROL_TIMEOUT_MS, NULL, error);
	if (rc < 0)
		return rc;
	if (!kpu_decode_memory_info(call.transaction.results, call.transaction.result_length,
				    &info))
		return kpu_fail(error, KPU_ERR_PROTOCOL, "the board's answer to MEMORY is damaged");
	memory->total = info.total;
	memory->free = info.free;
	memory->largest_free = info.largest_free;
	memory->models = info.models;
	return 0;
}

static void copy_counters(struct kpu_link_statistics *out, const struct kpu_link_counters *in)
{
	out->bytes_sent = in->bytes_sent;
	out->bytes_received = in->bytes_received;
	out->packets_sent = in->packets_sent;
	out->packets_received = in->packets_received;
	out->retransmitted = in->retransmitted;
	out->header_crc_errors = in->header_crc_errors;
	out->payload_crc_errors = in->payload_crc_errors;
	out->frame_errors = in->frame_errors;
	out->out_of_order = in->out_of_order;
	out->duplicates = in->duplicates;
	out->naks_sent = in->naks_sent;
	out->naks_received = in->naks_received;
	out->timeouts = in->timeouts;
	out->window_stalls = in->window_stalls;
	out->sessions = in->syncs;
	out->overruns = in->overruns;
}

int kpu_engine_statistics(struct kpu_backend *backend, struct kpu_link_statistics *host,
			  struct kpu_link_statistics *board, struct kpu_error *error)
{
	struct kpu_engine *engine = (struct kpu_engine *)backend;
	struct kpu_link_counters counters;
	struct kpu_engine_call call;
	int rc;

	if (host) {
		pthread_mutex_lock(&engine->lock);
		copy_counters(host, &engine->session.counters);
		pthread_mutex_unlock(&engine->lock);
	}
	if (!board)
		return 0;
	kpu_engine_call_init(&call, engine, KPU_OP_COUNTERS);
	rc = kpu_engine_call(&call, KPU_CONTROL_TIMEOUT_MS, NULL, error);
	if (rc < 0)
		return rc;
	if (!kpu_decode_counters(call.transaction.results, call.transaction.result_length,
				 &counters))
		return kpu_fail(error, KPU_ERR_PROTOCOL,
				"the board's answer to COUNTERS is damaged");
	copy_counters(board, &counters);
	return 0;
}

int kpu_engine_ping(struct kpu_backend *backend, struct kpu_error *error)
{
	static const uint8_t words[8] = { 'k', 'p', 'u', ' ', 'p', 'i', 'n', 'g' };
	struct kpu_engine_call call;
	int rc;

	kpu_engine_call_init(&call, (struct kpu_engine *)backend, KPU_OP_ECHO);
	memcpy(call.transaction.arguments, words, sizeof(words));
	call.transaction.argument_length = sizeof(words);
	rc = kpu_engine_call(&call, KPU_CONTROL_TIMEOUT_MS, NULL, error);
	if (rc < 0)
		return rc;
	if (call.transaction.result_length != sizeof(words) ||
	    memcmp(call.transaction.results, words, sizeof(words)))
		return kpu_fail(error, KPU_ERR_PROTOCOL, "the board's echo is not what was sent");
	return 0;
}

uint32_t kpu_engine_generation(struct kpu_engine *engine)
{
	uint32_t generation;

	pthread_mutex_lock(&engine->lock);
	generation = engine->generation;
	pthread_mutex_unlock(&engine->lock);
	return generation;
}

static int refused(const struct kpu_engine_call *call, int rc, struct kpu_error *error)
{
	struct kpu_load_result result;
	char problem[sizeof(result.problem) + 1];

	if (!kpu_decode_load_result(call->transaction.results, call->transaction.result_length,
				    &result) ||
	    !result.problem[0])
		return rc;
	copy_printable(problem, sizeof(problem), result.problem, sizeof(result.problem));
	if (result.problem_layer == 0xffffffffu)
		return kpu_fail(error, -rc, "the board refused the model: %s", problem);
	return kpu_fail(error, -rc, "the board refused the model: layer %u: %s",
			result.problem_layer, problem);
}

static int add_model(struct kpu_engine *engine, const struct kpu_load_result *result,
		     uint32_t generation, uint32_t *model, struct kpu_error *error)
{
	for (uint32_t i = 0; i < KPU_ENGINE_MODELS; i++) {
		struct kpu_engine_model *entry = &engine->models[i];

		if (entry->used)
			continue;
		entry->used = true;
		entry->board_handle = result->model;
		entry->max_runs = result->max_runs_in_flight ? result->max_runs_in_flight : 1;
		entry->generation = generation;
		*model = i;
		return 0;
	}
	return kpu_fail(error, KPU_ERR_MODELS_FULL, "more than %d models", KPU_ENGINE_MODELS);
}

/* With the lock. */
static void free_on_board(struct kpu_engine *engine, uint16_t handle)
{
	uint8_t bytes[2];

	kpu_put_u16(bytes, handle);
	kpu_engine_post(engine, KPU_OP_MODEL_FREE, bytes, sizeof(bytes), NULL);
	kpu_engine_wake(engine);
}

int kpu_engine_loaded(const struct kpu_engine_call *call, int rc, uint32_t generation,
		      uint32_t *model, struct kpu_error *error)
{
	struct kpu_load_result result;

	if (rc < 0)
		return refused(call, rc, error);
	if (!kpu_decode_load_result(call->transaction.results, call->transaction.result_length,
				    &result) ||
	    result.model == 0)
		return kpu_fail(error, KPU_ERR_PROTOCOL,
				"the board's answer to MODEL_LOAD is damaged");
	pthread_mutex_lock(&call->engine->lock);
	rc = add_model(call->engine, &result, generation, model, error);
	/* Nobody else knows of it. */
	if (rc < 0)
		free_on_board(call->engine, result.model);
	pthread_mutex_unlock(&call->engine->lock);
	return rc;
}

uint32_t kpu_engine_load_timeout_ms(struct kpu_engine *engine, size_t size)
{
	uint64_t bytes;

	pthread_mutex_lock(&engine->lock);
	bytes = kpu_host_bulk_left(&engine->host) + size;
	pthread_mutex_unlock(&engine->lock);
	return KPU_LINE_PATIENCE * kpu_engine_line_ms(engine, bytes) + KPU_RUN_TIMEOUT_MS;
}

int kpu_engine_load(struct kpu_backend *backend, const void *data, size_t size,
		    const struct kpu_load_options *options, uint32_t *model,
		    struct kpu_error *error)
{
	struct kpu_engine *engine = (struct kpu_engine *)backend;
	struct kpu_load_arguments arguments = { .size = (uint32_t)size };
	uint32_t timeout_ms = options->timeout_ms, generation;
	struct kpu_engine_call call;
	int rc;

	kpu_engine_call_init(&call, engine, KPU_OP_MODEL_LOAD);
	arguments.crc32 = kpu_crc32(KPU_CRC32_START, data, size);
	call.transaction.argument_length =
		(uint16_t)kpu_encode_load_arguments(call.transaction.arguments, &arguments);
	call.transaction.bulk_out = data;
	call.transaction.bulk_out_length = (uint32_t)size;
	if (!timeout_ms)
		timeout_ms = kpu_engine_load_timeout_ms(engine, size);
	generation = kpu_engine_generation(engine);
	rc = kpu_engine_call(&call, timeout_ms, options, error);
	return kpu_engine_loaded(&call, rc, generation, model, error);
}

void kpu_engine_unload(struct kpu_backend *backend, uint32_t model)
{
	struct kpu_engine *engine = (struct kpu_engine *)backend;
	struct kpu_engine_model entry;
	struct kpu_engine_call call;
	struct kpu_error ignored;

	if (model >= KPU_ENGINE_MODELS)
		return;
	pthread_mutex_lock(&engine->lock);
	entry = engine->models[model];
	kpu_engine_fail_jobs(engine, (int)model, KPU_ERR_CANCELLED);
	kpu_engine_drain_model(engine, model);
	engine->models[model].used = false;
	/* After a reset of the board there is nothing left to be freed there. */
	entry.used = entry.used && entry.generation == engine->generation;
	pthread_mutex_unlock(&engine->lock);
	if (!entry.used)
		return;
	kpu_engine_call_init(&call, engine, KPU_OP_MODEL_FREE);
	kpu_put_u16(call.transaction.arguments, entry.board_handle);
	call.transaction.argument_length = 2;
	kpu_engine_call(&call, KPU_CONTROL_TIMEOUT_MS, NULL, &ignored);
}

void *kpu_engine_memory_alloc(struct kpu_backend *backend, size_t size)
{
	(void)backend;
	return malloc(size ? size : 1);
}

void kpu_engine_memory_free(struct kpu_backend *backend, void *memory)
{
	(void)backend;
	free(memory);
}
