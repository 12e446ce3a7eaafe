/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Runs: a queue on the host that keeps as many on the board as it takes, so that the input of the
 * next one travels while one computes.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/engine.h"
#include "lib/error.h"
#include "link/bytes.h"

_Static_assert((int)KPU_TARGET_OUTPUT == (int)KPU_TAP_OUTPUT &&
		       (int)KPU_TARGET_LAYER == (int)KPU_TAP_LAYER &&
		       (int)KPU_TARGET_PROFILE == (int)KPU_TAP_PROFILE &&
		       KPU_TARGETS_MAX == KPU_TAPS_MAX &&
		       KPU_BACKEND_ALL_LAYERS == KPU_RUN_ALL_LAYERS,
	       "kinds of targets are those of taps");
_Static_assert((int)KPU_TENSOR_UINT8 == (int)KPU_DATA_UINT8 &&
		       (int)KPU_TENSOR_FLOAT32 == (int)KPU_DATA_FLOAT32 &&
		       (int)KPU_TENSOR_UINT32 == (int)KPU_DATA_UINT32,
	       "types of tensors are those of the wire");

/* For a board to answer a cancelled run before it is given up. */
#define CANCEL_WAIT_US 500000u
/* Until a run for which the board had no place is offered again. */
#define RETRY_US 20000u

enum job_state {
	JOB_WAITING, /* on the host */
	JOB_RUNNING, /* a transaction of link/ */
	JOB_ENDED,
};

struct kpu_backend_job {
	struct kpu_transaction transaction;
	struct kpu_engine *engine;
	struct kpu_backend_job *next;
	enum job_state state;
	bool cancel_sent;
	uint32_t model, generation;
	uint64_t deadline_us;
	uint64_t retry_us; /* not before */
	size_t output_size;
	uint8_t *output;
	struct kpu_backend_outcome outcome;
	uint8_t input[];
};

static void pump(struct kpu_engine *engine);

static void unlink_job(struct kpu_engine *engine, struct kpu_backend_job *job)
{
	struct kpu_backend_job **place = &engine->first_job;

	while (*place && *place != job)
		place = &(*place)->next;
	if (*place)
		*place = job->next;
}

static void end_job(struct kpu_backend_job *job, int code)
{
	struct kpu_engine *engine = job->engine;

	if (job->state == JOB_ENDED)
		return;
	if (job->state == JOB_RUNNING)
		engine->running--;
	unlink_job(engine, job);
	job->state = JOB_ENDED;
	job->outcome.status = code;
	job->outcome.finished_ns = kpu_now_ns();
	if (!job->outcome.started_ns)
		job->outcome.started_ns = job->outcome.finished_ns;
	pthread_cond_broadcast(&engine->changed);
}

static void send_cancel(struct kpu_backend_job *job)
{
	uint8_t id[2];

	if (job->cancel_sent || job->engine->dead)
		return;
	/* A CANCEL would overtake a request that is still waiting, and an input that is under way
	 * need not travel to its end. */
	if (job->transaction.state == KPU_TRANSACTION_QUEUED ||
	    job->transaction.state == KPU_TRANSACTION_SENDING) {
		kpu_host_abandon(&job->engine->host, &job->transaction, KPU_STATUS_CANCELLED);
		return;
	}
	job->cancel_sent = true;
	job->transaction.repeatable = false;
	kpu_put_u16(id, job->transaction.id);
	kpu_engine_post(job->engine, KPU_OP_CANCEL, id, sizeof(id), NULL);
}

