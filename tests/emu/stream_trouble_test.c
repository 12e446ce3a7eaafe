/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Models that run from a flash in trouble, with the real firmware: what it holds changes, the chip
 * says that it is busy for ever or drops out, it is slow, several models want it at once. Every
 * call ends, the board is never reset by it, and when all is well again results are exact.
 */
#include <check.h>
#include <kpu.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/emu/must.h"

#define FLASH_BYTES (1024u * 1024)
#define V3_AT       0x10000u
#define V4_AT       0x40000u
#define SMALL       784u /* bytes of a digit of 28x28 pixels */
#define RUN_MS      3000u

struct file {
	const char *path;
	uint32_t address;
	uint8_t *bytes;
	size_t size;
};

static struct file files[] = { { "models/digits-classifier-v3.kmodel", V3_AT, NULL, 0 },
			       { "models/digits-classifier-v4.kmodel", V4_AT, NULL, 0 } };
static struct kpu_device *device;
static char flash_path[64], control_path[64], errors_path[64];
static uint64_t boot_id;
static int control = -1;
static uint8_t input[SMALL];
static float expected[2][10];
static uint32_t random_state;

static uint32_t next_random(void)
{
	random_state = random_state * 1664525u + 1013904223u;
	return random_state >> 8;
}

static void expect_error(int rc, int code, const char *words)
{
	struct kpu_error error;

	kpu_last_error(device, &error);
	ck_assert_msg(rc == -code && strstr(error.message, words), "%d: %s", rc, error.message);
}

/* One command to the emulator's side channel. */
static void tell(const char *command)
{
	char answer[64] = "";
	ssize_t got;

	ck_assert_int_eq(write(control, command, strlen(command)), (ssize_t)strlen(command));
	ck_assert_int_eq(write(control, "\n", 1), 1);
	got = read(control, answer, sizeof(answer) - 1);
	ck_assert_msg(got > 0 && !strcmp(answer, "ok\n"), "%s: %s", command, answer);
}

static void poke(uint32_t address, uint32_t word)
{
	char command[64];

	snprintf(command, sizeof(command), "flash-poke %u %u", address, word);
	tell(command);
}

static uint32_t word_of(const struct file *file, uint32_t offset)
{
	uint32_t word;

	memcpy(&word, file->bytes + offset, 4);
	return word;
}

static void write_flash(void)
{
	static uint8_t cells[FLASH_BYTES];
	FILE *out = fopen(flash_path, "wb");

	memset(cells, 0xff, sizeof(cells));
	for (unsigned i = 0; i < 2; i++) {
		struct file *file = &files[i];
		FILE *in = fopen(file->path, "rb");

		ck_assert_msg(in != NULL, "%s is missing", file->path);
		file->bytes = malloc(V4_AT - V3_AT);
		file->size = fread(file->bytes, 1, V4_AT - V3_AT, in);
		fclose(in);
		memcpy(cells + file->address, file->bytes, file->size);
	}
	ck_assert_uint_eq(fwrite(cells, 1, sizeof(cells), out), sizeof(cells));
	fclose(out);
}

static void open_control(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	memcpy(address.sun_path, control_path, sizeof(control_path));
	control = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(connect(control, (struct sockaddr *)&address, sizeof(address)), 0);
}

static void open_board(const char *options)
{
	struct kpu_device_info info;
	struct kpu_error error;
	char uri[400];

	snprintf(uri, sizeof(uri), "emu:?flash=%s,size=1M&control=unix:%s&guest-errors=%s&%s",
		 flash_path, control_path, errors_path, options);
	ck_assert_msg(kpu_open(uri, &device, &error) == 0, "%s", error.message);
	open_control();
	must(kpu_device_info(device, &info));
	boot_id = info.boot_id;
}

/* Results that are right by now. */
static bool run(struct kpu_model *model, unsigned which, int *rc)
{
	struct kpu_run_options options = { .timeout_ms = RUN_MS };
	struct kpu_result *result;
	struct kpu_tensor tensor;
	bool is_right;

	*rc = kpu_forward_targets(model, input, sizeof(input), &options, &result);
	if (*rc < 0)
		return false;
	must(kpu_result_tensor(result, 0, &tensor));
	is_right = tensor.info.bytes == sizeof(expected[0]) &&
		   !memcmp(tensor.data, expected[which], sizeof(expected[0]));
	kpu_result_free(result);
	return is_right;
}

/* The first call after a reset may be told so, and only that; the model is loaded again then. */
static bool run_after_reset(struct kpu_model *model, unsigned which, int *rc)
{
	bool is_right = run(model, which, rc);

	return *rc == -KPU_ERR_BOARD_RESET ? run(model, which, rc) : is_right;
}

static void expect_right(struct kpu_model *model, unsigned which)
{
	int rc;
	bool is_right = run_after_reset(model, which, &rc);

	must(rc);
	ck_assert(is_right);
}

