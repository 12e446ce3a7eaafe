/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Boards that break the contract: the driver says so, stays whole and works on with good ones. */
#include <fcntl.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"
#include "testing.h"

enum {
	KLOG_READ_ALL = 3
};

static struct fake_board board;

static bool one_job(struct client *client, uint32_t *status)
{
	struct kpu_ioctl_job_wait wait = { 0 };
	uint64_t job;
	bool done = CHECK(!client_submit(client, 2000, &job)) &&
		    CHECK(!client_wait(client->fd, job, -1, &wait));

	*status = wait.status;
	return done;
}

static void expect_status(struct client *client, uint32_t wanted)
{
	uint32_t status;

	if (one_job(client, &status) && !CHECK(status == wanted))
		printf("uapi_hostile: status %u instead of %u\n", status, wanted);
}

static void test_bad_results(struct client *client)
{
	struct kpu_ioctl_driver_counters counters;
	struct kpu_ioctl_memory_info memory;
	struct kpu_ioctl_model_load load;

	board.faults.long_taps = true;
	expect_status(client, KPU_STATUS_PROTOCOL);
	board.faults.long_taps = false;
	board.faults.wrong_tap_count = true;
	expect_status(client, KPU_STATUS_PROTOCOL);
	board.faults.wrong_tap_count = false;
	board.faults.short_bulk = true;
	expect_status(client, KPU_STATUS_PROTOCOL);
	board.faults.short_bulk = false;
	board.faults.short_results = true;
	expect_status(client, KPU_STATUS_PROTOCOL);
	CHECK_ERRNO(EIO, client_load(client->fd, &client->file, &load));
	CHECK(load.status == KPU_STATUS_PROTOCOL && !load.model);
	CHECK_ERRNO(EPROTO, client_query(client->fd, KPU_QUERY_MEMORY, &memory, sizeof(memory)));
	board.faults.short_results = false;
	board.faults.run_status = 31337;
	expect_status(client, KPU_STATUS_UNKNOWN);
	board.faults.run_status = KPU_STATUS_KPU_HUNG;
	expect_status(client, KPU_STATUS_KPU_HUNG);
	board.faults.run_status = 0;
	board.faults.load_status = 65535;
	CHECK_ERRNO(EIO, client_load(client->fd, &client->file, &load));
	CHECK(load.status == KPU_STATUS_UNKNOWN);
	board.faults.load_status = 0;
	CHECK(!client_query(client->fd, KPU_QUERY_DRIVER, &counters, sizeof(counters)));
	CHECK(counters.protocol_errors == 6);
	expect_status(client, 0);
	CHECK(client_output_right(client));
}

static void test_noise(struct client *client)
{
	struct kpu_ioctl_link_counters link;

	/* Both ways; about every other packet is hit. */
	board.faults.noise = 4000;
	for (int i = 0; i < 30; i++) {
		struct kpu_ioctl_job_wait wait;
		uint64_t job;

		CHECK(!client_submit(client, 20000, &job));
		CHECK(!client_wait(client->fd, job, -1, &wait) && !wait.status);
		CHECK(client_output_right(client));
	}
	board.faults.noise = 0;
	CHECK(!client_query(client->fd, KPU_QUERY_HOST_LINK, &link, sizeof(link)));
	CHECK(link.retransmitted + link.naks_sent > 0);
}

static long kernel_log_lines(const char *text)
{
	static char log[1 << 20];
	int length = klogctl(KLOG_READ_ALL, log, sizeof(log) - 1);
	long lines = 0;

	if (length < 0)
		return -1;
	log[length] = '\0';
	for (char *found = log; (found = strstr(found, text)); found++)
		lines++;
	return lines;
}

static void test_events(struct client *client)
{
	long before = kernel_log_lines("board: event");

	board.faults.event_storm = true;
	for (int i = 0; i < 20; i++)
		expect_status(client, 0);
	testing_sleep(1);
	board.faults.event_storm = false;
	CHECK(board.event_number > 100);
	/* They are seen, but they do not fill the log. */
	CHECK(kernel_log_lines("board: event") > before);
	CHECK(kernel_log_lines("board: event") < before + 50);
}

static void test_garbage(struct client *client)
{
	double begin = testing_now();
	struct kpu_ioctl_device_info info;

	board.faults.garbage = true;
	while (testing_now() < begin + 3) {
		CHECK(!client_query(client->fd, KPU_QUERY_DEVICE, &info, sizeof(info)));
		testing_sleep(0.1);
	}
	board.faults.garbage = false;
	CHECK(client_wait_state(client->fd, KPU_DEVICE_STATE_READY, 10));
	expect_status(client, 0);
	CHECK(client_output_right(client));
}

