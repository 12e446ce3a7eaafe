/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The rate of the line: found, raised, found again after a reset, left alone where it must be. */
#include <termios.h>
#include <unistd.h>

#include "client.h"
#include "testing.h"

static struct fake_board board;

static void test_raised(void)
{
	struct kpu_ioctl_driver_counters counters;
	int fd;

	if (!CHECK(fake_board_plug_slow(&board)))
		return;
	fd = client_open(&board);
	/* The line was attached at the raised rate, so it is not found at once. */
	CHECK(client_wait_state(fd, KPU_DEVICE_STATE_READY, 10));
	CHECK(client_line_rate(fd) == 200000 && board.baud == 2000000);
	client_check_works(&board);
	fake_board_reset(&board);
	/* Its announcement is rubbish at the raised rate, but it makes the driver ask. */
	CHECK(client_wait_state(fd, KPU_DEVICE_STATE_RECOVERING, 10));
	CHECK(board.baud == (int)KPU_BOOT_BAUD);
	CHECK(client_wait_state(fd, KPU_DEVICE_STATE_READY, 15));
	CHECK(client_line_rate(fd) == 200000 && board.baud == 2000000);
	client_check_works(&board);
	CHECK(!client_query(fd, KPU_QUERY_DRIVER, &counters, sizeof(counters)));
	CHECK(counters.board_resets == 1 && !counters.session_restarts);
	close(fd);
	fake_board_unplug(&board);
}

/* Refused, or agreed and not working: the rate of the boot serves. */
static void test_not_raised(bool refused)
{
	const struct fake_board_faults faults = { .no_rates = refused, .deaf_when_fast = !refused };
	int fd;

	if (!CHECK(fake_board_plug_slow_faulty(&board, &faults)))
		return;
	fd = client_open(&board);
	CHECK(client_wait_state(fd, KPU_DEVICE_STATE_READY, 20));
	CHECK(client_line_rate(fd) == KPU_BOOT_BAUD / 10 && board.baud == (int)KPU_BOOT_BAUD);
	client_check_works(&board);
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
	CHECK(client_line_rate(fd) == 100000);
	client_check_works(&board);
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
