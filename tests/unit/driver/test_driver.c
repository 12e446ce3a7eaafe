/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * What the library makes of the driver's answers: lib/backend_dev.c and lib/driver_*.c with another
 * ioctl(), and memory in place of /dev/kpu0. The real driver has its turn in the guest.
 */
#include <check.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "lib/driver.h"
#include "link/error.h"

#define JOBS_MAX 40u

int fake_ioctl(int fd, unsigned long request, ...);

struct fake_job {
	uint32_t model, status;
	bool finished;
};

static struct {
	unsigned interruptions; /* so many calls more end with EINTR */
	off_t mapped;           /* end of the buffers in the memory */
	uint32_t buffers;
	struct fake_job jobs[JOBS_MAX];
	unsigned job_count;
	unsigned
		waited_for; /* jobs that MODEL_UNLOAD found unfinished: the driver waits for them */
	struct kpu_ioctl_model_load_flash refusal;
	int refusal_number;
	bool dead;
	unsigned questions;
} fake;

static int memory;
static struct kpu_backend *backend;
static struct kpu_error error;

uint64_t kpu_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int fail_with(int number)
{
	errno = number;
	return -1;
}

static int query(const struct kpu_ioctl_query *request)
{
	struct kpu_ioctl_device_info info = { .uapi_version = KPU_UAPI_VERSION,
					      .state = KPU_DEVICE_STATE_READY,
					      .line_rate = 200000 };

	fake.questions++;
	if (fake.dead) {
		info.state = KPU_DEVICE_STATE_DEAD;
		strcpy(info.reason, "it is silent");
	}
	if (request->kind == KPU_QUERY_DEVICE)
		memcpy((void *)(uintptr_t)request->data, &info, request->data_size);
	return 0;
}

static int create_buffer(int fd, struct kpu_ioctl_buffer_create *request)
{
	request->handle = ++fake.buffers;
	request->mmap_offset = (uint64_t)fake.mapped;
	fake.mapped += (off_t)((request->size + 4095) & ~4095ull);
	return ftruncate(fd, fake.mapped);
}

static int submit_job(struct kpu_ioctl_job_submit *request)
{
	struct fake_job *job = &fake.jobs[fake.job_count];

	*job = (struct fake_job){ .model = request->model };
	request->job = ++fake.job_count;
	return 0;
}

static int cancel_job(const struct kpu_ioctl_job_cancel *request)
{
	struct fake_job *job = &fake.jobs[request->job - 1];

	if (!job->finished)
		*job = (struct fake_job){ job->model, KPU_STATUS_CANCELLED, true };
	return 0;
}

static int wait_for_job(struct kpu_ioctl_job_wait *request)
{
	const struct fake_job *job = &fake.jobs[request->job - 1];

	request->status = job->status;
	request->tap_count = 0;
	return job->finished ? 0 : fail_with(ETIMEDOUT);
}

static int unload_model(const struct kpu_ioctl_model_unload *request)
{
	for (unsigned i = 0; i < fake.job_count; i++)
		fake.waited_for += fake.jobs[i].model == request->model && !fake.jobs[i].finished;
	return 0;
}

static int load_from_flash(struct kpu_ioctl_model_load_flash *request)
{
	*request = fake.refusal;
	return fail_with(fake.refusal_number);
}

int fake_ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	if (fake.interruptions) {
		fake.interruptions--;
		return fail_with(EINTR);
	}
	switch (request) {
	case KPU_IOCTL_QUERY:
		return query(argument);
	case KPU_IOCTL_BUFFER_CREATE:
		return create_buffer(fd, argument);
	case KPU_IOCTL_BUFFER_DESTROY:
		return 0;
	case KPU_IOCTL_MODEL_UNLOAD:
		return unload_model(argument);
	case KPU_IOCTL_MODEL_LOAD_FLASH:
		return load_from_flash(argument);
	case KPU_IOCTL_JOB_SUBMIT:
		return submit_job(argument);
	case KPU_IOCTL_JOB_CANCEL:
		return cancel_job(argument);
	case KPU_IOCTL_JOB_WAIT:
		return wait_for_job(argument);
	}
	return fail_with(ENOTTY);
}