static void test_wild_info(void)
{
	const struct fake_board_faults faults = { .wild_info = true };
	struct kpu_ioctl_device_info info;
	char text[64] = "", path[64];
	FILE *file;
	int fd;

	if (!CHECK(fake_board_plug_faulty(&board, &faults)))
		return;
	fd = client_open(&board);
	CHECK(client_wait_state(fd, KPU_DEVICE_STATE_READY, 5));
	CHECK(!client_query(fd, KPU_QUERY_DEVICE, &info, sizeof(info)));
	CHECK(info.max_runs_in_flight <= 8);
	CHECK(!strncmp(info.board, "??[2J%s%n??&<>'", sizeof(info.board)));
	snprintf(path, sizeof(path), "/sys/class/kpu/kpu%d/board", board.number);
	file = fopen(path, "re");
	CHECK(file && fgets(text, sizeof(text), file) && !strcmp(text, "??[2J%s%n??&<>'\n"));
	if (file)
		fclose(file);
	close(fd);
	fake_board_unplug(&board);
}

static int open_uevents(void)
{
	struct sockaddr_nl all = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int fd =
		socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);

	CHECK(fd >= 0 && !bind(fd, (struct sockaddr *)&all, sizeof(all)));
	return fd;
}

/* Changes of state since the last call; @last gets the state of the last one. */
static int count_uevents(int fd, char *last, size_t room)
{
	char event[4096];
	ssize_t length;
	int count = 0;

	while ((length = recv(fd, event, sizeof(event) - 1, 0)) > 0) {
		event[length] = '\0';
		for (char *word = event; word < event + length; word += strlen(word) + 1) {
			if (strncmp(word, "KPU_STATE=", 10) != 0)
				continue;
			snprintf(last, room, "%s", word + 10);
			count++;
		}
	}
	return count;
}

/* A board that gives up each session as soon as it can does not keep udev busy. */
static void test_restless(void)
{
	const struct fake_board_faults restless = { .restless = true };
	struct kpu_ioctl_driver_counters counters;
	int events = open_uevents(), count = 0, fd;
	double begin = testing_now(), spent;
	char last[32] = "";

	if (!CHECK(fake_board_plug_faulty(&board, &restless)))
		return;
	fd = client_open(&board);
	do {
		testing_sleep(0.1);
		count += count_uevents(events, last, sizeof(last));
		CHECK(!client_query(fd, KPU_QUERY_DRIVER, &counters, sizeof(counters)));
		spent = testing_now() - begin;
	} while (spent < 2 || (counters.session_restarts <= 50 && spent < 30));
	printf("uapi_hostile: %u sessions, %d events in %.1f s\n", counters.session_restarts, count,
	       spent);
	CHECK(counters.session_restarts > 50);
	CHECK(count > 2 && count < 15 * spent);
	board.faults.restless = false;
	CHECK(client_wait_state(fd, KPU_DEVICE_STATE_READY, 5));
	testing_sleep(0.5);
	/* The last one is told, however quickly it came. */
	count_uevents(events, last, sizeof(last));
	CHECK(!strcmp(last, "ready"));
	close(fd);
	close(events);
	fake_board_unplug(&board);
}

/* Never a board at all: only noise from the first byte on, then the cable comes out. */
static void test_never_a_board(void)
{
	const struct fake_board_faults faults = { .garbage = true };
	struct kpu_ioctl_device_info info;
	int fd;

	if (!CHECK(fake_board_plug_faulty(&board, &faults)))
		return;
	fd = client_open(&board);
	testing_sleep(1);
	fake_board_reset(&board);
	CHECK(!client_query(fd, KPU_QUERY_DEVICE, &info, sizeof(info)));
	fake_board_unplug(&board);
	CHECK_ERRNO(ENODEV, client_query(fd, KPU_QUERY_DEVICE, &info, sizeof(info)));
	close(fd);
}

int main(void)
{
	struct client client;

	if (CHECK(fake_board_plug(&board)) && client_start(&board, &client)) {
		test_bad_results(&client);
		test_noise(&client);
		test_events(&client);
		test_garbage(&client);
		client_end(&client);
		fake_board_unplug(&board);
	}
	test_wild_info();
	test_restless();
	test_never_a_board();
	return testing_finish("uapi_hostile");
}
