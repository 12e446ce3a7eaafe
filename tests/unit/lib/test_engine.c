/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The library on a board that behaves. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/engine.h"
#include "lib/object.h"
#include "tests/unit/lib/opened.h"
#include "tests/unit/lib/suites.h"

static struct opened o;

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void check_tensor(const struct kpu_tensor *tensor)
{
	const uint8_t *data = tensor->data;

	for (size_t i = 0; i < tensor->info.bytes; i++)
		ck_assert_uint_eq(data[i], fake_board_byte(tensor->target.index, i));
}

START_TEST(questions_are_answered)
{
	struct kpu_recovery_statistics recovery;
	struct kpu_link_statistics host, board;
	struct kpu_device_info info;
	struct kpu_memory memory;
	uint32_t took;

	open_board(&o, BEHAVE);
	ck_assert_int_eq(kpu_device_info(o.device, &info), 0);
	ck_assert_uint_eq(info.firmware, 0x010203);
	ck_assert_str_eq(info.uri, fake_board_uri(o.board));
	/* Nothing that the board says reaches a terminal as it is. */
	ck_assert_str_eq(info.board, "fake?[31m");
	ck_assert_int_eq(kpu_memory(o.device, &memory), 0);
	ck_assert(memory.total == 6000000 && memory.free == 100000 && memory.models == 1);
	ck_assert_int_eq(kpu_ping(o.device, &took), 0);
	ck_assert_int_eq(kpu_link_statistics(o.device, &host, NULL), 0);
	/* The fake board does not count. Nothing is left of what was in the memory. */
	memset(&board, 0xa5, sizeof(board));
	ck_assert_int_eq(kpu_link_statistics(o.device, &host, &board), -KPU_ERR_NOT_IMPLEMENT);
	ck_assert(board.bytes_sent == 0 && board.overruns == 0);
	ck_assert_int_eq(kpu_recovery_statistics(o.device, &recovery), -KPU_ERR_NOT_IMPLEMENT);
	ck_assert_int_eq(kpu_recovery_statistics(o.device, NULL), -KPU_ERR_PARAM);
	ck_assert_uint_eq(host.sessions, 1);
	ck_assert_uint_gt(host.packets_sent, 2);
	close_all(&o);
}
END_TEST

START_TEST(outputs_and_layers_come_back)
{
	struct kpu_target targets[] = { { KPU_TARGET_LAYER, 1 }, { KPU_TARGET_OUTPUT, 0 } };
	struct kpu_run_options options = { .targets = targets, .target_count = 2 };
	struct kpu_result *result;
	struct kpu_tensor tensor;
	struct kpu_timing timing;

	open_all(&o, BEHAVE);
	ck_assert_int_eq(
		kpu_forward_targets(o.model, o.input, o.info.input_bytes, &options, &result), 0);
	ck_assert_uint_eq(kpu_result_count(result), 2);
	ck_assert_int_eq(kpu_result_tensor(result, 0, &tensor), 0);
	ck_assert(tensor.target.kind == KPU_TARGET_LAYER && tensor.target.index == 1);
	check_tensor(&tensor);
	ck_assert_int_eq(kpu_result_tensor(result, 1, &tensor), 0);
	ck_assert(tensor.info.type == KPU_TENSOR_FLOAT32);
	check_tensor(&tensor);
	ck_assert_int_eq(kpu_result_tensor(result, 2, &tensor), -KPU_ERR_IDX_OUTRANGE);
	ck_assert_int_eq(kpu_result_timing(result, &timing), 0);
	ck_assert_uint_eq(timing.board_ns, 1000000); /* 400000 cycles of 400 MHz */
	ck_assert_uint_eq(timing.kpu_cycles, 300000);
	/* A result outlives its device. */
	close_all(&o);
	ck_assert_int_eq(kpu_result_tensor(result, 1, &tensor), 0);
	check_tensor(&tensor);
	kpu_result_free(result);
}
END_TEST

