/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "lib/driver.h"
#include "lib/error.h"

_Static_assert((int)KPU_TARGET_OUTPUT == KPU_TAP_KIND_OUTPUT &&
		       (int)KPU_TARGET_LAYER == KPU_TAP_KIND_LAYER &&
		       (int)KPU_TARGET_PROFILE == KPU_TAP_KIND_PROFILE,
	       "kinds of targets are those of taps");
_Static_assert(KPU_TARGETS_MAX == KPU_JOB_TAPS_MAX, "as many targets as taps");
_Static_assert(KPU_BACKEND_ALL_LAYERS == KPU_JOB_ALL_LAYERS, "all layers");

#define RELEASE_WAIT_NS 1000000000ll

struct kpu_backend_job {
	struct kpu_backend_job *next; /* in driver->submitted */
	uint64_t number;
	uint32_t model;
	void *input; /* a buffer of ours with a copy, NULL if the caller's is used */
	void *output;
	bool ended;
};

static int submit(struct kpu_driver *driver, const struct kpu_backend_run *run,
		  struct kpu_backend_job *job, uint32_t timeout_ms, struct kpu_error *error)
{
	struct kpu_ioctl_tap taps[KPU_JOB_TAPS_MAX] = { 0 };
	struct kpu_ioctl_job_submit request = {
		.model = run->model,
		.input_size = run->input_size,
		.output_size = run->output_size,
		.taps = (uintptr_t)taps,
		.tap_count = run->tap_count,
		.tap_size = sizeof(taps[0]),
		.stop_layer = run->end_layer,
		.timeout_ms = timeout_ms,
	};
	int rc;

	for (uint32_t i = 0; i < run->tap_count; i++) {
		taps[i].kind = run->taps[i].kind;
		taps[i].index = run->taps[i].index;
		taps[i].limit = run->taps[i].limit;
	}
	if (!kpu_driver_find_buffer(driver, job->input ? job->input : run->input,
				    &request.input_buffer) ||
	    !kpu_driver_find_buffer(driver, job->output, &request.output_buffer))
		return kpu_fail(error, KPU_ERR_PARAM, "the input's memory has been freed");
	rc = kpu_driver_ioctl(driver, KPU_IOCTL_JOB_SUBMIT, &request);
	if (rc)
		return kpu_driver_fail(driver, rc, "submit a job", error);
	job->number = request.job;
	return 0;
}

static int prepare(struct kpu_driver *driver, const struct kpu_backend_run *run,
		   struct kpu_backend_job *job, struct kpu_error *error)
{
	uint32_t ignored;

	job->output = kpu_driver_memory_alloc(&driver->base, run->output_size);
	if (!job->output)
		return kpu_driver_fail(driver, ENOMEM, "make a buffer for the result", error);
	if (kpu_driver_find_buffer(driver, run->input, &ignored))
		return 0;
	job->input = kpu_driver_memory_alloc(&driver->base, run->input_size);
	if (!job->input)
		return kpu_driver_fail(driver, ENOMEM, "make a buffer for the input", error);
	memcpy(job->input, run->input, run->input_size);
	return 0;
}

static void give_back(struct kpu_driver *driver, struct kpu_backend_job *job)
{
	if (job->input)
		kpu_driver_memory_free(&driver->base, job->input);
	if (job->output)
		kpu_driver_memory_free(&driver->base, job->output);
	job->input = NULL;
	job->output = NULL;
}

/* Queued jobs share the line, so the last one needs the time of all. */
static uint32_t job_timeout(struct kpu_driver *driver, const struct kpu_backend_run *run,
			    unsigned jobs)
{
	struct kpu_ioctl_device_info info = { 0 };
	uint64_t bytes = (run->input_size + run->output_size) * (uint64_t)jobs;

	if (run->timeout_ms)
		return run->timeout_ms;
	kpu_driver_query(driver, KPU_QUERY_DEVICE, &info, sizeof(info), NULL);
	if (!info.line_rate)
		return KPU_RUN_TIMEOUT_MS;
	return KPU_RUN_TIMEOUT_MS + (uint32_t)(KPU_LINE_PATIENCE * bytes * 1000 / info.line_rate);
}

static void add(struct kpu_driver *driver, struct kpu_backend_job *job, uint32_t model)
{
	job->model = model;
	pthread_mutex_lock(&driver->lock);
	job->next = driver->submitted;
	driver->submitted = job;
	pthread_mutex_unlock(&driver->lock);
}

static void take_off(struct kpu_driver *driver, const struct kpu_backend_job *job)
{
	struct kpu_backend_job **place = &driver->submitted;

	pthread_mutex_lock(&driver->lock);
	while (*place != job)
		place = &(*place)->next;
	*place = job->next;
	driver->jobs--;
	pthread_mutex_unlock(&driver->lock);
}

int kpu_driver_submit(struct kpu_backend *backend, const struct kpu_backend_run *run,
		      struct kpu_backend_job **out, struct kpu_error *error)
{
	struct kpu_driver *driver = (struct kpu_driver *)backend;
	struct kpu_backend_job *job;
	unsigned jobs;
	int rc;

