/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Work with the board's flash, models in it, and boards that lie about both. */
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"
#include "link/crc.h"
#include "testing.h"

static struct fake_board board;
static struct client client;

static struct kpu_ioctl_flash request(uint32_t operation, uint32_t address, uint32_t size)
{
	return (struct kpu_ioctl_flash){
		.operation = operation,
		.address = address,
		.size = size,
		.buffer = client.file.handle,
	};
}

static int flash(uint32_t operation, uint32_t address, uint32_t size, uint32_t *status)
{
	struct kpu_ioctl_flash work = request(operation, address, size);
	int result = ioctl(client.fd, KPU_IOCTL_FLASH, &work);

	if (status)
		*status = work.status;
	return result;
}

static bool start_all(void)
{
	return CHECK(fake_board_plug(&board)) && client_start(&board, &client);
}

static void end_all(void)
{
	client_end(&client);
	fake_board_unplug(&board);
}

static void test_good(void)
{
	struct kpu_ioctl_flash work = request(KPU_FLASH_INFO, 0, 0);
	uint8_t wanted[MODEL_BYTES];

	CHECK(!ioctl(client.fd, KPU_IOCTL_FLASH, &work));
	CHECK(work.jedec_id == 0xef4018 && work.chip_bytes == FAKE_BOARD_FLASH);
	CHECK(work.unique_id == 0x1122334455667788 && work.erase_bytes == 4096);
	CHECK(work.program_bytes == 256 && work.clock_hz == 50000000);

	CHECK(!flash(KPU_FLASH_ERASE, 8192, 65536, NULL));
	for (uint32_t i = 0; i < MODEL_BYTES; i++)
		wanted[i] = client.file.bytes[i] = (uint8_t)(i * 13 + 1);
	CHECK(!flash(KPU_FLASH_WRITE, 9000, MODEL_BYTES, NULL));
	memset(client.file.bytes, 0, MODEL_BYTES);
	board.faults.lose_results = 1;
	CHECK(!flash(KPU_FLASH_READ, 9000, MODEL_BYTES, NULL));
	CHECK(!memcmp(client.file.bytes, wanted, MODEL_BYTES));
	CHECK(!flash(KPU_FLASH_READ, 8999, 1, NULL) && client.file.bytes[0] == 0xff);
	work = request(KPU_FLASH_CHECK, 9000, MODEL_BYTES);
	CHECK(!ioctl(client.fd, KPU_IOCTL_FLASH, &work));
	CHECK(work.crc32 == kpu_crc32(0, wanted, MODEL_BYTES));
}

static void test_refused(void)
{
	struct kpu_ioctl_flash work;
	uint32_t status;

	CHECK_ERRNO(EINVAL, flash(0, 0, 16, NULL));
	CHECK_ERRNO(EINVAL, flash(KPU_FLASH_CHECK + 1, 0, 16, NULL));
	CHECK_ERRNO(EINVAL, flash(KPU_FLASH_INFO, 0, 1, NULL));
	CHECK_ERRNO(EINVAL, flash(KPU_FLASH_READ, 0, 0, NULL));
	CHECK_ERRNO(EINVAL, flash(KPU_FLASH_ERASE, 0, KPU_FLASH_BYTES_MAX + 1, NULL));
	CHECK_ERRNO(EINVAL, flash(KPU_FLASH_CHECK, 0xffffff00, 0x101, NULL));
	/* Beyond the buffer, of which there are whole pages. */
	CHECK_ERRNO(EINVAL, flash(KPU_FLASH_READ, 0, 8193, NULL));
	work = request(KPU_FLASH_READ, 0, 16);
	work.offset = ~0ull;
	CHECK_ERRNO(EINVAL, ioctl(client.fd, KPU_IOCTL_FLASH, &work));
	work = request(KPU_FLASH_READ, 0, 16);
	work.buffer = 99;
	CHECK_ERRNO(ENOENT, ioctl(client.fd, KPU_IOCTL_FLASH, &work));
	work = request(KPU_FLASH_READ, 0, 16);
	work.flags = 1;
	CHECK_ERRNO(EINVAL, ioctl(client.fd, KPU_IOCTL_FLASH, &work));
	work = request(KPU_FLASH_READ, 0, 16);
	work.reserved = 1;
	CHECK_ERRNO(EINVAL, ioctl(client.fd, KPU_IOCTL_FLASH, &work));
	/* The board refuses what the chip does not have. */
	CHECK_ERRNO(EINVAL, flash(KPU_FLASH_READ, FAKE_BOARD_FLASH - 8, 16, &status));
	CHECK(status == KPU_STATUS_PARAM);
	board.faults.flash_status = KPU_STATUS_BUSY;
	CHECK_ERRNO(EBUSY, flash(KPU_FLASH_WRITE, 0, 16, &status));
	CHECK(status == KPU_STATUS_BUSY);
	board.faults.flash_status = KPU_STATUS_IO;
	CHECK_ERRNO(EIO, flash(KPU_FLASH_ERASE, 0, 4096, &status));
	CHECK(status == KPU_STATUS_IO);
	board.faults.flash_status = KPU_STATUS_NOT_IMPLEMENT;
	CHECK_ERRNO(EINVAL, flash(KPU_FLASH_INFO, 0, 0, &status));
	CHECK(status == KPU_STATUS_NOT_IMPLEMENT);
	board.faults.flash_status = 0;
}