START_TEST(wrong_arguments_never_reach_the_board)
{
	struct kpu_run_options options = { .layer_count = 10000 };
	size_t size;
	struct kpu_result *result = (struct kpu_result *)&o;

	open_all(&o, BEHAVE);
	size = o.info.input_bytes;
	ck_assert_int_eq(kpu_forward(o.model, o.input, size - 1, &result), -KPU_ERR_SIZE_NOTMATCH);
	ck_assert_ptr_null(result);
	ck_assert_ptr_nonnull(strstr(last_error(&o).message, "230400"));
	ck_assert_int_eq(kpu_forward(NULL, o.input, size, &result), -KPU_ERR_PARAM);
	ck_assert_int_eq(kpu_forward(o.model, NULL, size, &result), -KPU_ERR_PARAM);
	ck_assert_int_eq(kpu_forward_output(o.model, o.input, size, 1, &result),
			 -KPU_ERR_IDX_OUTRANGE);
	ck_assert_int_eq(kpu_forward_layer(o.model, o.input, size, 99, &result),
			 -KPU_ERR_IDX_OUTRANGE);
	ck_assert_int_eq(kpu_forward_layer(o.model, o.input, size, UINT32_MAX, &result),
			 -KPU_ERR_IDX_OUTRANGE);
	ck_assert_int_eq(kpu_forward_targets(o.model, o.input, size, &options, &result),
			 -KPU_ERR_IDX_OUTRANGE);
	ck_assert_int_eq(kpu_model_set_output_shape(o.model, 0, 1, 2, 3), -KPU_ERR_SIZE_NOTMATCH);
	ck_assert_int_eq(kpu_model_set_output_shape(o.model, 5, 1, 1, 1), -KPU_ERR_IDX_OUTRANGE);
	ck_assert_uint_eq(fake_board_runs(o.board), 0);
	close_all(&o);
}
END_TEST

/* The sentence is of this call, not of an earlier one that failed. */
static void says(int rc, int code, const char *word)
{
	struct kpu_error error = last_error(&o);

	ck_assert_int_eq(rc, -code);
	ck_assert_int_eq(error.code, code);
	ck_assert_msg(strstr(error.message, word) != NULL, "%s", error.message);
}

START_TEST(missing_arguments_are_told)
{
	size_t size;
	struct kpu_result *result;
	struct kpu_model *model;
	struct kpu_job *job;
	uint8_t byte = 0;

	open_all(&o, BEHAVE);
	size = o.info.input_bytes;
	says(kpu_forward(o.model, o.input, 1, &result), KPU_ERR_SIZE_NOTMATCH, "1 bytes");
	says(kpu_forward(o.model, NULL, size, &result), KPU_ERR_PARAM, "NULL");
	says(kpu_forward(o.model, o.input, 2, &result), KPU_ERR_SIZE_NOTMATCH, "2 bytes");
	says(kpu_submit(o.model, o.input, size, NULL, NULL), KPU_ERR_PARAM, "NULL");
	says(kpu_forward(o.model, o.input, 3, &result), KPU_ERR_SIZE_NOTMATCH, "3 bytes");
	says(kpu_load_memory(o.device, &byte, 1, NULL, NULL), KPU_ERR_PARAM, "NULL");
	says(kpu_load(o.device, NULL, NULL, &model), KPU_ERR_PARAM, "path");
	says(kpu_memory(o.device, NULL), KPU_ERR_PARAM, "argument is NULL");
	says(kpu_model_set_output_shape(o.model, 0, 0, 1, 1), KPU_ERR_PARAM, "0 x 1 x 1");
	says(kpu_flash_read(o.device, 0, NULL, 16, NULL, NULL), KPU_ERR_PARAM, "argument is NULL");
	ck_assert_int_eq(kpu_submit(o.model, o.input, size, NULL, &job), 0);
	says(kpu_job_wait(job, -1, NULL), KPU_ERR_PARAM, "argument is NULL");
	ck_assert_int_eq(kpu_job_wait(job, -1, &result), 0);
	kpu_result_free(result);
	kpu_job_free(job);
	close_all(&o);
}
END_TEST

