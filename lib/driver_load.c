/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Loading a model blocks in the driver until the board has answered. A helper thread does that when
 * the caller wants to see the progress.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "lib/driver.h"
#include "lib/error.h"

#define PROGRESS_INTERVAL_NS 100000000ull

struct loading {
	struct kpu_driver *driver;
	struct kpu_ioctl_model_load request;
	int rc; /* errno */
	pthread_mutex_t lock;
	pthread_cond_t ended;
	bool done;
};

static void *load_thread(void *context)
{
	struct loading *loading = context;
	int rc = kpu_driver_ioctl(loading->driver, KPU_IOCTL_MODEL_LOAD, &loading->request);

	pthread_mutex_lock(&loading->lock);
	loading->rc = rc;
	loading->done = true;
	pthread_cond_signal(&loading->ended);
	pthread_mutex_unlock(&loading->lock);
	return NULL;
}

static uint64_t bytes_sent(struct kpu_driver *driver)
{
	struct kpu_ioctl_link_counters counters = { 0 };

	kpu_driver_query(driver, KPU_QUERY_HOST_LINK, &counters, sizeof(counters), NULL);
	return counters.bytes_sent;
}

/* How far it is, by the bytes on the line; other clients' traffic may make it look faster. */
static bool report(struct loading *loading, const struct kpu_load_options *options, uint64_t start)
{
	size_t total = loading->request.size;
	uint64_t done = bytes_sent(loading->driver) - start;

	return options->progress(options->context, done < total ? (size_t)done : total - 1, total);
}

static bool watch(struct loading *loading, const struct kpu_load_options *options)
{
	uint64_t start = bytes_sent(loading->driver);
	bool go_on = true;

	pthread_mutex_lock(&loading->lock);
	while (!loading->done) {
		uint64_t until = kpu_now_ns() + PROGRESS_INTERVAL_NS;
		struct timespec when = {
			.tv_sec = (time_t)(until / 1000000000),
			.tv_nsec = (long)(until % 1000000000),
		};

		pthread_cond_clockwait(&loading->ended, &loading->lock, CLOCK_MONOTONIC, &when);
		if (loading->done || !go_on)
			continue;
		pthread_mutex_unlock(&loading->lock);
		go_on = report(loading, options, start);
		pthread_mutex_lock(&loading->lock);
	}
	pthread_mutex_unlock(&loading->lock);
	return go_on;
}

/* Returns false if the caller has had enough. The driver cannot be interrupted: it ends first. */
static bool run(struct loading *loading, const struct kpu_load_options *options)
{
	sigset_t all, before;
	pthread_t thread;
	bool go_on;
	int rc;

	if (!options->progress) {
		load_thread(loading);
		return true;
	}
	if (!options->progress(options->context, 0, loading->request.size))
		return false;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&thread, NULL, load_thread, loading);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc) {
		load_thread(loading);
		return true;
	}
	go_on = watch(loading, options);
	pthread_join(thread, NULL);
	if (go_on && loading->rc == 0)
		go_on = options->progress(options->context, loading->request.size,
					  loading->request.size);
	return go_on;
}

int kpu_driver_refused(struct kpu_driver *driver, int number,
		       const struct kpu_ioctl_model_load *answer, struct kpu_error *error)
{
	int code = (int)answer->status, length = (int)sizeof(answer->problem) - 1, rc;

	if (!kpu_error_known(code))
		return kpu_driver_fail(driver, number, "load the model", error);
	rc = kpu_driver_check_dead(driver, number, error);
	if (rc < 0)
		return rc;
	if (!answer->problem[0])
		return kpu_fail(error, code, NULL);
	if (answer->problem_layer == 0xffffffffu)
		return kpu_fail(error, code, "the board refused the model: %.*s", length,
				answer->problem);
	return kpu_fail(error, code, "the board refused the model: layer %u: %.*s",
			answer->problem_layer, length, answer->problem);
}

int kpu_driver_load(struct kpu_backend *backend, const void *data, size_t size,
		    const struct kpu_load_options *options, uint32_t *model,
		    struct kpu_error *error)
{
	struct kpu_driver *driver = (struct kpu_driver *)backend;
	struct loading loading = { .driver = driver };
	void *memory = kpu_driver_memory_alloc(backend, size);
	bool go_on;
	int rc = 0;

	if (!memory || !kpu_driver_find_buffer(driver, memory, &loading.request.buffer))
		return kpu_driver_fail(driver, ENOMEM, "make a buffer for the model", error);
	memcpy(memory, data, size);
	loading.request.size = size;
	loading.request.timeout_ms = options->timeout_ms;
	pthread_mutex_init(&loading.lock, NULL);
	pthread_cond_init(&loading.ended, NULL);
	go_on = run(&loading, options);
	pthread_cond_destroy(&loading.ended);
	pthread_mutex_destroy(&loading.lock);
	kpu_driver_memory_free(backend, memory);
	if (loading.rc)
		rc = kpu_driver_refused(driver, loading.rc, &loading.request, error);
	else if (!go_on)
		rc = kpu_fail(error, KPU_ERR_CANCELLED, "loading was cancelled");
	if (loading.request.model && loading.rc == 0 && rc < 0)
		kpu_driver_unload(backend, loading.request.model);
	*model = loading.request.model;
	return rc;
}

void kpu_driver_unload(struct kpu_backend *backend, uint32_t model)
{
	struct kpu_driver *driver = (struct kpu_driver *)backend;
	struct kpu_ioctl_model_unload request = { .model = model };

	/* The driver waits for them, and each has the time that it was given. */
	kpu_driver_cancel_all(driver, model);
	kpu_driver_ioctl(driver, KPU_IOCTL_MODEL_UNLOAD, &request);
}
