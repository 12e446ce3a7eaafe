/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Random calls with arguments that are nearly right, from several threads on one file, while the
 * board misbehaves at random; then all must work as if nothing had been. Where the kernel can make
 * allocations fail (CONFIG_FAULT_INJECTION, tests under sanitizers), they fail for these threads.
 *
 *   uapi_random [SEED [SECONDS]]
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "client.h"
#include "testing.h"

#define THREADS 3

static struct fake_board board;
static _Atomic double end;
static int shared_fd;

struct caller {
	pthread_t thread;
	unsigned int random;
	unsigned long calls, good;
};

static uint32_t below(struct caller *caller, uint32_t limit)
{
	return (uint32_t)rand_r(&caller->random) % limit;
}

/* Mostly small numbers, as handles are; sometimes the extremes. */
static uint64_t number(struct caller *caller)
{
	switch (below(caller, 12)) {
	case 0:
		return 0;
	case 1:
		return ~0ull;
	case 2:
		return 1ull << below(caller, 64);
	case 3:
		return below(caller, 1u << 30);
	default:
		return 1 + below(caller, 6);
	}
}

static int random_query(struct caller *caller)
{
	uint8_t room[256];

	return client_query(shared_fd, (uint32_t)number(caller), room, below(caller, sizeof(room)));
}

static int random_buffer(struct caller *caller)
{
	struct kpu_ioctl_buffer_create create = { .size = below(caller, 40000) };
	struct kpu_ioctl_buffer_destroy destroy = { .handle = (uint32_t)number(caller) };
	uint8_t *bytes;

	if (below(caller, 2))
		return ioctl(shared_fd, KPU_IOCTL_BUFFER_DESTROY, &destroy);
	if (ioctl(shared_fd, KPU_IOCTL_BUFFER_CREATE, &create))
		return -1;
	bytes = mmap(NULL, create.size, PROT_READ | PROT_WRITE, MAP_SHARED, shared_fd,
		     (off_t)create.mmap_offset);
	if (bytes == MAP_FAILED)
		return -1;
	if (create.size >= 16)
		fake_board_write_model(bytes, (uint32_t)create.size, 1000);
	return munmap(bytes, create.size);
}

static int random_model(struct caller *caller)
{
	struct kpu_ioctl_model_load load = {
		.buffer = (uint32_t)number(caller),
		.offset = below(caller, 4) ? 0 : number(caller),
		.size = 16 + below(caller, 30000),
		.timeout_ms = below(caller, 100),
	};

	if (below(caller, 3))
		return client_unload(shared_fd, (uint32_t)number(caller));
	return ioctl(shared_fd, KPU_IOCTL_MODEL_LOAD, &load);
}

static int random_submit(struct caller *caller)
{
	struct kpu_ioctl_tap taps[4] = { 0 };
	struct kpu_ioctl_job_submit submit = {
		.model = (uint32_t)number(caller),
		.input_buffer = (uint32_t)number(caller),
		.output_buffer = (uint32_t)number(caller),
		.input_size = below(caller, 8) ? 1000 : number(caller),
		.output_offset = below(caller, 100) * 4,
		.output_size = below(caller, 8000),
		.taps = (uintptr_t)taps,
		.tap_count = below(caller, 5),
		.tap_size = sizeof(taps[0]),
		.timeout_ms = 1 + below(caller, 300),
	};

	for (int i = 0; i < 4; i++) {
		taps[i].kind = 1 + below(caller, 3);
		taps[i].limit = 4 * below(caller, 500);
	}
	return ioctl(shared_fd, KPU_IOCTL_JOB_SUBMIT, &submit);
}

static int random_job(struct caller *caller)
{
	struct kpu_ioctl_job_wait wait = { 0 };
	struct pollfd watched = { .fd = shared_fd, .events = POLLIN };

	switch (below(caller, 4)) {
	case 0:
		return client_cancel(shared_fd, number(caller));
	case 1:
		return poll(&watched, 1, (int)below(caller, 5));
	default:
		return client_wait(shared_fd, below(caller, 2) ? number(caller) : 0,
				   (int64_t)below(caller, 3000000) - 1000, &wait);
	}
}

static int random_raw(struct caller *caller)
{
	uint64_t structure[64];

	for (int i = 0; i < 64; i++)
		structure[i] = number(caller);
	return ioctl(shared_fd,
		     _IOC(below(caller, 4), KPU_IOCTL_TYPE, below(caller, 0x20),
			  below(caller, 512)),
		     structure);
}

static void *call_at_random(void *argument)
{
	static int (*const calls[])(struct caller *) = {
		random_query,  random_buffer, random_model, random_model,
		random_submit, random_submit, random_job,   random_raw,
	};
	struct caller *caller = argument;
	int fail = open("/proc/thread-self/make-it-fail", O_WRONLY | O_CLOEXEC);

	if (fail >= 0) {
		(void)!write(fail, "1", 1);
		close(fail);
	}
	while (testing_now() < end) {
		caller->calls++;
		if (calls[below(caller, 8)](caller) >= 0)
			caller->good++;
	}
	return NULL;
}

static void misbehave(unsigned int *random)
{
	board.faults.run_delay_ms = rand_r(random) % 4 ? 0 : rand_r(random) % 400;
	board.faults.noise = rand_r(random) % 3 ? 0 : 3000;
	board.faults.long_taps = rand_r(random) % 8 == 0;
	board.faults.short_bulk = rand_r(random) % 8 == 0;
	board.faults.short_results = rand_r(random) % 8 == 0;
	board.faults.event_storm = rand_r(random) % 8 == 0;
	if (rand_r(random) % 20 == 0)
		fake_board_reset(&board);
}

static void run_callers(unsigned int seed, double seconds)
{
	struct caller callers[THREADS];
	double begin = testing_now();
	unsigned long calls = 0, good = 0;

	end = begin + seconds;
	for (unsigned int i = 0; i < THREADS; i++) {
		callers[i] = (struct caller){ .random = seed + i };
		pthread_create(&callers[i].thread, NULL, call_at_random, &callers[i]);
	}
	while (testing_now() < end) {
		misbehave(&seed);
		testing_sleep(0.05);
		/* A busy machine needs longer until something has come of it. */
		if (testing_now() > end - 0.5 && (!board.runs || !board.loads) &&
		    testing_now() < begin + 5 * seconds)
			end = end + 0.5;
	}
	for (unsigned int i = 0; i < THREADS; i++) {
		pthread_join(callers[i].thread, NULL);
		calls += callers[i].calls;
		good += callers[i].good;
	}
	memset(&board.faults, 0, sizeof(board.faults));
	printf("uapi_random: %lu calls, %lu of them successful, %d runs, %d loads\n", calls, good,
	       board.runs, board.loads);
	CHECK(good > 100 && board.runs > 0 && board.loads > 0);
}

int main(int argc, char **argv)
{
	unsigned int seed = argc > 1 ? (unsigned int)atoi(argv[1]) : 1;
	double seconds = argc > 2 ? atof(argv[2]) : 8;

	if (CHECK(fake_board_plug(&board))) {
		shared_fd = client_open(&board);
		CHECK(client_wait_state(shared_fd, KPU_DEVICE_STATE_READY, 5));
		run_callers(seed, seconds);
		close(shared_fd);
		/* For what the file owned to go, also what had to be tried twice. */
		testing_sleep(2.5);
		CHECK(board.models == 0);
		client_check_works(&board);
		fake_board_unplug(&board);
	}
	return testing_finish("uapi_random");
}