START_TEST(runs_that_end_before_their_targets_are_refused)
{
	struct kpu_target target = { KPU_TARGET_LAYER, 2 };
	struct kpu_run_options options = { .targets = &target, .target_count = 1 };
	struct kpu_result *result;

	open_all(&o, BEHAVE);
	options.layer_count = 2;
	says(kpu_forward_targets(o.model, o.input, o.info.input_bytes, &options, &result),
	     KPU_ERR_IDX_OUTRANGE, "target layer 2 lies behind the 2 layers to run");
	options.layer_count = 3;
	ck_assert_int_eq(
		kpu_forward_targets(o.model, o.input, o.info.input_bytes, &options, &result), 0);
	kpu_result_free(result);
	options.targets = NULL;
	options.layer_count = o.info.layers - 1;
	says(kpu_forward_targets(o.model, o.input, o.info.input_bytes, &options, &result),
	     KPU_ERR_PARAM, "output 0 needs all");
	options.layer_count = o.info.layers;
	ck_assert_int_eq(
		kpu_forward_targets(o.model, o.input, o.info.input_bytes, &options, &result), 0);
	kpu_result_free(result);
	close_all(&o);
}
END_TEST

START_TEST(outputs_take_a_given_shape)
{
	struct kpu_tensor_info before;
	struct kpu_result *result;
	struct kpu_tensor tensor;

	open_all(&o, BEHAVE);
	kpu_network_output(kpu_model_network(o.model), 0, &before);
	ck_assert_int_eq(kpu_model_set_output_shape(o.model, 0, 1, 1, (uint32_t)before.elements),
			 0);
	ck_assert_int_eq(kpu_forward(o.model, o.input, o.info.input_bytes, &result), 0);
	kpu_result_tensor(result, 0, &tensor);
	ck_assert_uint_eq(tensor.info.channels, before.elements);
	kpu_result_free(result);
	close_all(&o);
}
END_TEST

#define FRAMES 12

START_TEST(frames_overlap_and_come_back_in_order)
{
	struct kpu_job *jobs[FRAMES];
	struct kpu_result *result;

	open_all(&o, SLOW_RUN);
	for (unsigned i = 0; i < FRAMES; i++)
		ck_assert_int_eq(kpu_submit(o.model, o.input, o.info.input_bytes, NULL, &jobs[i]),
				 0);
	ck_assert(!kpu_job_done(jobs[FRAMES - 1]));
	ck_assert_int_eq(kpu_job_wait(jobs[FRAMES - 1], 0, &result), -KPU_ERR_TIMEOUT);
	for (unsigned i = 0; i < FRAMES; i++) {
		ck_assert_int_eq(kpu_job_wait(jobs[i], -1, &result), 0);
		ck_assert(kpu_job_done(jobs[i]));
		kpu_result_free(result);
		ck_assert_int_eq(kpu_job_wait(jobs[i], -1, &result), -KPU_ERR_NO_HANDLE);
		kpu_job_free(jobs[i]);
	}
	ck_assert_uint_eq(fake_board_runs(o.board), FRAMES);
	ck_assert_uint_eq(fake_board_most_runs_at_once(o.board), 2);
	close_all(&o);
}
END_TEST

START_TEST(a_busy_board_is_asked_again)
{
	struct kpu_job *jobs[4];
	struct kpu_result *result;

	open_all(&o, BUSY_RUN);
	for (unsigned i = 0; i < 4; i++)
		ck_assert_int_eq(kpu_submit(o.model, o.input, o.info.input_bytes, NULL, &jobs[i]),
				 0);
	for (unsigned i = 0; i < 4; i++) {
		ck_assert_int_eq(kpu_job_wait(jobs[i], -1, &result), 0);
		kpu_result_free(result);
		kpu_job_free(jobs[i]);
	}
	ck_assert_uint_eq(fake_board_runs(o.board), 7);
	close_all(&o);
}
END_TEST