static void test_hostile(void)
{
	struct kpu_ioctl_driver_counters before, after;
	struct kpu_ioctl_flash work = request(KPU_FLASH_READ, 0, 16);
	uint32_t status;

	CHECK(!client_query(client.fd, KPU_QUERY_DRIVER, &before, sizeof(before)));
	board.faults.short_bulk = true;
	CHECK_ERRNO(EIO, flash(KPU_FLASH_READ, 0, 4096, &status));
	CHECK(status == KPU_STATUS_PROTOCOL);
	board.faults.short_bulk = false;
	board.faults.short_results = true;
	CHECK_ERRNO(EIO, flash(KPU_FLASH_INFO, 0, 0, &status));
	CHECK(status == KPU_STATUS_PROTOCOL);
	CHECK_ERRNO(EIO, flash(KPU_FLASH_CHECK, 0, 16, &status));
	CHECK(status == KPU_STATUS_PROTOCOL);
	board.faults.short_results = false;
	CHECK(!client_query(client.fd, KPU_QUERY_DRIVER, &after, sizeof(after)));
	CHECK(after.protocol_errors == before.protocol_errors + 3);
	board.faults.flash_status = 9999;
	CHECK_ERRNO(EIO, flash(KPU_FLASH_ERASE, 0, 4096, &status));
	CHECK(status == KPU_STATUS_UNKNOWN);
	board.faults.flash_status = 0;
	board.faults.flash_is_slow = true;
	work.timeout_ms = 200;
	CHECK_ERRNO(ETIMEDOUT, ioctl(client.fd, KPU_IOCTL_FLASH, &work));
	CHECK(work.status == KPU_STATUS_TIMEOUT);
	board.faults.flash_is_slow = false;
	CHECK(!flash(KPU_FLASH_READ, 0, 4096, NULL));
}

static void *check_for_three_seconds(void *unused)
{
	struct kpu_ioctl_flash work = request(KPU_FLASH_CHECK, 0, 16);

	(void)unused;
	work.timeout_ms = 3000;
	CHECK_ERRNO(ETIMEDOUT, ioctl(client.fd, KPU_IOCTL_FLASH, &work));
	return NULL;
}

/* The time that a caller has does not begin anew when others are done. */
static void test_turn_has_a_limit(void)
{
	struct kpu_ioctl_flash work = request(KPU_FLASH_CHECK, 0, 16);
	pthread_t other;
	double begin;

	board.faults.flash_is_slow = true;
	pthread_create(&other, NULL, check_for_three_seconds, NULL);
	testing_sleep(0.2);
	begin = testing_now();
	work.timeout_ms = 200;
	CHECK_ERRNO(EBUSY, ioctl(client.fd, KPU_IOCTL_FLASH, &work));
	CHECK(work.status == KPU_STATUS_BUSY && testing_now() - begin < 2.5);
	pthread_join(other, NULL);
	board.faults.flash_is_slow = false;
	CHECK(!flash(KPU_FLASH_READ, 0, 4096, NULL));
}

static void *check_thread(void *result)
{
	uint32_t status = 0;

	if (flash(KPU_FLASH_CHECK, 0, 4096, &status) == -1)
		*(int *)result = status ? (int)status : errno;
	return NULL;
}

/* One waits for the board, others for their turn; the end of the board wakes all of them. */
static void test_interrupted(bool unplug)
{
	int results[3] = { 0 };
	pthread_t threads[3];
	double begin;

	board.faults.flash_is_slow = true;
	for (int i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, check_thread, &results[i]);
	testing_sleep(0.2);
	begin = testing_now();
	if (unplug)
		fake_board_unplug(&board);
	else
		board.faults.flash_is_slow = false;
	if (!unplug)
		fake_board_reset(&board);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	CHECK(testing_now() - begin < (unplug ? 1 + TESTING_SLACK_S : 10));
	CHECK(results[0] || results[1] || results[2]);
	for (int i = 0; i < 3; i++)
		CHECK(unplug ? results[i] == KPU_STATUS_DEVICE_GONE || results[i] == ENODEV
			     : !results[i] || results[i] == KPU_STATUS_BOARD_RESET);
}

static pid_t flash_in_child(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(flash(KPU_FLASH_CHECK, 0, 4096, NULL) ? 1 : 0);
	testing_sleep(0.1);
	return child;
}