static void setup(void)
{
	char path[40];
	struct kpu_uri uri = { .scheme = "dev", .address = path };

	memset(&fake, 0, sizeof(fake));
	memory = memfd_create("kpu0", MFD_CLOEXEC);
	ck_assert_int_ge(memory, 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", memory);
	ck_assert_msg(kpu_backend_dev.open(&uri, &backend, &error) == 0, "%s", error.message);
}

static void teardown(void)
{
	kpu_backend_dev.shutdown(backend);
	kpu_backend_dev.destroy(backend);
	close(memory);
}

static int submit(uint32_t model, struct kpu_backend_job **job)
{
	static const uint8_t input[16];
	struct kpu_backend_run run = { .model = model,
				       .input = input,
				       .input_size = sizeof(input),
				       .tap_count = 1,
				       .output_size = 32,
				       .end_layer = KPU_BACKEND_ALL_LAYERS };

	run.taps[0] = (struct kpu_backend_tap){ KPU_TARGET_OUTPUT, 0, 32 };
	return kpu_backend_dev.submit(backend, &run, job, &error);
}

/* kpu_model_free() has three seconds; jobs on a slow line may have minutes. */
START_TEST(unloading_a_model_ends_its_jobs)
{
	static const uint32_t models[] = { 7, 8, 7, 7, 8 };
	struct kpu_backend_job *jobs[5];
	struct kpu_backend_outcome outcome;

	for (unsigned i = 0; i < 5; i++)
		ck_assert_int_eq(submit(models[i], &jobs[i]), 0);
	kpu_backend_dev.release(backend, jobs[2]);
	kpu_backend_dev.unload(backend, 7);
	ck_assert_uint_eq(fake.waited_for, 0);
	for (unsigned i = 0; i < 5; i++) {
		int rc;

		if (i == 2)
			continue;
		rc = kpu_backend_dev.wait(backend, jobs[i], 0, &outcome, &error);
		ck_assert_int_eq(rc, models[i] == 7 ? 0 : -KPU_ERR_TIMEOUT);
		if (models[i] == 7)
			ck_assert_int_eq(outcome.status, KPU_ERR_CANCELLED);
		kpu_backend_dev.release(backend, jobs[i]);
	}
}
END_TEST

START_TEST(jobs_count_until_they_are_released)
{
	struct kpu_backend_job *jobs[KPU_JOBS_PER_DEVICE + 1];

	for (unsigned i = 0; i < KPU_JOBS_PER_DEVICE; i++)
		ck_assert_int_eq(submit(7, &jobs[i]), 0);
	ck_assert_int_eq(submit(7, &jobs[KPU_JOBS_PER_DEVICE]), -KPU_ERR_BUSY);
	ck_assert_ptr_nonnull(strstr(error.next_step, "free it"));
	kpu_backend_dev.release(backend, jobs[3]);
	ck_assert_int_eq(submit(7, &jobs[3]), 0);
	for (unsigned i = 0; i < KPU_JOBS_PER_DEVICE; i++)
		kpu_backend_dev.release(backend, jobs[i]);
}
END_TEST

/* The firmware has one sentence for all that can be wrong with a model: the layer says more. */
START_TEST(a_refused_model_in_the_flash_is_named_by_its_layer)
{
	const struct kpu_backend_flash_model where = { .address = 0x300000, .size = 1000 };
	const struct kpu_load_options options = { 0 };
	uint32_t model;

	fake.refusal = (struct kpu_ioctl_model_load_flash){ .status = KPU_STATUS_KMODEL_FORMAT,
							    .problem_layer = 5,
							    .problem = "the board refuses it" };
	fake.refusal_number = EINVAL;
	ck_assert_int_eq(kpu_backend_dev.load_flash(backend, &where, &options, &model, &error),
			 -KPU_ERR_KMODEL_FORMAT);
	ck_assert_str_eq(error.message, "the board refused the model: layer 5: the board refuses "
					"it");
	fake.refusal.problem_layer = 0xffffffff;
	kpu_backend_dev.load_flash(backend, &where, &options, &model, &error);
	ck_assert_str_eq(error.message, "the board refused the model: the board refuses it");
	fake.refusal = (struct kpu_ioctl_model_load_flash){ 0 };
	ck_assert_int_eq(kpu_backend_dev.load_flash(backend, &where, &options, &model, &error),
			 -KPU_ERR_PARAM);
}
END_TEST

/* What the board has said of an error tells more than the errno, unless the board is no more. */
START_TEST(a_board_that_was_given_up_is_asked_for_once)
{
	static const struct {
		int number;
		uint32_t status;
		bool dead;
		int code;
		unsigned questions;
	} cases[] = {
		{ EIO, KPU_STATUS_KMODEL_FORMAT, true, KPU_ERR_DEVICE_GONE, 1 },
		{ EIO, KPU_STATUS_KMODEL_FORMAT, false, KPU_ERR_KMODEL_FORMAT, 1 },
		{ EIO, 0, true, KPU_ERR_DEVICE_GONE, 1 },
		{ EIO, 0, false, KPU_ERR_IO, 1 },
		{ EINVAL, KPU_STATUS_KMODEL_FORMAT, true, KPU_ERR_KMODEL_FORMAT, 0 },
		{ EINVAL, 0, true, KPU_ERR_PARAM, 0 },
	};
	const struct kpu_backend_flash_model where = { .address = 0x300000, .size = 1000 };
	const struct kpu_load_options options = { 0 };
	uint32_t model;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fake.refusal.status = cases[i].status;
		fake.refusal_number = cases[i].number;
		fake.dead = cases[i].dead;
		fake.questions = 0;
		ck_assert_int_eq(kpu_backend_dev.load_flash(backend, &where, &options, &model,
							    &error),
				 -cases[i].code);
		ck_assert_uint_eq(fake.questions, cases[i].questions);
		ck_assert(!strstr(error.message, "given up: it is silent") ==
			  (cases[i].code != KPU_ERR_DEVICE_GONE));
	}
	fake.dead = false;
}
END_TEST

START_TEST(signals_end_no_call)
{
	struct kpu_device_info info = { 0 };
	struct kpu_backend_job *job;

	fake.interruptions = 3;
	ck_assert_int_eq(kpu_backend_dev.info(backend, &info, &error), 0);
	ck_assert_uint_eq(info.line_rate, 200000);
	fake.interruptions = 3;
	ck_assert_int_eq(submit(7, &job), 0);
	fake.interruptions = 3;
	kpu_backend_dev.cancel(backend, job);
	ck_assert(fake.jobs[0].finished);
	fake.interruptions = 3;
	kpu_backend_dev.release(backend, job);
	ck_assert_uint_eq(fake.interruptions, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("driver's library");
	TCase *tests = tcase_create("answers");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, unloading_a_model_ends_its_jobs);
	tcase_add_test(tests, jobs_count_until_they_are_released);
	tcase_add_test(tests, a_refused_model_in_the_flash_is_named_by_its_layer);
	tcase_add_test(tests, a_board_that_was_given_up_is_asked_for_once);
	tcase_add_test(tests, signals_end_no_call);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