/* What each model gives in memory; the unit tests know that to be right. */
static void learn(unsigned which)
{
	struct kpu_model *model;
	struct kpu_result *result;
	struct kpu_tensor tensor;

	must(kpu_load_memory(device, files[which].bytes, files[which].size, NULL, &model));
	must(kpu_forward(model, input, sizeof(input), &result));
	must(kpu_result_tensor(result, 0, &tensor));
	ck_assert_uint_eq(tensor.info.bytes, sizeof(expected[0]));
	memcpy(expected[which], tensor.data, sizeof(expected[0]));
	kpu_result_free(result);
	kpu_model_free(model);
}

static void setup(void)
{
	snprintf(flash_path, sizeof(flash_path), "/tmp/kpu-trouble-%d", (int)getpid());
	snprintf(control_path, sizeof(control_path), "/tmp/kpu-trouble-control-%d", (int)getpid());
	snprintf(errors_path, sizeof(errors_path), "/tmp/kpu-trouble-errors-%d", (int)getpid());
	random_state = 12345;
	for (unsigned i = 0; i < SMALL; i++)
		input[i] = (uint8_t)(i * 37 ^ i >> 3);
	write_flash();
}

/* The board has not been reset, and has all of its memory again. */
static void close_board(void)
{
	struct kpu_device_info info;
	struct kpu_memory memory;

	must(kpu_memory(device, &memory));
	ck_assert_uint_eq(memory.free, memory.total);
	must(kpu_device_info(device, &info));
	ck_assert_uint_eq(info.boot_id, boot_id);
	close(control);
	kpu_close(device);
}

static void teardown(void)
{
	for (unsigned i = 0; i < 2; i++)
		free(files[i].bytes);
	unlink(flash_path);
	unlink(control_path);
	unlink(errors_path);
}

static const struct kpu_flash_options single, dual = { .dual_buffer = true };

/* Any word of the file changes, before a run and in the middle of it. */
START_TEST(contents_that_change)
{
	unsigned which = (unsigned)_i % 2, wrong = 0;
	const struct file *file = &files[which];
	const struct kpu_flash_options *flash = _i < 2 ? &single : &dual;
	struct kpu_run_options options = { .timeout_ms = RUN_MS };
	struct kpu_model *model;

	open_board("jitter=9");
	learn(which);
	must(kpu_load_flash(device, file->address, flash, NULL, &model));
	for (unsigned i = 0; i < 60; i++) {
		static const uint32_t words[] = { 0, 0xffffffff, 0x80000000, 0x01000193 };
		/* Half of them where layers have their arguments: the first quarter of the file
		 * has most of the layers. */
		uint32_t span = (uint32_t)file->size / (i % 2 ? 4 : 1);
		uint32_t offset = next_random() % span & ~3u;
		struct kpu_result *result;
		struct kpu_job *job;
		int rc;

		must(kpu_submit(model, input, sizeof(input), &options, &job));
		poke(file->address + offset, words[i % 4]);
		rc = kpu_job_wait(job, -1, &result);
		kpu_job_free(job);
		ck_assert_msg(rc == 0 || rc == -KPU_ERR_RUN_MODEL, "run %u ends with %d", i, rc);
		kpu_result_free(result);
		wrong += !run(model, which, &rc);
		ck_assert_msg(rc == 0 || rc == -KPU_ERR_RUN_MODEL, "run %u ends with %d", i, rc);
		poke(file->address + offset, word_of(file, offset));
		if (i % 10 == 9)
			expect_right(model, which);
	}
	ck_assert_uint_gt(wrong, 0);
	expect_right(model, which);
	kpu_model_free(model);
	close_board();
}
END_TEST

/* A layer's arguments become impossible: the run says which layer, and why. */
START_TEST(a_layer_that_is_none_any_more)
{
	const struct file *file = &files[0];
	struct kpu_model *model;
	uint32_t body = 28 + word_of(file, 24) * 8 + word_of(file, 12) * 8;
	int rc;

	open_board("");
	learn(0);
	must(kpu_load_flash(device, V3_AT, &single, NULL, &model));
	/* Where the first convolution has its words. */
	poke(V3_AT + body + 8, 0xfffffff0);
	run(model, 0, &rc);
	expect_error(rc, KPU_ERR_RUN_MODEL, "layer 0");
	expect_error(rc, KPU_ERR_RUN_MODEL, "does not hold what it held");
	poke(V3_AT + body + 8, word_of(file, body + 8));
	expect_right(model, 0);
	kpu_model_free(model);
	close_board();
}
END_TEST

/* The board forgets its models in a reset; another one in the flash is not taken for the first. */
START_TEST(another_model_after_a_reset)
{
	struct kpu_device_info info;
	struct kpu_model *model;
	int rc;

	open_board("");
	learn(0);
	must(kpu_load_flash(device, V3_AT, &single, NULL, &model));
	expect_right(model, 0);
	tell("reset");
	expect_right(model, 0);
	poke(V3_AT + (uint32_t)files[0].size - 8, 0x12345678);
	tell("reset");
	run_after_reset(model, 0, &rc);
	expect_error(rc, KPU_ERR_KMODEL_VERSION, "does not hold the model any more");
	poke(V3_AT + (uint32_t)files[0].size - 8, word_of(&files[0], (uint32_t)files[0].size - 8));
	expect_right(model, 0);
	kpu_model_free(model);
	must(kpu_device_info(device, &info));
	boot_id = info.boot_id;
	close_board();
}
END_TEST