START_TEST(too_many_jobs_are_refused)
{
	struct kpu_job *jobs[33];
	struct kpu_result *result;
	unsigned count = 0;
	int rc = 0;

	open_all(&o, SILENT_RUN);
	while (count < 33 &&
	       (rc = kpu_submit(o.model, o.input, o.info.input_bytes, NULL, &jobs[count])) == 0)
		count++;
	ck_assert_int_eq(rc, -KPU_ERR_BUSY);
	ck_assert_uint_eq(count, 32);
	/* To have ended is not enough, and the caller is told what is. */
	ck_assert_int_eq(kpu_job_cancel(jobs[0]), 0);
	ck_assert_int_eq(kpu_job_wait(jobs[0], -1, &result), -KPU_ERR_CANCELLED);
	ck_assert_int_eq(kpu_submit(o.model, o.input, o.info.input_bytes, NULL, &jobs[32]),
			 -KPU_ERR_BUSY);
	ck_assert_ptr_nonnull(strstr(last_error(&o).next_step, "free it"));
	kpu_job_free(jobs[0]);
	ck_assert_int_eq(kpu_submit(o.model, o.input, o.info.input_bytes, NULL, &jobs[0]), 0);
	while (count)
		kpu_job_free(jobs[--count]);
	close_all(&o);
}
END_TEST

START_TEST(cancelling_ends_waiting_and_running_jobs)
{
	struct kpu_job *jobs[4];
	struct kpu_result *result;
	double start;

	open_all(&o, SILENT_RUN);
	for (unsigned i = 0; i < 4; i++)
		ck_assert_int_eq(kpu_submit(o.model, o.input, o.info.input_bytes, NULL, &jobs[i]),
				 0);
	start = seconds();
	for (unsigned i = 4; i-- > 0;)
		ck_assert_int_eq(kpu_job_cancel(jobs[i]), 0);
	for (unsigned i = 0; i < 4; i++) {
		ck_assert_int_eq(kpu_job_wait(jobs[i], 2000, &result), -KPU_ERR_CANCELLED);
		kpu_job_free(jobs[i]);
	}
	ck_assert(seconds() - start < 1.5);
	close_all(&o);
}
END_TEST

START_TEST(time_outs_are_kept)
{
	struct kpu_run_options options = { .timeout_ms = 200 };
	struct kpu_result *result;
	uint32_t took;
	double start;

	open_all(&o, SILENT_RUN);
	start = seconds();
	ck_assert_int_eq(kpu_forward_targets(o.model, o.input, o.info.input_bytes, &options,
					     &result),
			 -KPU_ERR_TIMEOUT);
	ck_assert(seconds() - start < 1.5);
	/* The board is still of use. */
	ck_assert_int_eq(kpu_ping(o.device, &took), 0);
	close_all(&o);
}
END_TEST

START_TEST(everything_may_be_freed_in_any_order)
{
	struct kpu_job *job, *late;
	struct kpu_result *result;

	open_all(&o, SILENT_RUN);
	ck_assert_int_eq(kpu_submit(o.model, o.input, o.info.input_bytes, NULL, &job), 0);
	kpu_close(o.device);
	ck_assert_int_lt(kpu_job_wait(job, -1, &result), 0);
	ck_assert_int_lt(kpu_submit(o.model, o.input, o.info.input_bytes, NULL, &late), 0);
	ck_assert_ptr_null(late);
	fake_board_stop(o.board);
	kpu_model_free(o.model);
	kpu_job_free(job);
	free(o.input);
}
END_TEST

START_TEST(freeing_a_model_frees_it_on_the_board)
{
	open_all(&o, BEHAVE);
	ck_assert_uint_eq(fake_board_models(o.board), 1);
	kpu_model_free(o.model);
	ck_assert_uint_eq(fake_board_models(o.board), 0);
	ck_assert_int_eq(load_discs(&o), 0);
	ck_assert_uint_eq(fake_board_models(o.board), 1);
	close_all(&o);
}
END_TEST

