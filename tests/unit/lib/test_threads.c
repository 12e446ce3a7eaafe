/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Many threads on one device, and many devices at once. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/lib/opened.h"
#include "tests/unit/lib/suites.h"

#define THREADS 6
#define ROUNDS  8

static struct opened o;

/* Returns NULL if everything went well, else what did not. */
static void *use_device(void *context)
{
	struct kpu_result *result;
	struct kpu_tensor tensor;
	struct kpu_memory memory;

	(void)context;
	for (unsigned i = 0; i < ROUNDS; i++) {
		if (kpu_ping(o.device, NULL) < 0 || kpu_memory(o.device, &memory) < 0)
			return (void *)(uintptr_t) "question";
		if (kpu_forward_layer(o.model, o.input, o.info.input_bytes, 2, &result) < 0)
			return (void *)(uintptr_t) "forward";
		kpu_result_tensor(result, 0, &tensor);
		for (size_t k = 0; k < tensor.info.bytes; k++) {
			if (((const uint8_t *)tensor.data)[k] != fake_board_byte(2, k))
				return (void *)(uintptr_t) "data";
		}
		kpu_result_free(result);
	}
	return NULL;
}

START_TEST(one_device_serves_many_threads)
{
	pthread_t threads[THREADS];
	void *problem;

	open_all(&o, BEHAVE);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, use_device, NULL);
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &problem);
		ck_assert_msg(problem == NULL, "%s: %s", (char *)problem, last_error(&o).message);
	}
	ck_assert_uint_eq(fake_board_runs(o.board), THREADS * ROUNDS);
	close_all(&o);
}
END_TEST

static void *own_device(void *context)
{
	struct fake_board *board = fake_board_start(BEHAVE);
	struct kpu_device *device;
	void *problem = NULL;

	(void)context;
	for (unsigned i = 0; i < 3 && !problem; i++) {
		if (kpu_open(fake_board_uri(board), &device, NULL) < 0)
			problem = (void *)(uintptr_t) "open";
		else if (kpu_ping(device, NULL) < 0)
			problem = (void *)(uintptr_t) "ping";
		kpu_close(device);
	}
	fake_board_stop(board);
	return problem;
}

START_TEST(each_thread_may_have_its_own_device)
{
	pthread_t threads[THREADS];
	void *problem;

	for (unsigned i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, own_device, NULL);
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &problem);
		ck_assert_msg(problem == NULL, "%s", (char *)problem);
	}
}
END_TEST

static void *wait_for(void *job)
{
	struct kpu_result *result;
	int rc = kpu_job_wait(job, -1, &result);

	return (void *)(intptr_t)rc;
}

START_TEST(a_job_that_one_thread_waits_for_is_cancelled_by_another)
{
	struct kpu_job *job;
	pthread_t thread;
	void *rc;

	open_all(&o, SILENT_RUN);
	ck_assert_int_eq(kpu_submit(o.model, o.input, o.info.input_bytes, NULL, &job), 0);
	pthread_create(&thread, NULL, wait_for, job);
	ck_assert(!kpu_job_done(job));
	ck_assert_int_eq(kpu_job_cancel(job), 0);
	pthread_join(thread, &rc);
	ck_assert_int_eq((int)(intptr_t)rc, -KPU_ERR_CANCELLED);
	kpu_job_free(job);
	close_all(&o);
}
END_TEST

TCase *thread_tests(void)
{
	TCase *tests = tcase_create("threads");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, one_device_serves_many_threads);
	tcase_add_test(tests, each_thread_may_have_its_own_device);
	tcase_add_test(tests, a_job_that_one_thread_waits_for_is_cancelled_by_another);
	return tests;
}