START_TEST(a_chip_that_drops_out)
{
	struct kpu_model *model, *other;
	int rc;

	open_board("");
	learn(1);
	must(kpu_load_flash(device, V4_AT, _i ? &dual : &single, NULL, &model));
	tell("flash gone");
	run(model, 1, &rc);
	expect_error(rc, KPU_ERR_RUN_MODEL, "does not hold what it held");
	rc = kpu_load_flash(device, V4_AT, &single, NULL, &other);
	ck_assert_int_lt(rc, 0);
	tell("flash fine");
	expect_right(model, 1);
	kpu_model_free(model);
	close_board();
}
END_TEST

/* Four seconds of the board's time later it is said, and everything else goes on meanwhile. */
START_TEST(a_chip_that_is_busy_for_ever)
{
	struct kpu_flash_info info;
	struct kpu_model *model;

	open_board("idle=jump&idle-grace=0");
	learn(0);
	must(kpu_flash_info(device, &info));
	tell("flash busy");
	must(kpu_flash_info(device, &info));
	ck_assert_uint_eq(info.size, FLASH_BYTES);
	expect_error(kpu_flash_erase(device, 0x1000, 4096, NULL, NULL), KPU_ERR_IO,
		     "does not finish its work at 0x1000");
	must(kpu_load_memory(device, files[0].bytes, files[0].size, NULL, &model));
	expect_right(model, 0);
	kpu_model_free(model);
	tell("flash fine");
	must(kpu_load_flash(device, V3_AT, NULL, NULL, &model));
	expect_right(model, 0);
	kpu_model_free(model);
	close_board();
}
END_TEST

/* A flash so slow that the run's time ends first: it is said, and nothing is left. */
START_TEST(a_flash_that_is_too_slow)
{
	struct kpu_flash_options slow = { .dual_buffer = _i, .clock_hz = 1000000 };
	struct kpu_run_options hurry = { .timeout_ms = 30 };
	struct kpu_result *result;
	struct kpu_model *model;

	open_board("clock=real&spi=25000000");
	learn(0);
	must(kpu_load_flash(device, V3_AT, &slow, NULL, &model));
	expect_error(kpu_forward_targets(model, input, sizeof(input), &hurry, &result),
		     KPU_ERR_TIMEOUT, "");
	expect_right(model, 0);
	kpu_model_free(model);
	close_board();
}
END_TEST

struct client {
	pthread_t thread;
	unsigned which;
	const struct kpu_flash_options *flash; /* NULL: in memory */
	unsigned runs, right;
	int rc;
};

/* Loads its model again for each run. */
static void *be_client(void *argument)
{
	struct client *client = argument;

	for (unsigned i = 0; i < 12 && client->rc >= 0; i++) {
		const struct file *file = &files[client->which];
		struct kpu_model *model;

		client->rc =
			client->flash
				? kpu_load_flash(device, file->address, client->flash, NULL, &model)
				: kpu_load_memory(device, file->bytes, file->size, NULL, &model);
		for (unsigned again = 0; again < 3 && client->rc >= 0; again++) {
			client->right += run(model, client->which, &client->rc);
			client->runs++;
		}
		kpu_model_free(model);
	}
	return NULL;
}

/* Loads and runs meet in every way that threads and a jittering board bring about. */
START_TEST(several_models_at_once)
{
	struct client clients[] = { { .which = 0, .flash = &single },
				    { .which = 1, .flash = &dual },
				    { .which = 0 } };

	open_board("jitter=4");
	learn(0);
	learn(1);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_eq(pthread_create(&clients[i].thread, NULL, be_client, &clients[i]),
				 0);
	for (unsigned i = 0; i < 3; i++)
		pthread_join(clients[i].thread, NULL);
	for (unsigned i = 0; i < 3; i++) {
		must(clients[i].rc);
		ck_assert_uint_eq(clients[i].runs, 36);
		ck_assert_uint_eq(clients[i].right, 36);
	}
	close_board();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("emu: models in a flash in trouble");
	TCase *test = tcase_create("trouble");
	SRunner *runner;
	int failed;

	tcase_set_timeout(test, 120);
	tcase_add_checked_fixture(test, setup, teardown);
	tcase_add_loop_test(test, contents_that_change, 0, 4);
	tcase_add_test(test, a_layer_that_is_none_any_more);
	tcase_add_test(test, another_model_after_a_reset);
	tcase_add_loop_test(test, a_chip_that_drops_out, 0, 2);
	tcase_add_test(test, a_chip_that_is_busy_for_ever);
	tcase_add_loop_test(test, a_flash_that_is_too_slow, 0, 2);
	tcase_add_test(test, several_models_at_once);
	suite_add_tcase(suite, test);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
