/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The rate of the line: found, raised, found again after a reset, left alone where it must be. */
#include <termios.h>
#include <unistd.h>

#include "client.h"
#include "testing.h"

static struct fake_board board;

static uint32_t line_rate(int fd)
{
	struct kpu_ioctl_device_info info = { 0 };

	client_query(fd, KPU_QUERY_DEVICE, &info, sizeof(info));
	return info.line_rate;
}

static void check_works(void)
{
	struct kpu_ioctl_job_wait wait;
	struct client client;
	uint64_t job;

	if (!client_start(&board, &client))
		return;
	CHECK(!client_submit(&client, 0, &job));
	CHECK(!client_wait(client.fd, job, -1, &wait) && !wait.status);
	CHECK(client_output_right(&client));
	client_end(&client);
}

static void test_raised(void)
{
	struct kpu_ioctl_driver_counters counters;
	int fd;

	if (!CHECK(fake_board_plug_slow(&board)))
		return;
	fd = client_open(&board);
	/* The line was attached at the raised rate, so it is not found at once. */
	CHECK(client_wait_state(fd, KPU_DEVICE_STATE_READY, 10));
	CHECK(line_rate(fd) == 200000 && board.baud == 2000000);
	check_works();
	fake_board_reset(&board);
	/* Its announcement is rubbish at the raised rate, but it makes the driver ask. */
	CHECK(client_wait_state(fd, KPU_DEVICE_STATE_RECOVERING, 10));
	CHECK(board.baud == (int)KPU_BOOT_BAUD);
	CHECK(client_wait_state(fd, KPU_DEVICE_STATE_READY, 15));
	CHECK(line_rate(fd) == 200000 && board.baud == 2000000);
	check_works();
	CHECK(!client_query(fd, KPU_QUERY_DRIVER, &counters, sizeof(counters)));
	CHECK(counters.board_resets == 1 && !counters.session_restarts);
	close(fd);
	fake_board_unplug(&board);
}

/* Refused, or agreed and not working: the rate of the boot serves. */
static void test_not_raised(bool refused)
{
	int fd;

	if (!CHECK(fake_board_plug_slow(&board)))
		return;
	board.faults.no_rates = refused;
	board.faults.deaf_when_fast = !refused;
	fd = client_open(&board);
	CHECK(client_wait_state(fd, KPU_DEVICE_STATE_READY, 20));
	CHECK(line_rate(fd) == KPU_BOOT_BAUD / 10 && board.baud == (int)KPU_BOOT_BAUD);
	check_works();
	close(fd);
	fake_board_unplug(&board);
}

/* A change from outside is followed. */
static void test_changed(void)
{
	struct termios settings;
	int fd;

	if (!CHECK(fake_board_plug(&board)))
		return;
	fd = client_open(&board);
	CHECK(client_wait_state(fd, KPU_DEVICE_STATE_READY, 5));
	CHECK(!tcgetattr(board.slave, &settings));
	cfsetspeed(&settings, B1000000);
	CHECK(!tcsetattr(board.slave, TCSANOW, &settings));
	CHECK(line_rate(fd) == 100000);
	check_works();
	close(fd);
	fake_board_unplug(&board);
}

int main(void)
{
	test_raised();
	test_not_raised(true);
	test_not_raised(false);
	test_changed();
	return testing_finish("uapi_line");
}
