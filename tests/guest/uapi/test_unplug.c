/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The cable comes out while something is going on; and boards that come back. */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include "client.h"
#include "link/host.h"
#include "testing.h"

static struct fake_board board;

/* A thread that waits in some call when the cable is pulled. */
struct waiter {
	const char *name;
	int (*call)(struct client *client);
	int wanted;
	struct client *client;
	pthread_t thread;
	int result, error;
	double returned;
};

static int wait_for_job(struct client *client)
{
	struct kpu_ioctl_job_wait wait;

	return client_wait(client->fd, 0, -1, &wait);
}

static int wait_with_timeout(struct client *client)
{
	struct kpu_ioctl_job_wait wait;

	return client_wait(client->fd, 0, 30000000000ll, &wait);
}

static int load_model(struct client *client)
{
	struct kpu_ioctl_model_load load;
	int result = client_load(client->fd, &client->file, &load);
	int error = errno;

	CHECK(load.status == KPU_STATUS_DEVICE_GONE);
	errno = error;
	return result;
}

static int query_memory(struct client *client)
{
	struct kpu_ioctl_memory_info memory;

	return client_query(client->fd, KPU_QUERY_MEMORY, &memory, sizeof(memory));
}

static int poll_forever(struct client *client)
{
	struct pollfd watched = { .fd = client->fd, .events = POLLIN };

	if (poll(&watched, 1, 30000) == 1 && watched.revents == (POLLERR | POLLHUP)) {
		errno = ENODEV;
		return -1;
	}
	return 0;
}

static void *waiter_thread(void *argument)
{
	struct waiter *waiter = argument;

	waiter->result = waiter->call(waiter->client);
	waiter->error = errno;
	waiter->returned = testing_now();
	return NULL;
}

static void check_dead_file(struct client *client)
{
	struct kpu_ioctl_buffer_create create = { .size = 4096 };
	struct kpu_ioctl_device_info info;
	struct kpu_ioctl_job_wait wait;
	uint64_t job;

	CHECK_ERRNO(ENODEV, client_query(client->fd, KPU_QUERY_DEVICE, &info, sizeof(info)));
	CHECK_ERRNO(ENODEV, ioctl(client->fd, KPU_IOCTL_BUFFER_CREATE, &create));
	CHECK_ERRNO(ENODEV, client_submit(client, 0, &job));
	CHECK_ERRNO(ENODEV, client_wait(client->fd, 0, -1, &wait));
	CHECK_ERRNO(ENODEV, client_cancel(client->fd, 1));
	CHECK_ERRNO(ENODEV, client_unload(client->fd, client->model));
	/* cppcheck-suppress leakReturnValNotUsed; it fails */
	CHECK((long)mmap(NULL, 4096, PROT_READ, MAP_SHARED, client->fd, 0) == -1);
	/* Memory that was mapped before is still there. */
	client->output.bytes[17] = 0x42;
	CHECK(client->output.bytes[17] == 0x42);
}

static void pull_with_waiters(void)
{
	struct waiter waiters[] = {
		{ .name = "wait", .call = wait_for_job },
		{ .name = "wait with time-out", .call = wait_with_timeout },
		{ .name = "load", .call = load_model },
		{ .name = "query", .call = query_memory },
		{ .name = "poll", .call = poll_forever },
	};
	char device[sizeof(board.device)];
	struct client client;
	double pulled, gone;
	uint64_t job;

	if (!CHECK(fake_board_plug(&board)) || !client_start(&board, &client))
		return;
	memcpy(device, board.device, sizeof(device));
	board.faults.no_answers = true;
	for (int i = 0; i < 5; i++)
		CHECK(!client_submit(&client, 60000, &job));
	for (size_t i = 0; i < sizeof(waiters) / sizeof(waiters[0]); i++) {
		waiters[i].client = &client;
		pthread_create(&waiters[i].thread, NULL, waiter_thread, &waiters[i]);
	}
	testing_sleep(0.3);
	pulled = testing_now();
	fake_board_unplug(&board);
	for (size_t i = 0; i < sizeof(waiters) / sizeof(waiters[0]); i++) {
		pthread_join(waiters[i].thread, NULL);
		if (!CHECK(waiters[i].result == -1 && waiters[i].error == ENODEV) ||
		    !CHECK(waiters[i].returned - pulled < 1))
			printf("uapi_unplug: %s: %d, %s, after %.2f s\n", waiters[i].name,
			       waiters[i].result, strerror(waiters[i].error),
			       waiters[i].returned - pulled);
	}
	gone = pulled + 1;
	while (!access(device, F_OK) && testing_now() < gone)
		testing_sleep(0.01);
	CHECK(access(device, F_OK));
	check_dead_file(&client);
	client_end(&client);
}