static bool count_calls(void *context, size_t done, size_t total)
{
	size_t *last = context;

	ck_assert(done >= *last && done <= total);
	*last = done;
	return true;
}

static bool give_up(void *context, size_t done, size_t total)
{
	(void)context;
	(void)done;
	(void)total;
	return false;
}

START_TEST(a_model_too_many_does_not_stay_on_the_board)
{
	struct kpu_model *models[KPU_ENGINE_MODELS];
	struct kpu_network *network;
	struct kpu_error error;
	unsigned count = 0;
	size_t size;
	uint8_t *data = disc_model(&size);

	open_board(&o, BEHAVE);
	ck_assert_int_eq(kpu_network_parse(data, size, &network, &error), 0);
	free(data);
	while (count < KPU_ENGINE_MODELS)
		ck_assert_int_eq(kpu_load_network(o.device, network, NULL, &models[count++]), 0);
	ck_assert_int_eq(kpu_load_network(o.device, network, NULL, &o.model), -KPU_ERR_MODELS_FULL);
	ck_assert_ptr_null(o.model);
	/* Requests go out in order. */
	ck_assert_int_eq(kpu_ping(o.device, NULL), 0);
	ck_assert_uint_eq(fake_board_models(o.board), KPU_ENGINE_MODELS);
	while (count)
		kpu_model_free(models[--count]);
	kpu_network_free(network);
	close_all(&o);
}
END_TEST

START_TEST(loading_reports_progress_and_can_be_cancelled)
{
	size_t last = 0, size;
	struct kpu_load_options options = { .progress = count_calls, .context = &last };
	uint8_t *model = disc_model(&size);

	open_board(&o, BEHAVE);
	ck_assert_int_eq(kpu_load_memory(o.device, model, size, &options, &o.model), 0);
	ck_assert_uint_eq(last, size);
	kpu_model_free(o.model);
	options.progress = give_up;
	ck_assert_int_eq(kpu_load_memory(o.device, model, size, &options, &o.model),
			 -KPU_ERR_CANCELLED);
	ck_assert_ptr_null(o.model);
	ck_assert_int_eq(load_discs(&o), 0);
	free(model);
	close_all(&o);
}
END_TEST

/* On a slow line, at twice the time that it needs at its best: others may have runs there. */
START_TEST(the_last_of_many_loads_has_time_enough)
{
	static const uint8_t file[1 << 20];
	static struct kpu_transaction loads[15];
	static struct kpu_engine engine;
	uint64_t line_ms = 16ull * sizeof(file) * 1000 / 11520;

	engine.transport.baud = 115200;
	pthread_mutex_init(&engine.lock, NULL);
	kpu_host_init(&engine.host, &engine.session);
	for (size_t i = 0; i < 15; i++) {
		loads[i].opcode = KPU_OP_MODEL_LOAD;
		loads[i].bulk_out = file;
		loads[i].bulk_out_length = sizeof(file);
		kpu_host_submit(&engine.host, &loads[i], 1);
	}
	ck_assert_uint_ge(kpu_engine_load_timeout_ms(&engine, sizeof(file)), 2 * line_ms);
	pthread_mutex_destroy(&engine.lock);
}
END_TEST

/* One that recovers from something while a model is to be loaded. */
START_TEST(a_board_that_does_not_tell_its_memory_gets_the_model)
{
	open_all(&o, _i ? SILENT_MEMORY : RESET_IN_MEMORY);
	ck_assert_uint_eq(fake_board_loads(o.board), 1);
	close_all(&o);
}
END_TEST

/* Whatever its size: the board may be busy with other things, and answers before it is over. */
START_TEST(a_load_from_flash_has_the_time_that_the_board_takes)
{
	ck_assert_uint_gt(kpu_engine_load_flash_timeout_ms(100 << 10), 4000 + 64000);
	ck_assert_uint_gt(kpu_engine_load_flash_timeout_ms(16 << 20), 4000 + 64000);
}
END_TEST

