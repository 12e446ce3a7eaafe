/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Whatever a board answers, the program gets an error and keeps its memory. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/lib/opened.h"
#include "tests/unit/lib/suites.h"

static struct opened o;

static void expect_run_error(enum misbehaviour misbehaviour, int code)
{
	struct kpu_result *result;

	open_all(&o, misbehaviour);
	ck_assert_int_eq(kpu_forward(o.model, o.input, o.info.input_bytes, &result), -code);
	ck_assert_ptr_null(result);
	ck_assert_uint_gt(strlen(last_error(&o).message), 10);
	close_all(&o);
}

START_TEST(results_that_contradict_the_model)
{
	static const enum misbehaviour kinds[] = { UNKNOWN_STATUS, WRONG_LENGTH,    WRONG_TYPE,
						   TOO_FEW_TAPS,   TOO_MANY_LAYERS, SHORT_BULK,
						   DAMAGED_RESULT };

	expect_run_error(kinds[_i], KPU_ERR_PROTOCOL);
}
END_TEST

START_TEST(a_line_that_closes_in_a_run)
{
	struct timespec before, after;
	struct kpu_result *result;

	open_all(&o, CLOSE_IN_RUN);
	clock_gettime(CLOCK_MONOTONIC, &before);
	ck_assert_int_eq(kpu_forward(o.model, o.input, o.info.input_bytes, &result),
			 -KPU_ERR_DEVICE_GONE);
	clock_gettime(CLOCK_MONOTONIC, &after);
	ck_assert_int_le(after.tv_sec - before.tv_sec, 1);
	ck_assert_int_eq(kpu_forward(o.model, o.input, o.info.input_bytes, &result),
			 -KPU_ERR_DEVICE_GONE);
	ck_assert_int_eq(kpu_ping(o.device, NULL), -KPU_ERR_DEVICE_GONE);
	close_all(&o);
}
END_TEST

START_TEST(a_board_that_resets_in_a_run)
{
	struct kpu_result *result;

	open_all(&o, RESET_IN_RUN);
	ck_assert_int_eq(kpu_forward(o.model, o.input, o.info.input_bytes, &result),
			 -KPU_ERR_BOARD_RESET);
	/* The model is of the former life: it is loaded again, and there the board resets again. */
	ck_assert_int_eq(kpu_forward(o.model, o.input, o.info.input_bytes, &result),
			 -KPU_ERR_BOARD_RESET);
	ck_assert_uint_eq(fake_board_loads(o.board), 2);
	kpu_model_free(o.model);
	ck_assert_int_eq(kpu_ping(o.device, NULL), 0);
	ck_assert_int_eq(load_discs(&o), 0);
	close_all(&o);
}
END_TEST

/* Several threads notice the reset at the same time; one of them sends the model. */
static void *forward_until_right(void *unused)
{
	struct kpu_tensor tensor;
	struct kpu_result *result;
	int rc, interrupted = 0;

	(void)unused;
	do {
		rc = kpu_forward(o.model, o.input, o.info.input_bytes, &result);
		ck_assert(rc == 0 || rc == -KPU_ERR_BOARD_RESET);
	} while (rc < 0 && ++interrupted < 3);
	ck_assert_int_eq(rc, 0);
	ck_assert_int_le(interrupted, 1);
	ck_assert_int_eq(kpu_result_tensor(result, 0, &tensor), 0);
	for (size_t i = 0; i < tensor.info.bytes; i++)
		ck_assert_uint_eq(((const uint8_t *)tensor.data)[i],
				  fake_board_byte(tensor.target.index, i));
	kpu_result_free(result);
	return NULL;
}

START_TEST(a_model_is_loaded_again)
{
	pthread_t threads[4];

	open_all(&o, RESET_ONCE);
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, forward_until_right, NULL);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	ck_assert_uint_eq(fake_board_loads(o.board), 2);
	close_all(&o);
}
END_TEST

START_TEST(a_board_that_does_not_obey)
{
	struct timespec before, after;
	struct kpu_job *job;

	open_all(&o, DEAF_RUN);
	ck_assert_int_eq(kpu_submit(o.model, o.input, o.info.input_bytes, NULL, &job), 0);
	clock_gettime(CLOCK_MONOTONIC, &before);
	kpu_job_free(job);
	clock_gettime(CLOCK_MONOTONIC, &after);
	ck_assert_int_le(after.tv_sec - before.tv_sec, 2);
	close_all(&o);
}
END_TEST

START_TEST(answers_of_the_wrong_form)
{
	struct kpu_device *device;
	struct kpu_error error;
	struct fake_board *board = fake_board_start(DAMAGED_INFO);

	ck_assert_int_eq(kpu_open(fake_board_uri(board), &device, &error), -KPU_ERR_PROTOCOL);
	ck_assert_ptr_null(device);
	fake_board_stop(board);
	open_board(&o, WRONG_ECHO);
	ck_assert_int_eq(kpu_ping(o.device, NULL), -KPU_ERR_PROTOCOL);
	close_all(&o);
	open_board(&o, ZERO_MODEL);
	ck_assert_int_eq(load_discs(&o), -KPU_ERR_PROTOCOL);
	close_all(&o);
}
END_TEST

START_TEST(refusals_are_shown_without_control_characters)
{
	open_board(&o, REFUSE_MODEL);
	ck_assert_int_eq(load_discs(&o), -KPU_ERR_KMODEL_FORMAT);
	ck_assert_ptr_nonnull(strstr(last_error(&o).message, "layer 5: too?[2Jwide"));
	close_all(&o);
}
END_TEST

START_TEST(noise_instead_of_a_board)
{
	struct kpu_device *device;
	struct kpu_error error;
	uint8_t noise[65536];
	uint32_t state = 99;
	char uri[24];
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	for (size_t i = 0; i < sizeof(noise); i++) {
		state = state * 1664525u + 1013904223u;
		noise[i] = (uint8_t)(state >> 24);
	}
	ck_assert_int_gt(write(pair[0], noise, sizeof(noise)), 1000);
	shutdown(pair[0], SHUT_WR);
	snprintf(uri, sizeof(uri), "fd:%d", pair[1]);
	ck_assert_int_eq(kpu_open(uri, &device, &error), -KPU_ERR_DEVICE_GONE);
	close(pair[0]);
	close(pair[1]);
}
END_TEST

START_TEST(nobody_at_the_other_end)
{
	struct kpu_device *device;
	struct kpu_error error;
	char uri[24];
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	snprintf(uri, sizeof(uri), "fd:%d", pair[1]);
	ck_assert_int_eq(kpu_open(uri, &device, &error), -KPU_ERR_TIMEOUT);
	ck_assert_uint_gt(strlen(error.next_step), 5);
	close(pair[0]);
	close(pair[1]);
}
END_TEST

TCase *hostile_tests(void)
{
	TCase *tests = tcase_create("hostile");

	tcase_set_timeout(tests, 30);
	tcase_add_loop_test(tests, results_that_contradict_the_model, 0, 7);
	tcase_add_test(tests, a_line_that_closes_in_a_run);
	tcase_add_test(tests, a_board_that_resets_in_a_run);
	tcase_add_test(tests, a_model_is_loaded_again);
	tcase_add_test(tests, a_board_that_does_not_obey);
	tcase_add_test(tests, answers_of_the_wrong_form);
	tcase_add_test(tests, refusals_are_shown_without_control_characters);
	tcase_add_test(tests, noise_instead_of_a_board);
	tcase_add_test(tests, nobody_at_the_other_end);
	return tests;
}
