/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Changes of the rate that go wrong, and rates at which there are too many errors. */
#include <stdio.h>
#include <unistd.h>

#include "client.h"
#include "testing.h"

static struct fake_board board;

static bool rates_are(int fd, uint32_t baud)
{
	bool right = client_line_rate(fd) * 10 == baud && board.baud == (int)baud;

	if (!right)
		printf("uapi_bad_line: host at %u baud, board at %d\n", client_line_rate(fd) * 10,
		       board.baud);
	return right;
}

/* The board obeys, but its answer is lost, and it does not go back: it is found where it is. */
static void test_answer_lost(void)
{
	const struct fake_board_faults faults = { .no_rate_answers = true };
	int fd;

	if (!CHECK(fake_board_plug_slow_faulty(&board, &faults)))
		return;
	fd = client_open(&board);
	CHECK(client_wait_state(fd, KPU_DEVICE_STATE_READY, 14));
	CHECK(rates_are(fd, 2000000));
	client_check_works(&board);
	close(fd);
	fake_board_unplug(&board);
}

/* Noise at a high rate: a lower one is used, results stay right, and it is remembered. */
static void test_errors_lower_it(void)
{
	struct kpu_ioctl_driver_counters counters = { 0 };
	struct kpu_ioctl_job_wait wait;
	struct client client;
	double end = testing_now() + 30;
	uint64_t job;
	int jobs = 0;

	if (!CHECK(fake_board_plug_slow(&board)))
		return;
	CHECK(client_wait_state(client_open(&board), KPU_DEVICE_STATE_READY, 10));
	if (!client_start(&board, &client))
		return;
	board.faults.noise_above = 1500000;
	/* At 400 small fragments still carry as much as the lower rate would. */
	board.faults.noise = 100;
	while ((!counters.rate_fallbacks || client_line_rate(client.fd) == 200000) &&
	       testing_now() < end) {
		CHECK(!client_submit(&client, 20000, &job));
		CHECK(!client_wait(client.fd, job, -1, &wait) && !wait.status);
		CHECK(client_output_right(&client));
		client_query(client.fd, KPU_QUERY_DRIVER, &counters, sizeof(counters));
		jobs++;
	}
	printf("uapi_bad_line: lowered after %d jobs\n", jobs);
	if (!CHECK(counters.rate_fallbacks == 1 && counters.board_resets == 0))
		printf("uapi_bad_line: %u fallbacks, %u resets, %s\n", counters.rate_fallbacks,
		       counters.board_resets, counters.last_reason);
	CHECK(client_wait_state(client.fd, KPU_DEVICE_STATE_READY, 5));
	CHECK(rates_are(client.fd, 1000000));
	client_check_works(&board);
	fake_board_reset(&board);
	CHECK(client_wait_state(client.fd, KPU_DEVICE_STATE_RECOVERING, 10));
	CHECK(client_wait_state(client.fd, KPU_DEVICE_STATE_READY, 15));
	CHECK(rates_are(client.fd, 1000000));
	client_check_works(&board);
	client_end(&client);
	fake_board_unplug(&board);
}

int main(void)
{
	test_answer_lost();
	test_errors_lower_it();
	return testing_finish("uapi_bad_line");
}
