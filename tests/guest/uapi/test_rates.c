/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * What the driver costs, without a model or a real line: ioctl round trips, small jobs, a big load.
 * Prints figures for docs/performance.md, and checks that all of it succeeds.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "client.h"
#include "testing.h"

#define BIG_MODEL (1u << 20)

static struct fake_board board;

static void rate_query(struct client *client)
{
	struct kpu_ioctl_device_info info;
	struct kpu_ioctl_memory_info memory;
	double begin = testing_now(), spent;
	int i, failed = 0;

	for (i = 0; i < 1000; i++)
		failed += client_query(client->fd, KPU_QUERY_DEVICE, &info, sizeof(info)) != 0;
	CHECK(!failed);
	spent = testing_now() - begin;
	printf("uapi_rates: query of the driver: %.1f us\n", spent * 1e6 / i);
	begin = testing_now();
	for (i = 0; i < 200; i++)
		CHECK(!client_query(client->fd, KPU_QUERY_MEMORY, &memory, sizeof(memory)) ||
		      errno == ETIMEDOUT);
	spent = testing_now() - begin;
	printf("uapi_rates: query of the board, there and back: %.2f ms\n", spent * 1e3 / i);
}

static void rate_jobs(struct client *client, int ahead)
{
	struct kpu_ioctl_job_wait wait;
	double begin = testing_now(), spent;
	uint64_t job;
	int i;

	for (i = 0; i < 200 + ahead; i++) {
		if (i < 200)
			CHECK(!client_submit(client, 0, &job));
		if (i >= ahead)
			CHECK(!client_wait(client->fd, 0, -1, &wait) && !wait.status);
	}
	spent = testing_now() - begin;
	CHECK(client_output_right(client));
	printf("uapi_rates: jobs of %u bytes in and %u out, %d ahead: %.2f ms each\n", INPUT_BYTES,
	       OUTPUT_BYTES, ahead, spent * 1e3 / 200);
}

static void rate_load(struct client *client)
{
	struct kpu_ioctl_link_counters before, after;
	struct kpu_ioctl_model_load load = { .size = BIG_MODEL };
	struct client_buffer file;
	double begin, spent;

	if (!CHECK(!client_buffer_create(client->fd, BIG_MODEL, &file)))
		return;
	fake_board_write_model(file.bytes, BIG_MODEL, 4);
	load.buffer = file.handle;
	client_query(client->fd, KPU_QUERY_HOST_LINK, &before, sizeof(before));
	begin = testing_now();
	CHECK(!ioctl(client->fd, KPU_IOCTL_MODEL_LOAD, &load));
	spent = testing_now() - begin;
	client_query(client->fd, KPU_QUERY_HOST_LINK, &after, sizeof(after));
	printf("uapi_rates: load of 1 MiB: %.0f ms, %.2f MB/s, %.2f %% of the bytes on the line\n",
	       spent * 1e3, BIG_MODEL / spent / 1e6,
	       100.0 * BIG_MODEL / (double)(after.bytes_sent - before.bytes_sent));
	/* The target of the wire: 97 % payload; nothing is lost on a pty. */
	CHECK((after.bytes_sent - before.bytes_sent) * 97 < 100ull * BIG_MODEL);
}

int main(void)
{
	struct client client;

	if (CHECK(fake_board_plug(&board)) && client_start(&board, &client)) {
		rate_query(&client);
		rate_jobs(&client, 0);
		rate_jobs(&client, 1);
		rate_jobs(&client, 3);
		rate_load(&client);
		client_end(&client);
		fake_board_unplug(&board);
	}
	return testing_finish("uapi_rates");
}