	pthread_mutex_lock(&driver->lock);
	jobs = ++driver->jobs;
	pthread_mutex_unlock(&driver->lock);
	job = calloc(1, sizeof(*job));
	if (!job)
		rc = kpu_fail_memory(error);
	else if (jobs > KPU_JOBS_PER_DEVICE)
		rc = kpu_fail_jobs(error, KPU_JOBS_PER_DEVICE);
	else
		rc = prepare(driver, run, job, error);
	if (rc == 0)
		rc = submit(driver, run, job, job_timeout(driver, run, jobs), error);
	if (rc == 0) {
		add(driver, job, run->model);
		*out = job;
		return 0;
	}
	if (job)
		give_back(driver, job);
	free(job);
	pthread_mutex_lock(&driver->lock);
	driver->jobs--;
	pthread_mutex_unlock(&driver->lock);
	return rc;
}

static void take(const struct kpu_ioctl_job_wait *request,
		 const struct kpu_ioctl_tap_result *results, struct kpu_backend_outcome *outcome)
{
	memset(outcome, 0, sizeof(*outcome));
	outcome->status = (int)request->status;
	outcome->layers_run = request->layers_run;
	outcome->problem_layer = request->problem_layer;
	outcome->tap_count = request->tap_count;
	for (uint32_t i = 0; i < request->tap_count && i < KPU_TARGETS_MAX; i++) {
		outcome->taps[i].length = results[i].length;
		outcome->taps[i].type = results[i].data_type;
		outcome->taps[i].width = results[i].width;
		outcome->taps[i].height = results[i].height;
		outcome->taps[i].channels = results[i].channels;
	}
	outcome->cycles = request->cycles;
	outcome->kpu_cycles = request->kpu_cycles;
	outcome->submitted_ns = request->queued_ns;
	outcome->started_ns = request->started_ns;
	outcome->finished_ns = request->finished_ns;
}

/* Returns 0 or errno. */
static int wait_job(struct kpu_driver *driver, struct kpu_backend_job *job, int64_t timeout_ns,
		    struct kpu_backend_outcome *outcome)
{
	struct kpu_ioctl_tap_result results[KPU_JOB_TAPS_MAX] = { 0 };
	uint64_t start = kpu_now_ns();
	struct kpu_ioctl_job_wait request;
	int rc;

	do {
		/* After a signal the time that has passed counts. */
		int64_t left = timeout_ns - (int64_t)(kpu_now_ns() - start);

		memset(&request, 0, sizeof(request));
		request.job = job->number;
		request.timeout_ns = timeout_ns < 0 ? -1 : left > 0 ? left : 0;
		request.tap_count = KPU_JOB_TAPS_MAX;
		request.tap_results = (uintptr_t)results;
		request.tap_size = sizeof(results[0]);
		rc = driver->fd < 0 ? ENOENT : 0;
		if (rc == 0 && ioctl(driver->fd, KPU_IOCTL_JOB_WAIT, &request) < 0)
			rc = errno;
	} while (rc == EINTR);
	if (rc == 0) {
		job->ended = true;
		take(&request, results, outcome);
	}
	return rc;
}

int kpu_driver_wait(struct kpu_backend *backend, struct kpu_backend_job *job, int timeout_ms,
		    struct kpu_backend_outcome *outcome, struct kpu_error *error)
{
	struct kpu_driver *driver = (struct kpu_driver *)backend;
	int rc = wait_job(driver, job, timeout_ms < 0 ? -1 : timeout_ms * 1000000ll, outcome);

	if (rc == ETIMEDOUT)
		return kpu_fail(error, KPU_ERR_TIMEOUT, "the job is still running");
	if (rc)
		return kpu_driver_fail(driver, rc, "wait for a job", error);
	if (outcome->status == 0) {
		outcome->output = job->output;
		job->output = NULL;
	}
	return 0;
}

void kpu_driver_cancel(struct kpu_backend *backend, struct kpu_backend_job *job)
{
	struct kpu_ioctl_job_cancel request = { .job = job->number };

	kpu_driver_ioctl((struct kpu_driver *)backend, KPU_IOCTL_JOB_CANCEL, &request);
}

void kpu_driver_release(struct kpu_backend *backend, struct kpu_backend_job *job)
{
	struct kpu_driver *driver = (struct kpu_driver *)backend;
	struct kpu_backend_outcome unused;

	if (!job->ended && driver->fd >= 0) {
		kpu_driver_cancel(backend, job);
		if (wait_job(driver, job, RELEASE_WAIT_NS, &unused) == ETIMEDOUT) {
			/* The driver still writes to these: they must not serve another job. */
			if (job->input)
				kpu_driver_discard(driver, job->input);
			kpu_driver_discard(driver, job->output);
			job->input = NULL;
			job->output = NULL;
		}
	}
	give_back(driver, job);
	take_off(driver, job);
	free(job);
}

/* No cancellation waits for anything. */
void kpu_driver_cancel_all(struct kpu_driver *driver, uint32_t model)
{
	pthread_mutex_lock(&driver->lock);
	for (struct kpu_backend_job *job = driver->submitted; job; job = job->next) {
		if (job->model == model)
			kpu_driver_cancel(&driver->base, job);
	}
	pthread_mutex_unlock(&driver->lock);
}
