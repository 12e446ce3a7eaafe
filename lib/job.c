/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/api.h"
#include "lib/object.h"

/* Of sending a model again for one job, should the board be reset in the middle of it. */
#define SUBMIT_ATTEMPTS 3u

enum job_state {
	JOB_RUNNING,
	JOB_ENDED, /* its outcome is here, nobody has asked for it yet */
	JOB_TAKEN,
};

struct kpu_job {
	struct kpu_model *model;
	struct kpu_backend_job *backend_job;
	pthread_mutex_t lock; /* held while waiting; of all below */
	enum job_state state;
	struct kpu_backend_run run;
	struct kpu_backend_outcome outcome;
};

static int add_tap(struct kpu_model *model, struct kpu_backend_run *run,
		   const struct kpu_target *target)
{
	const struct kpu_network *network = model->network;
	struct kpu_backend_tap *tap = &run->taps[run->tap_count];
	size_t bytes = kpu_network_target_bytes(network, target);

	if (target->kind == KPU_TARGET_OUTPUT && target->index >= network->info.outputs)
		return kpu_device_fail(model->device, KPU_ERR_IDX_OUTRANGE, "output %u of %u",
				       target->index, network->info.outputs);
	if (target->kind == KPU_TARGET_LAYER && target->index >= network->info.layers)
		return kpu_device_fail(model->device, KPU_ERR_IDX_OUTRANGE, "layer %u of %u",
				       target->index, network->info.layers);
	if (bytes == 0)
		return kpu_device_fail(model->device, KPU_ERR_GET_CONV_LAYER,
				       "target kind %u, number %u has no data to bring back",
				       target->kind, target->index);
	tap->kind = target->kind;
	tap->index = target->index;
	tap->limit = (uint32_t)bytes;
	run->tap_count++;
	run->output_size += bytes;
	return 0;
}

static int add_taps(struct kpu_model *model, struct kpu_backend_run *run,
		    const struct kpu_run_options *options)
{
	int rc = 0;

	if (options && options->target_count > KPU_TARGETS_MAX)
		return kpu_device_fail(model->device, KPU_ERR_PARAM, "%zu targets, at most %u",
				       options->target_count, KPU_TARGETS_MAX);
	if (options && options->target_count && options->targets) {
		for (size_t i = 0; i < options->target_count && rc == 0; i++)
			rc = add_tap(model, run, &options->targets[i]);
		return rc;
	}
	for (uint32_t i = 0; i < model->network->info.outputs && rc == 0; i++) {
		struct kpu_target target = { KPU_TARGET_OUTPUT, i };

		rc = add_tap(model, run, &target);
	}
	return rc;
}

/* Outputs are there when all layers have run; of the others each behind its own. */
static int check_end(struct kpu_model *model, const struct kpu_backend_run *run, uint32_t layers)
{
	if (layers > model->network->info.layers)
		return kpu_device_fail(model->device, KPU_ERR_IDX_OUTRANGE, "%u layers of %u",
				       layers, model->network->info.layers);
	for (uint32_t i = 0; i < run->tap_count; i++) {
		const struct kpu_backend_tap *tap = &run->taps[i];

		if (tap->kind == KPU_TARGET_LAYER && tap->index >= layers)
			return kpu_device_fail(model->device, KPU_ERR_IDX_OUTRANGE,
					       "target layer %u lies behind the %u layers to run",
					       tap->index, layers);
		if (tap->kind == KPU_TARGET_OUTPUT && layers < model->network->info.layers)
			return kpu_device_fail(model->device, KPU_ERR_PARAM,
					       "output %u needs all %u layers, layer_count is %u",
					       tap->index, model->network->info.layers, layers);
	}
	return 0;
}

static int plan_run(struct kpu_model *model, const void *input, size_t size,
		    const struct kpu_run_options *options, struct kpu_backend_run *run)
{
	int rc;

	memset(run, 0, sizeof(*run));
	if (size != model->network->info.input_bytes)
		return kpu_device_fail(model->device, KPU_ERR_SIZE_NOTMATCH,
				       "the input has %zu bytes, the model takes %zu", size,
				       model->network->info.input_bytes);
	run->input = input;
	run->input_size = size;
	rc = add_taps(model, run, options);
	if (rc < 0)
		return rc;
	run->end_layer = KPU_BACKEND_ALL_LAYERS;
	if (options && options->layer_count) {
		run->end_layer = options->layer_count - 1;
		rc = check_end(model, run, options->layer_count);
	}
	run->timeout_ms = options ? options->timeout_ms : 0;
	if (!run->timeout_ms)
		run->timeout_ms = atomic_load(&model->device->timeout_ms);
	return rc;
}

/*
 * After a reset of the board the model is not there any more. It is sent again, here and not when
 * the reset is noticed, so that the board's memory goes to those who still use their models.
 */
static int submit(struct kpu_job *job, struct kpu_error *error)
{
	struct kpu_model *model = job->model;
	struct kpu_backend *backend = model->device->backend;
	unsigned attempts = 0;
	uint32_t loads;
	int rc;

	for (;;) {
		job->run.model = kpu_model_handle(model, &loads);
		rc = backend->ops->submit(backend, &job->run, &job->backend_job, error);
		/* No such handle: another thread has just put a new one in its place. */
		if ((rc != -KPU_ERR_BOARD_RESET && rc != -KPU_ERR_NO_HANDLE) ||
		    attempts++ == SUBMIT_ATTEMPTS)
			return rc;
		if (rc == -KPU_ERR_NO_HANDLE && !kpu_model_replaced(model, loads))
			return rc;
		rc = kpu_model_load_again(model, loads, error);
		/* It may be reset in the middle of that. */
		if (rc < 0 && rc != -KPU_ERR_BOARD_RESET)
			return rc;
	}
}