static void die_in_transfer(int after)
{
	struct kpu_ioctl_job_wait wait;
	struct client client;
	double end = testing_now() + 5;
	uint64_t job;

	if (!CHECK(fake_board_plug(&board)) || !client_start(&board, &client))
		return;
	board.faults.die_after_bytes = after;
	while (!client_submit(&client, 0, &job) && testing_now() < end) {
		if (client_wait(client.fd, job, -1, &wait))
			break;
	}
	CHECK(errno == ENODEV && testing_now() < end);
	client_end(&client);
	fake_board_unplug(&board);
}

static void test_reset(void)
{
	struct kpu_ioctl_driver_counters counters;
	struct kpu_ioctl_model_load load;
	struct kpu_ioctl_job_wait wait;
	struct client client;
	struct waiter query = { .call = query_memory, .client = &client };
	uint64_t jobs[4], job;

	if (!CHECK(fake_board_plug(&board)) || !client_start(&board, &client))
		return;
	board.faults.run_delay_ms = 30000;
	for (int i = 0; i < 4; i++)
		CHECK(!client_submit(&client, 60000, &jobs[i]));
	board.faults.no_memory_answers = true;
	pthread_create(&query.thread, NULL, waiter_thread, &query);
	testing_sleep(0.2);
	fake_board_reset(&board);
	for (int i = 0; i < 4; i++)
		CHECK(!client_wait(client.fd, jobs[i], -1, &wait) &&
		      wait.status == KPU_STATUS_BOARD_RESET);
	pthread_join(query.thread, NULL);
	CHECK(query.result == -1 && query.error == ESTALE);
	board.faults.no_memory_answers = false;
	board.faults.run_delay_ms = 0;
	CHECK(client_wait_state(client.fd, KPU_DEVICE_STATE_READY, 3));
	CHECK_ERRNO(ESTALE, client_submit(&client, 0, &job));
	CHECK(!client_unload(client.fd, client.model));
	CHECK(!client_load(client.fd, &client.file, &load));
	client.model = load.model;
	CHECK(!client_submit(&client, 0, &job));
	CHECK(!client_wait(client.fd, job, -1, &wait) && !wait.status);
	CHECK(client_output_right(&client));
	CHECK(!client_query(client.fd, KPU_QUERY_DRIVER, &counters, sizeof(counters)));
	CHECK(counters.board_resets == 1);
	client_end(&client);
	fake_board_unplug(&board);
}

/* Silent for some seconds: the session is lost and comes back, the models are still there. */
static void test_silence(void)
{
	struct kpu_ioctl_driver_counters counters;
	struct kpu_ioctl_job_wait wait;
	struct client client;
	uint64_t job;

	if (!CHECK(fake_board_plug(&board)) || !client_start(&board, &client))
		return;
	board.faults.silent = true;
	/* The board's thread may be in the middle of its round. */
	testing_sleep(0.05);
	CHECK(!client_submit(&client, 20000, &job));
	CHECK(client_wait_state(client.fd, KPU_DEVICE_STATE_RECOVERING, 10));
	board.faults.silent = false;
	CHECK(!client_wait(client.fd, job, -1, &wait));
	CHECK(!wait.status && client_output_right(&client));
	/* If the board finished it before it noticed the restart, the result went to nowhere. */
	CHECK(board.runs == 1 || board.runs == 2);
	CHECK(!client_query(client.fd, KPU_QUERY_DRIVER, &counters, sizeof(counters)));
	CHECK(counters.session_restarts && !counters.board_resets);
	CHECK(!client_submit(&client, 0, &job));
	CHECK(!client_wait(client.fd, job, -1, &wait) && !wait.status);
	CHECK(client_output_right(&client));
	client_end(&client);
	fake_board_unplug(&board);
}

