/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * What a call into the driver costs: rows of a Markdown table. Runs in a test guest on a node that
 * is named as argument; beside the driver's calls a call that does nothing, because most of what
 * one costs under an emulated processor is the way into the kernel and back.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "uapi/kpu.h"

#define ROUNDS 10000

static uint64_t now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static int nothing(int fd)
{
	(void)fd;
	return syscall(SYS_getppid) < 0 ? -1 : 0;
}

static int query(int fd, uint32_t kind, void *data, uint32_t size)
{
	struct kpu_ioctl_query request = {
		.kind = kind,
		.data_size = size,
		.data = (uintptr_t)data,
	};

	return ioctl(fd, KPU_IOCTL_QUERY, &request);
}

static int query_device(int fd)
{
	struct kpu_ioctl_device_info info;

	return query(fd, KPU_QUERY_DEVICE, &info, sizeof(info));
}

/* To the board and back. */
static int query_memory(int fd)
{
	struct kpu_ioctl_memory_info info;

	return query(fd, KPU_QUERY_MEMORY, &info, sizeof(info));
}

static int by_value(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

static void measure(const char *name, int (*call)(int fd), int fd, unsigned rounds)
{
	static uint64_t times[ROUNDS];

	for (unsigned i = 0; i < rounds; i++) {
		uint64_t start = now_ns();

		if (call(fd) < 0) {
			perror(name);
			exit(EXIT_FAILURE);
		}
		times[i] = now_ns() - start;
	}
	qsort(times, rounds, sizeof(times[0]), by_value);
	printf("| %s | %u | %.1f us | %.1f us | %.1f us |\n", name, rounds, (double)times[0] * 1e-3,
	       (double)times[rounds / 2] * 1e-3, (double)times[rounds - rounds / 100] * 1e-3);
}

int main(int argc, char **argv)
{
	int fd = argc == 2 ? open(argv[1], O_RDWR | O_CLOEXEC) : -1;

	if (fd < 0) {
		perror("ioctl_bench");
		return EXIT_FAILURE;
	}
	puts("| call | rounds | least | median | 99 % below |");
	puts("|---|--:|--:|--:|--:|");
	measure("getppid(), for comparison", nothing, fd, ROUNDS);
	measure("KPU_QUERY_DEVICE, answered by the driver", query_device, fd, ROUNDS);
	measure("KPU_QUERY_MEMORY, answered by the board", query_memory, fd, 200);
	close(fd);
	return EXIT_SUCCESS;
}