KPU_API int kpu_submit(struct kpu_model *model, const void *input, size_t size,
		       const struct kpu_run_options *options, struct kpu_job **job)
{
	struct kpu_error error;
	struct kpu_job *made;
	int rc;

	if (!model || !input || !job)
		return kpu_device_null(model ? model->device : NULL);
	*job = NULL;
	made = calloc(1, sizeof(*made));
	if (!made)
		return kpu_device_fail(model->device, KPU_ERR_HOST_MEMORY, "no memory for a job");
	made->model = model;
	rc = plan_run(model, input, size, options, &made->run);
	if (rc == 0) {
		rc = submit(made, &error);
		kpu_device_note(model->device, rc, &error);
	}
	if (rc < 0) {
		free(made);
		return rc;
	}
	made->run.input = NULL;
	pthread_mutex_init(&made->lock, NULL);
	kpu_model_reference(model);
	*job = made;
	return 0;
}

static int lock_until(pthread_mutex_t *lock, int timeout_ms)
{
	struct timespec end;

	if (timeout_ms < 0)
		return pthread_mutex_lock(lock);
	if (timeout_ms == 0)
		return pthread_mutex_trylock(lock);
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += timeout_ms / 1000;
	end.tv_nsec += timeout_ms % 1000 * 1000000L;
	if (end.tv_nsec >= 1000000000L) {
		end.tv_nsec -= 1000000000L;
		end.tv_sec++;
	}
	return pthread_mutex_clocklock(lock, CLOCK_MONOTONIC, &end);
}

/* With the lock: brings the job to JOB_ENDED or fails. */
static int wait_locked(struct kpu_job *job, int timeout_ms, struct kpu_error *error)
{
	struct kpu_backend *backend = job->model->device->backend;
	int rc;

	if (job->state == JOB_ENDED)
		return 0;
	if (job->state == JOB_TAKEN)
		return kpu_fail(error, KPU_ERR_NO_HANDLE, "the job's result was taken before");
	rc = backend->ops->wait(backend, job->backend_job, timeout_ms, &job->outcome, error);
	if (rc == 0)
		job->state = JOB_ENDED;
	return rc;
}

/* All layers were good when the model was loaded. */
static int fail_layer(const struct kpu_job *job, int code, uint32_t layer)
{
	const struct kpu_model *model = job->model;
	const char *type = model->network->layers[layer].type_name;

	if (model->flash.stream && code == KPU_ERR_RUN_MODEL)
		return kpu_device_fail(model->device, code,
				       "layer %u (%s): the flash at %#x does not hold what it held "
				       "when the model was loaded",
				       layer, type, model->flash.address);
	return kpu_device_fail(model->device, code, "layer %u (%s): %s", layer, type,
			       kpu_strerror(code));
}

static int fail_outcome(struct kpu_job *job)
{
	struct kpu_device *device = job->model->device;
	const struct kpu_backend_outcome *outcome = &job->outcome;
	int code = outcome->status;

	if (!kpu_error_known(code))
		return kpu_device_fail(device, KPU_ERR_PROTOCOL,
				       "the board answered with status %d, which has no meaning",
				       code);
	if (outcome->problem_layer < job->model->network->info.layers &&
	    (code == KPU_ERR_KPU_HUNG || code == KPU_ERR_RUN_MODEL))
		return fail_layer(job, code, outcome->problem_layer);
	return kpu_device_fail(device, code, "%s", kpu_strerror(code));
}

static int take_locked(struct kpu_job *job, struct kpu_result **result)
{
	job->state = JOB_TAKEN;
	if (job->outcome.status)
		return fail_outcome(job);
	return kpu_result_make(job->model, &job->run, &job->outcome, result);
}

KPU_API int kpu_job_wait(struct kpu_job *job, int timeout_ms, struct kpu_result **result)
{
	struct kpu_error error;
	int rc;

	if (!job || !result)
		return kpu_device_null(job ? job->model->device : NULL);
	*result = NULL;
	if (lock_until(&job->lock, timeout_ms))
		return kpu_device_fail(job->model->device, KPU_ERR_TIMEOUT,
				       "the job is still running");
	rc = wait_locked(job, timeout_ms, &error);
	if (rc == 0)
		rc = take_locked(job, result);
	else
		kpu_device_note(job->model->device, rc, &error);
	pthread_mutex_unlock(&job->lock);
	return rc;
}

KPU_API bool kpu_job_done(struct kpu_job *job)
{
	struct kpu_error error;
	bool done;

	if (!job)
		return true;
	/* Somebody waits for it right now: it has not ended. */
	if (pthread_mutex_trylock(&job->lock))
		return false;
	done = job->state != JOB_RUNNING || wait_locked(job, 0, &error) != -KPU_ERR_TIMEOUT;
	pthread_mutex_unlock(&job->lock);
	return done;
}

KPU_API int kpu_job_cancel(struct kpu_job *job)
{
	struct kpu_backend *backend;

	if (!job)
		return -KPU_ERR_PARAM;
	backend = job->model->device->backend;
	backend->ops->cancel(backend, job->backend_job);
	return 0;
}

KPU_API void kpu_job_free(struct kpu_job *job)
{
	struct kpu_backend *backend;

	if (!job)
		return;
	backend = job->model->device->backend;
	if (job->state == JOB_ENDED && job->outcome.output)
		backend->ops->memory_free(backend, job->outcome.output);
	backend->ops->release(backend, job->backend_job);
	kpu_model_unreference(job->model);
	pthread_mutex_destroy(&job->lock);
	free(job);
}