/* The session breaks while a result is under way, which is not kept: the run is done once more. */
static void test_lost_results(void)
{
	struct kpu_ioctl_job_wait wait;
	struct client client;
	uint64_t job;

	if (!CHECK(fake_board_plug(&board)) || !client_start(&board, &client))
		return;
	board.faults.lose_results = KPU_HOST_REPEATS;
	CHECK(!client_submit(&client, 20000, &job));
	CHECK(!client_wait(client.fd, job, -1, &wait));
	CHECK(!wait.status && client_output_right(&client));
	CHECK(board.runs == 1 + KPU_HOST_REPEATS);
	board.faults.lose_results = KPU_HOST_REPEATS + 1;
	CHECK(!client_submit(&client, 20000, &job));
	CHECK(!client_wait(client.fd, job, -1, &wait));
	CHECK(wait.status == KPU_STATUS_RESULT_LOST);
	CHECK(board.runs == 2 * (1 + KPU_HOST_REPEATS));
	CHECK(!board.faults.lose_results);
	client_end(&client);
	fake_board_unplug(&board);
}

/* Answers packets but not commands: it is told to reboot. */
static void test_stuck(void)
{
	struct kpu_ioctl_job_wait wait;
	struct client client;
	uint64_t job;

	if (!CHECK(fake_board_plug(&board)) || !client_start(&board, &client))
		return;
	board.faults.no_answers = true;
	CHECK(!client_submit(&client, 200, &job));
	CHECK(!client_wait(client.fd, job, -1, &wait) && wait.status == KPU_STATUS_TIMEOUT);
	CHECK(client_wait_state(client.fd, KPU_DEVICE_STATE_RECOVERING, 8));
	/* The reboot is not answered either. */
	CHECK(client_wait_state(client.fd, KPU_DEVICE_STATE_DEAD, 8));
	CHECK_ERRNO(EIO, client_submit(&client, 0, &job));
	board.faults.no_answers = false;
	fake_board_reset(&board);
	CHECK(client_wait_state(client.fd, KPU_DEVICE_STATE_READY, 8));
	client_end(&client);
	fake_board_unplug(&board);
}

/*
 * Firmware of another time: dead, and says why. At the rate of the boot there is no other rate to
 * try, which would bring another session by itself.
 */
static void test_version(void)
{
	const struct fake_board_faults too_new = { .too_new = true };
	struct kpu_ioctl_device_info info;
	struct termios settings;
	int fd;

	if (!CHECK(fake_board_plug_faulty(&board, &too_new)))
		return;
	fd = client_open(&board);
	CHECK(client_wait_state(fd, KPU_DEVICE_STATE_DEAD, 5));
	CHECK(!client_query(fd, KPU_QUERY_DEVICE, &info, sizeof(info)));
	CHECK(!strcmp(info.reason, "no common protocol version"));
	CHECK(!tcgetattr(fake_board_tty(&board), &settings));
	cfsetspeed(&settings, B115200);
	CHECK(!tcsetattr(fake_board_tty(&board), TCSANOW, &settings));
	testing_sleep(2);
	board.faults.too_new = false;
	fake_board_reset(&board);
	CHECK(client_wait_state(fd, KPU_DEVICE_STATE_READY, 8));
	client_check_works(&board);
	close(fd);
	fake_board_unplug(&board);
}

static void test_two_boards(void)
{
	static struct fake_board second;
	struct kpu_ioctl_job_wait wait;
	struct client one, two;
	uint64_t jobs[2];

	if (!CHECK(fake_board_plug(&board)) || !CHECK(fake_board_plug(&second)))
		return;
	CHECK(board.number != second.number);
	if (!client_start(&board, &one) || !client_start(&second, &two))
		return;
	CHECK(!client_submit(&one, 0, &jobs[0]) && !client_submit(&two, 0, &jobs[1]));
	CHECK(!client_wait(one.fd, jobs[0], -1, &wait) && client_output_right(&one));
	CHECK(!client_wait(two.fd, jobs[1], -1, &wait) && client_output_right(&two));
	fake_board_unplug(&board);
	CHECK(!client_submit(&two, 0, &jobs[1]));
	CHECK(!client_wait(two.fd, jobs[1], -1, &wait) && client_output_right(&two));
	client_end(&one);
	client_end(&two);
	fake_board_unplug(&second);
}

int main(void)
{
	for (int round = 0; round < 3; round++)
		pull_with_waiters();
	for (int after = 1; after < 12000; after += 1733)
		die_in_transfer(after);
	test_reset();
	test_silence();
	test_lost_results();
	test_stuck();
	test_version();
	test_two_boards();
	return testing_finish("uapi_unplug");
}
