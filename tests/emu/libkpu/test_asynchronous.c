/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Frames in flight, time-outs and cancelling, on a board that is really busy. */
#include <stdlib.h>
#include <time.h>

#include "tests/emu/libkpu/models.h"
#include "tests/emu/libkpu/suites.h"

/* The additions take the board far longer than any test waits. */
#define ENDLESS 600
#define FRAMES  24

static struct kpu_device *device;
static struct kpu_model *quick, *endless;

static struct kpu_model *load(unsigned layers)
{
	struct kpu_model *model;
	struct kpu_error error;
	size_t size;
	uint8_t *data = slow_model(layers, &size);
	int rc = kpu_load_memory(device, data, size, NULL, &model);

	kpu_last_error(device, &error);
	ck_assert_msg(rc == 0, "%s", error.message);
	free(data);
	return model;
}

static void set_up(void)
{
	device = open_emulated("");
	quick = load(1);
	endless = load(ENDLESS);
}

static void tear_down(void)
{
	kpu_model_free(quick);
	kpu_model_free(endless);
	kpu_close(device);
}

static struct kpu_job *submit(struct kpu_model *model, float x, uint32_t timeout_ms)
{
	struct kpu_run_options options = { .timeout_ms = timeout_ms };
	struct kpu_job *job;

	ck_assert_int_eq(kpu_submit(model, &x, sizeof(x), &options, &job), 0);
	return job;
}

static void check_result(struct kpu_job *job, float x)
{
	struct kpu_result *result;
	struct kpu_tensor tensor;

	ck_assert_int_eq(kpu_job_wait(job, -1, &result), 0);
	kpu_result_tensor(result, 0, &tensor);
	ck_assert_float_eq(*(const float *)tensor.data, 3 * x + 1);
	kpu_result_free(result);
	kpu_job_free(job);
}

static void check_ends(struct kpu_job *job, int code, double within)
{
	double start = seconds();
	struct kpu_result *result;

	ck_assert_int_eq(kpu_job_wait(job, (int)(within * 1000), &result), -code);
	ck_assert(kpu_job_done(job));
	ck_assert_double_lt(seconds() - start, within);
	kpu_job_free(job);
}

/* Time enough to reach the board and begin there. */
static void let_it_begin(struct kpu_job *job)
{
	struct timespec pause = { 0, 300000000 };

	nanosleep(&pause, NULL);
	ck_assert(!kpu_job_done(job));
}

START_TEST(frames_in_flight_come_back_each_with_its_own_result)
{
	struct kpu_job *jobs[FRAMES];

	for (unsigned i = 0; i < FRAMES; i++)
		jobs[i] = submit(quick, (float)i, 0);
	/* In whatever order they are asked for. */
	for (unsigned i = FRAMES; i-- > 0;)
		check_result(jobs[i], (float)i);
}
END_TEST

START_TEST(a_running_job_is_cancelled)
{
	struct kpu_job *job = submit(endless, 1, 120000);

	let_it_begin(job);
	ck_assert_int_eq(kpu_job_cancel(job), 0);
	check_ends(job, KPU_ERR_CANCELLED, 5);
	/* The board goes on at once, with both models. */
	check_result(submit(quick, 2, 0), 2);
	job = submit(endless, 1, 120000);
	let_it_begin(job);
	kpu_job_free(job);
	check_result(submit(quick, 3, 0), 3);
}
END_TEST

START_TEST(queued_jobs_are_cancelled)
{
	struct kpu_job *running = submit(endless, 1, 120000), *jobs[6];

	for (unsigned i = 0; i < 6; i++)
		jobs[i] = submit(quick, (float)i, 0);
	let_it_begin(running);
	/* The first waits on the board, the others on the host. */
	kpu_job_cancel(jobs[0]);
	kpu_job_cancel(jobs[3]);
	check_ends(jobs[0], KPU_ERR_CANCELLED, 5);
	check_ends(jobs[3], KPU_ERR_CANCELLED, 5);
	ck_assert(!kpu_job_done(running));
	ck_assert(!kpu_job_done(jobs[1]));
	kpu_job_cancel(running);
	check_ends(running, KPU_ERR_CANCELLED, 5);
	check_result(jobs[1], 1);
	check_result(jobs[2], 2);
	check_result(jobs[4], 4);
	check_result(jobs[5], 5);
}
END_TEST

/* The board keeps time-outs of its runs by its own clock, which here may run faster than ours. */
START_TEST(time_outs_end_running_and_queued_jobs)
{
	struct kpu_job *running = submit(endless, 1, 120000), *on_board, *on_host, *patient;
	double start = seconds();

	on_board = submit(quick, 1, 400);
	patient = submit(quick, 2, 60000);
	on_host = submit(quick, 3, 400);
	check_ends(on_host, KPU_ERR_TIMEOUT, 5);
	ck_assert_double_ge(seconds() - start, 0.4);
	check_ends(on_board, KPU_ERR_TIMEOUT, 5);
	ck_assert(!kpu_job_done(running));
	kpu_job_free(running);
	check_result(patient, 2);
	check_ends(submit(endless, 1, 700), KPU_ERR_TIMEOUT, 5);
	check_result(submit(quick, 4, 0), 4);
}
END_TEST

START_TEST(the_device_has_a_time_out_for_jobs_without)
{
	kpu_set_timeout(device, 500);
	check_ends(submit(endless, 1, 0), KPU_ERR_TIMEOUT, 30);
	check_result(submit(quick, 5, 60000), 5);
	kpu_set_timeout(device, 0);
	check_result(submit(quick, 6, 0), 6);
}
END_TEST

START_TEST(freeing_a_model_ends_its_jobs_only)
{
	struct kpu_job *running = submit(endless, 1, 120000), *other = submit(quick, 7, 0);

	let_it_begin(running);
	kpu_model_free(endless);
	check_ends(running, KPU_ERR_CANCELLED, 5);
	check_result(other, 7);
	endless = load(1);
	check_result(submit(endless, 5, 0), 5);
}
END_TEST

TCase *asynchronous_tests(void)
{
	TCase *tests = tcase_create("asynchronous");

	tcase_set_timeout(tests, 120);
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, frames_in_flight_come_back_each_with_its_own_result);
	tcase_add_test(tests, a_running_job_is_cancelled);
	tcase_add_test(tests, queued_jobs_are_cancelled);
	tcase_add_test(tests, time_outs_end_running_and_queued_jobs);
	tcase_add_test(tests, the_device_has_a_time_out_for_jobs_without);
	tcase_add_test(tests, freeing_a_model_ends_its_jobs_only);
	return tests;
}