static bool take_result(struct kpu_backend_job *job)
{
	const struct kpu_transaction *transaction = &job->transaction;
	struct kpu_backend_outcome *outcome = &job->outcome;
	struct kpu_run_result result;

	outcome->problem_layer = KPU_BACKEND_ALL_LAYERS;
	if (!kpu_decode_run_result(transaction->results, transaction->result_length, &result))
		return false;
	outcome->layers_run = result.layers_run;
	outcome->problem_layer = result.problem_layer;
	outcome->cycles = result.cycles;
	outcome->kpu_cycles = result.kpu_cycles;
	outcome->tap_count = result.tap_count;
	for (unsigned i = 0; i < result.tap_count && i < KPU_TARGETS_MAX; i++) {
		outcome->taps[i].length = result.taps[i].length;
		outcome->taps[i].type = result.taps[i].data_type;
		outcome->taps[i].width = result.taps[i].width;
		outcome->taps[i].height = result.taps[i].height;
		outcome->taps[i].channels = result.taps[i].channels;
	}
	return true;
}

/* A run that ended here by its time-out or was cancelled may keep its place on the board for a
 * moment; the next one waits for that. */
static bool wait_for_place(struct kpu_backend_job *job)
{
	uint64_t now = kpu_engine_now_us();

	if (job->cancel_sent || now + RETRY_US >= job->deadline_us)
		return false;
	job->state = JOB_WAITING;
	job->retry_us = now + RETRY_US;
	job->engine->running--;
	return true;
}

static void run_complete(struct kpu_transaction *transaction)
{
	struct kpu_backend_job *job = transaction->owner;
	struct kpu_engine *engine = job->engine;
	bool decoded = take_result(job);
	int code = transaction->status;

	if (code == KPU_ERR_BUSY && wait_for_place(job))
		return;
	if (code == KPU_ERR_BUSY)
		code = job->cancel_sent ? KPU_ERR_CANCELLED : KPU_ERR_TIMEOUT;
	if (code == KPU_STATUS_OK && (!decoded || transaction->bulk_in_length != job->output_size))
		code = KPU_ERR_PROTOCOL;
	/* The board may still be at it; it need not finish for nobody. */
	if (code == KPU_STATUS_TIMEOUT)
		send_cancel(job);
	end_job(job, code);
	/* The models of those that wait are gone, too; the session that comes now ends them. */
	if (code != KPU_ERR_BOARD_RESET)
		pump(engine);
}

static void start_job(struct kpu_backend_job *job)
{
	struct kpu_engine *engine = job->engine;
	uint64_t now = kpu_engine_now_us();
	uint64_t left = job->deadline_us > now ? job->deadline_us - now : 1;

	job->state = JOB_RUNNING;
	job->retry_us = 0;
	job->outcome.started_ns = kpu_now_ns();
	job->transaction.timeout_us = left < 0xffffffffu ? (uint32_t)left : 0xffffffffu;
	engine->running++;
	kpu_host_submit(&engine->host, &job->transaction, now);
}

/* How many of the runs on the board at present and @job may be there together. */
static unsigned run_limit(const struct kpu_engine *engine, const struct kpu_backend_job *job)
{
	unsigned limit = engine->models[job->model].max_runs;

	if (limit > engine->board.max_runs_in_flight)
		limit = engine->board.max_runs_in_flight;
	if (limit > KPU_WIRE_BULK_REQUESTS_MAX - 1)
		limit = KPU_WIRE_BULK_REQUESTS_MAX - 1;
	return limit ? limit : 1;
}

static void pump(struct kpu_engine *engine)
{
	struct kpu_backend_job *job = engine->first_job, *next;
	uint64_t now = kpu_engine_now_us();

	for (; job && !engine->dead; job = next) {
		next = job->next;
		if (job->state != JOB_WAITING)
			continue;
		if (job->generation != engine->generation)
			end_job(job, KPU_ERR_BOARD_RESET);
		else if (engine->running >= run_limit(engine, job) || job->retry_us > now)
			return;
		else
			start_job(job);
	}
}