START_TEST(a_firmware_without_flash_is_named)
{
	struct kpu_model *model = (struct kpu_model *)&o;

	open_board(&o, NO_FLASH);
	ck_assert_int_eq(kpu_load_address(o.device, 0x300000, NULL, &model),
			 -KPU_ERR_NOT_IMPLEMENT);
	ck_assert_ptr_null(model);
	ck_assert_ptr_nonnull(strstr(last_error(&o).message, "flash"));
	ck_assert_int_eq(kpu_load_flash(o.device, 0x300000, NULL, NULL, &model),
			 -KPU_ERR_NOT_IMPLEMENT);
	close_all(&o);
}
END_TEST

START_TEST(zeroed_input_memory_is_given)
{
	void *memory;
	struct kpu_result *result;

	open_all(&o, BEHAVE);
	ck_assert_int_eq(kpu_input_alloc(o.model, &memory), 0);
	ck_assert_mem_eq(memory, o.input, o.info.input_bytes);
	ck_assert_int_eq(kpu_forward(o.model, memory, o.info.input_bytes, &result), 0);
	kpu_result_free(result);
	kpu_input_free(o.model, memory);
	close_all(&o);
}
END_TEST

/* The driver's buffers are used again and again. */
static void *memory_with_something_in_it(struct kpu_backend *backend, size_t size)
{
	(void)backend;
	return memset(malloc(size), 0xa5, size);
}

START_TEST(used_memory_is_zeroed_before_it_is_given)
{
	const struct kpu_backend_ops *ops;
	struct kpu_backend_ops changed;
	void *memory;

	open_all(&o, BEHAVE);
	ops = o.device->backend->ops;
	changed = *ops;
	changed.memory_alloc = memory_with_something_in_it;
	o.device->backend->ops = &changed;
	ck_assert_int_eq(kpu_input_alloc(o.model, &memory), 0);
	o.device->backend->ops = ops;
	for (size_t i = 0; i < o.info.input_bytes; i++)
		ck_assert_uint_eq(((const uint8_t *)memory)[i], 0);
	kpu_input_free(o.model, memory);
	close_all(&o);
}
END_TEST

TCase *engine_tests(void)
{
	TCase *tests = tcase_create("engine");

	tcase_set_timeout(tests, 30);
	tcase_add_test(tests, questions_are_answered);
	tcase_add_test(tests, outputs_and_layers_come_back);
	tcase_add_test(tests, wrong_arguments_never_reach_the_board);
	tcase_add_test(tests, missing_arguments_are_told);
	tcase_add_test(tests, runs_that_end_before_their_targets_are_refused);
	tcase_add_test(tests, outputs_take_a_given_shape);
	tcase_add_test(tests, frames_overlap_and_come_back_in_order);
	tcase_add_test(tests, a_busy_board_is_asked_again);
	tcase_add_test(tests, too_many_jobs_are_refused);
	tcase_add_test(tests, cancelling_ends_waiting_and_running_jobs);
	tcase_add_test(tests, time_outs_are_kept);
	tcase_add_test(tests, everything_may_be_freed_in_any_order);
	tcase_add_test(tests, freeing_a_model_frees_it_on_the_board);
	tcase_add_test(tests, a_model_too_many_does_not_stay_on_the_board);
	tcase_add_test(tests, loading_reports_progress_and_can_be_cancelled);
	tcase_add_test(tests, the_last_of_many_loads_has_time_enough);
	tcase_add_loop_test(tests, a_board_that_does_not_tell_its_memory_gets_the_model, 0, 2);
	tcase_add_test(tests, a_load_from_flash_has_the_time_that_the_board_takes);
	tcase_add_test(tests, a_firmware_without_flash_is_named);
	tcase_add_test(tests, zeroed_input_memory_is_given);
	tcase_add_test(tests, used_memory_is_zeroed_before_it_is_given);
	return tests;
}