/* Who is killed while it waits for its turn, and then in its turn, leaves the way free. */
static void test_killed(void)
{
	pid_t first, second, third;
	int status;

	board.faults.flash_is_slow = true;
	first = flash_in_child();
	second = flash_in_child();
	third = flash_in_child();
	kill(second, SIGKILL);
	CHECK(waitpid(second, &status, 0) == second && WIFSIGNALED(status));
	board.faults.flash_is_slow = false;
	kill(first, SIGKILL);
	CHECK(waitpid(first, &status, 0) == first && WIFSIGNALED(status));
	CHECK(waitpid(third, &status, 0) == third && WIFEXITED(status) && !WEXITSTATUS(status));
	CHECK(!flash(KPU_FLASH_READ, 0, 4096, NULL));
}

static void expect_models(int wanted)
{
	double end = testing_now() + 3;

	while (board.models != wanted && testing_now() < end)
		testing_sleep(0.01);
	CHECK(board.models == wanted);
}

static pid_t load_in_child(const struct kpu_ioctl_model_load_flash *wanted)
{
	struct kpu_ioctl_model_load_flash load = *wanted;
	pid_t child = fork();

	if (child == 0)
		_exit(ioctl(client_open(&board), KPU_IOCTL_MODEL_LOAD_FLASH, &load) ? 1 : 0);
	testing_sleep(0.2);
	return child;
}

/* Who is killed while the board loads his model leaves none there, which would keep the flash. Once
 * with the session lost at that moment. */
static void test_killed_load(bool lost)
{
	struct kpu_ioctl_model_load_flash load = {
		.address = 20480,
		.flags = KPU_MODEL_FLASH_STREAM,
	};
	int status, loads = board.loads;
	pid_t child;

	expect_models(1);
	board.faults.load_is_slow = true;
	child = load_in_child(&load);
	board.faults.silent = lost;
	CHECK(!lost || client_wait_state(client.fd, KPU_DEVICE_STATE_RECOVERING, 5));
	kill(child, SIGKILL);
	CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
	board.faults.silent = false;
	CHECK(client_wait_state(client.fd, KPU_DEVICE_STATE_READY, 5));
	board.faults.load_is_slow = false;
	testing_sleep(0.2);
	CHECK(board.loads == loads + 1);
	expect_models(1);
}

static void test_model(void)
{
	struct kpu_ioctl_model_load_flash load = { .address = 20480 };
	struct kpu_ioctl_job_wait wait;
	uint64_t job;

	CHECK(!flash(KPU_FLASH_ERASE, 20480, 8192, NULL));
	fake_board_write_model(client.file.bytes, MODEL_BYTES, INPUT_BYTES);
	CHECK(!flash(KPU_FLASH_WRITE, 20480, MODEL_BYTES, NULL));
	load.flags = 4;
	CHECK_ERRNO(EINVAL, ioctl(client.fd, KPU_IOCTL_MODEL_LOAD_FLASH, &load));
	load.flags = 0;
	load.reserved = 1;
	CHECK_ERRNO(EINVAL, ioctl(client.fd, KPU_IOCTL_MODEL_LOAD_FLASH, &load));
	load.reserved = 0;
	load.address = 4096;
	CHECK_ERRNO(EINVAL, ioctl(client.fd, KPU_IOCTL_MODEL_LOAD_FLASH, &load));
	CHECK(load.status == KPU_STATUS_KMODEL_VERSION && load.problem_layer == 7 && !load.model);
	CHECK(!strcmp(load.problem, "layer 7 is?no layer?"));
	load.address = 20480;
	load.flags = KPU_MODEL_FLASH_STREAM | KPU_MODEL_FLASH_DUAL_BUFFER;
	CHECK(!ioctl(client.fd, KPU_IOCTL_MODEL_LOAD_FLASH, &load));
	CHECK(load.input_bytes == INPUT_BYTES && load.layers == 11 && load.model);
	CHECK(!client_unload(client.fd, client.model));
	client.model = load.model;
	test_killed_load(false);
	test_killed_load(true);
	CHECK(!client_submit(&client, 0, &job));
	CHECK(!client_wait(client.fd, job, -1, &wait) && !wait.status);
	CHECK(client_output_right(&client));
	fake_board_reset(&board);
	testing_sleep(0.5);
	CHECK(client_wait_state(client.fd, KPU_DEVICE_STATE_READY, 5));
	CHECK_ERRNO(ESTALE, client_submit(&client, 0, &job));
	CHECK(!client_unload(client.fd, client.model));
}

int main(void)
{
	if (start_all()) {
		test_good();
		test_refused();
		test_hostile();
		test_turn_has_a_limit();
		test_killed();
		test_interrupted(false);
		CHECK(client_wait_state(client.fd, KPU_DEVICE_STATE_READY, 5));
		test_model();
		test_interrupted(true);
		client_end(&client);
	}
	if (start_all())
		end_all();
	return testing_finish("uapi_flash");
}