uint64_t kpu_engine_expire_jobs(struct kpu_engine *engine, uint64_t now_us)
{
	uint64_t due = UINT64_MAX;
	struct kpu_backend_job *next;
	bool retry = false;

	for (struct kpu_backend_job *job = engine->first_job; job; job = next) {
		next = job->next;
		if (job->state != JOB_WAITING)
			continue;
		if (job->deadline_us <= now_us)
			end_job(job, KPU_ERR_TIMEOUT);
		else if (job->deadline_us < due)
			due = job->deadline_us;
		if (job->state != JOB_WAITING || !job->retry_us)
			continue;
		if (job->retry_us <= now_us)
			retry = true;
		else if (job->retry_us < due)
			due = job->retry_us;
	}
	if (retry)
		pump(engine);
	return due;
}

void kpu_engine_fail_jobs(struct kpu_engine *engine, int model, int code)
{
	struct kpu_backend_job *next;

	for (struct kpu_backend_job *job = engine->first_job; job; job = next) {
		next = job->next;
		if (model >= 0 && job->model != (uint32_t)model)
			continue;
		if (job->state == JOB_WAITING)
			end_job(job, code);
		else if (model >= 0)
			send_cancel(job);
	}
	kpu_engine_wake(engine);
}

static struct kpu_backend_job *find_running(struct kpu_engine *engine, uint32_t model)
{
	for (struct kpu_backend_job *job = engine->first_job; job; job = job->next) {
		if (job->model == model)
			return job;
	}
	return NULL;
}

void kpu_engine_drain_model(struct kpu_engine *engine, uint32_t model)
{
	uint64_t end = kpu_engine_now_us() + CANCEL_WAIT_US;
	struct kpu_backend_job *job;

	while (find_running(engine, model) && kpu_engine_sleep(engine, end))
		;
	while ((job = find_running(engine, model)))
		kpu_host_abandon(&engine->host, &job->transaction, KPU_STATUS_CANCELLED);
}

static void encode_run(const struct kpu_backend_run *run, uint16_t handle, uint32_t timeout_ms,
		       struct kpu_transaction *transaction)
{
	struct kpu_run_arguments arguments = {
		.model = handle,
		.tap_count = (uint16_t)run->tap_count,
		.stop_layer = run->end_layer,
		.timeout_ms = timeout_ms,
	};

	for (uint32_t i = 0; i < run->tap_count; i++) {
		arguments.taps[i].kind = (uint8_t)run->taps[i].kind;
		arguments.taps[i].index = (uint16_t)run->taps[i].index;
		arguments.taps[i].limit = run->taps[i].limit;
	}
	transaction->argument_length =
		(uint16_t)kpu_encode_run_arguments(transaction->arguments, &arguments);
}

static struct kpu_backend_job *new_job(struct kpu_engine *engine, const struct kpu_backend_run *run)
{
	struct kpu_backend_job *job = calloc(1, sizeof(*job) + run->input_size);

	if (!job)
		return NULL;
	job->output = calloc(1, run->output_size);
	if (!job->output) {
		free(job);
		return NULL;
	}
	memcpy(job->input, run->input, run->input_size);
	job->engine = engine;
	job->model = run->model;
	job->output_size = run->output_size;
	job->transaction.opcode = KPU_OP_RUN;
	job->transaction.bulk_out = job->input;
	job->transaction.bulk_out_length = (uint32_t)run->input_size;
	job->transaction.bulk_in = job->output;
	job->transaction.bulk_in_limit = (uint32_t)run->output_size;
	job->transaction.repeatable = true;
	job->transaction.complete = run_complete;
	job->transaction.owner = job;
	job->outcome.submitted_ns = kpu_now_ns();
	return job;
}

/* With the lock. */
static int enqueue(struct kpu_engine *engine, struct kpu_backend_job *job,
		   const struct kpu_backend_run *run, struct kpu_error *error)
{
	const struct kpu_engine_model *model = &engine->models[run->model];
	struct kpu_backend_job **end = &engine->first_job;
	uint32_t timeout_ms = run->timeout_ms;
	int rc = kpu_engine_check(engine, error);

	if (rc < 0)
		return rc;
	if (!model->used)
		return kpu_fail(error, KPU_ERR_NO_HANDLE, "the model has been freed");
	if (model->generation != engine->generation)
		return kpu_fail(error, KPU_ERR_BOARD_RESET, NULL);
	if (engine->jobs >= KPU_JOBS_PER_DEVICE) {
		return kpu_fail_jobs(error, KPU_JOBS_PER_DEVICE);
	}
	if (!timeout_ms)
		timeout_ms = KPU_RUN_TIMEOUT_MS +
			     KPU_LINE_PATIENCE * (engine->jobs + 1) *
				     kpu_engine_line_ms(engine, run->input_size + run->output_size);
	encode_run(run, model->board_handle, timeout_ms, &job->transaction);
	job->generation = engine->generation;
	job->deadline_us = kpu_engine_now_us() + timeout_ms * 1000ull;
	while (*end)
		end = &(*end)->next;
	*end = job;
	engine->jobs++;
	pump(engine);
	kpu_engine_wake(engine);
	return 0;
}

int kpu_engine_submit(struct kpu_backend *backend, const struct kpu_backend_run *run,
		      struct kpu_backend_job **out, struct kpu_error *error)
{
	struct kpu_engine *engine = (struct kpu_engine *)backend;
	struct kpu_backend_job *job;
	int rc;

	if (run->model >= KPU_ENGINE_MODELS)
		return kpu_fail(error, KPU_ERR_NO_HANDLE, NULL);
	job = new_job(engine, run);
	if (!job)
		return kpu_fail_memory(error);
	pthread_mutex_lock(&engine->lock);
	rc = enqueue(engine, job, run, error);
	pthread_mutex_unlock(&engine->lock);
	if (rc < 0) {
		free(job->output);
		free(job);
		return rc;
	}
	*out = job;
	return 0;
}

int kpu_engine_wait(struct kpu_backend *backend, struct kpu_backend_job *job, int timeout_ms,
		    struct kpu_backend_outcome *outcome, struct kpu_error *error)
{
	struct kpu_engine *engine = (struct kpu_engine *)backend;
	uint64_t end = kpu_engine_now_us() + (uint64_t)(timeout_ms < 0 ? 0 : timeout_ms) * 1000;
	int rc = 0;

	pthread_mutex_lock(&engine->lock);
	/* The job's own deadline is kept by the thread; the second added bounds a defect. */
	if (timeout_ms < 0)
		end = job->deadline_us + 1000000;
	while (job->state != JOB_ENDED && kpu_engine_sleep(engine, end))
		;
	if (job->state != JOB_ENDED) {
		rc = kpu_fail(error, KPU_ERR_TIMEOUT, "the job is still running");
	} else {
		*outcome = job->outcome;
		if (outcome->status == 0) {
			outcome->output = job->output;
			job->output = NULL;
		}
	}
	pthread_mutex_unlock(&engine->lock);
	return rc;
}

static void cancel(struct kpu_backend_job *job)
{
	if (job->state == JOB_WAITING)
		end_job(job, KPU_ERR_CANCELLED);
	else if (job->state == JOB_RUNNING)
		send_cancel(job);
	kpu_engine_wake(job->engine);
}

void kpu_engine_cancel(struct kpu_backend *backend, struct kpu_backend_job *job)
{
	struct kpu_engine *engine = (struct kpu_engine *)backend;

	pthread_mutex_lock(&engine->lock);
	cancel(job);
	pthread_mutex_unlock(&engine->lock);
}

void kpu_engine_release(struct kpu_backend *backend, struct kpu_backend_job *job)
{
	struct kpu_engine *engine = (struct kpu_engine *)backend;
	uint64_t end = kpu_engine_now_us() + CANCEL_WAIT_US;

	pthread_mutex_lock(&engine->lock);
	cancel(job);
	while (job->state != JOB_ENDED && kpu_engine_sleep(engine, end))
		;
	if (job->state != JOB_ENDED)
		kpu_host_abandon(&engine->host, &job->transaction, KPU_STATUS_CANCELLED);
	engine->jobs--;
	pthread_mutex_unlock(&engine->lock);
	free(job->output);
	free(job);
}
