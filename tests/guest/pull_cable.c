/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */

/*
 * Pull the board's cable while several clients wait for it, and time how soon each gets its error.
 *
 *   pull_cable DEVICE CABLE DELAY_MS KMODEL
 *
 * CABLE is the process that holds the cable (usbip_attach). Five clients, each with an open file
 * of its own, work until an ioctl fails: one sends the model again and again (the cable goes in
 * mid-transfer), two run it and wait for the result (in mid-run), one asks the board for its
 * memory, one sleeps in poll. One runner starts; when it has finished a run, so that all is known
 * to work, the others join; DELAY_MS later the cable is pulled. Each client must then see ENODEV,
 * or hang-up from poll, within a second; what it mapped must stay usable; and every other ioctl on
 * the dead file must fail as well instead of waiting.
 *
 * Exit status 0 when all of it holds. Uses the ioctls directly, to see what the driver does.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "include/uapi/kpu.h"

#define BUFFER_SIZE   (8u << 20)
#define INPUT_OFFSET  (4u << 20)
#define OUTPUT_OFFSET (6u << 20)
#define OUTPUT_SIZE   (32u << 10) /* all of it travels, zeros behind the result */
#define LIMIT_SECONDS 1.0

struct client {
	const char *name;
	void (*work)(struct client *client);
	int fd;
	uint32_t buffer;
	uint8_t *memory;
	size_t model_size;
	pthread_t thread;
	double ended;
	int error;
	_Atomic bool done;
};

static const char *device_path;
static const uint8_t *model_file;
static size_t model_file_size;
static atomic_uint finished_runs;

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

__attribute__((format(printf, 1, 2), noreturn)) static void die(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fprintf(stderr, "pull_cable: ");
	vfprintf(stderr, format, arguments);
	fprintf(stderr, "\n");
	va_end(arguments);
	exit(1);
}

static void prepare(struct client *client)
{
	struct kpu_ioctl_buffer_create create = { .size = BUFFER_SIZE };
	void *memory;

	client->fd = open(device_path, O_RDWR | O_CLOEXEC);
	if (client->fd < 0)
		die("%s: %s", device_path, strerror(errno));
	if (ioctl(client->fd, KPU_IOCTL_BUFFER_CREATE, &create))
		die("buffer: %s", strerror(errno));
	memory = mmap(NULL, BUFFER_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, client->fd,
		      (off_t)create.mmap_offset);
	if (memory == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	client->buffer = create.handle;
	client->memory = memory;
	memcpy(client->memory, model_file, model_file_size);
}

static int load(struct client *client, struct kpu_ioctl_model_load *load)
{
	*load = (struct kpu_ioctl_model_load){ .buffer = client->buffer, .size = model_file_size };
	return ioctl(client->fd, KPU_IOCTL_MODEL_LOAD, load);
}

static void send_models(struct client *client)
{
	struct kpu_ioctl_model_load model;

	for (;;) {
		struct kpu_ioctl_model_unload unload = { 0 };

		/* While the runners' models fill the board, trying again is all there is. */
		if (load(client, &model)) {
			if (errno == ENOSPC)
				continue;
			return;
		}
		unload.model = model.model;
		if (ioctl(client->fd, KPU_IOCTL_MODEL_UNLOAD, &unload))
			return;
	}
}

static void run_model(struct client *client)
{
	struct kpu_ioctl_tap tap = { .kind = KPU_TAP_KIND_OUTPUT, .limit = OUTPUT_SIZE };
	struct kpu_ioctl_model_load model;

	if (load(client, &model))
		return;
	for (;;) {
		struct kpu_ioctl_job_submit submit = {
			.model = model.model,
			.input_buffer = client->buffer,
			.output_buffer = client->buffer,
			.input_offset = INPUT_OFFSET,
			.input_size = model.input_bytes,
			.output_offset = OUTPUT_OFFSET,
			.output_size = OUTPUT_SIZE,
			.taps = (uintptr_t)&tap,
			.tap_count = 1,
			.tap_size = sizeof(tap),
			.stop_layer = KPU_JOB_ALL_LAYERS,
			.timeout_ms = 60000,
		};
		struct kpu_ioctl_job_wait wait = { .timeout_ns = -1 };

		if (ioctl(client->fd, KPU_IOCTL_JOB_SUBMIT, &submit))
			return;
		wait.job = submit.job;
		wait.tap_size = sizeof(struct kpu_ioctl_tap_result);
		if (ioctl(client->fd, KPU_IOCTL_JOB_WAIT, &wait))
			return;
		if (!wait.status)
			finished_runs++;
	}
}

static void query_memory(struct client *client)
{
	struct kpu_ioctl_memory_info info;
	struct kpu_ioctl_query query = {
		.kind = KPU_QUERY_MEMORY,
		.data = (uintptr_t)&info,
	};

	/* It has two seconds of its own, which a busy host may use up before the cable is out. */
	do {
		query.data_size = sizeof(info);
	} while (!ioctl(client->fd, KPU_IOCTL_QUERY, &query) || errno == ETIMEDOUT);
}

/* Has no job, so only the end of the board can wake it. */
static void sleep_in_poll(struct client *client)
{
	struct pollfd watched = { .fd = client->fd, .events = POLLIN };

	poll(&watched, 1, -1);
	errno = watched.revents & (POLLERR | POLLHUP) ? ENODEV : EIO;
}

static void *client_thread(void *argument)
{
	struct client *client = argument;

	client->work(client);
	client->error = errno;
	client->ended = seconds();
	client->done = true;
	return NULL;
}

static bool judge(const struct client *client, double pulled)
{
	double delay = client->ended - pulled;
	bool good = client->error == ENODEV && delay >= 0 && delay <= LIMIT_SECONDS;

	printf("  %-8s %-22s %7.1f ms %s\n", client->name, strerror(client->error), delay * 1e3,
	       good ? "" : "WRONG");
	return good;
}

static bool still_mapped(const struct client *client)
{
	client->memory[BUFFER_SIZE - 1] = 0x5a;
	return client->memory[BUFFER_SIZE - 1] == 0x5a &&
	       !memcmp(client->memory, model_file, model_file_size);
}

static bool refuses_more(struct client *client)
{
	struct kpu_ioctl_model_load model;
	double begin = seconds();

	return load(client, &model) && errno == ENODEV && seconds() - begin < LIMIT_SECONDS;
}

static void read_model_file(const char *path)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &status))
		die("%s: %s", path, strerror(errno));
	model_file_size = (size_t)status.st_size;
	model_file = mmap(NULL, model_file_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (model_file == MAP_FAILED || model_file_size > INPUT_OFFSET)
		die("%s: cannot be used", path);
	close(fd);
}

static void start(struct client *clients, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (pthread_create(&clients[i].thread, NULL, client_thread, &clients[i]))
			die("no thread");
}

static void wait_for_run(void)
{
	double end = seconds() + 60;

	while (!finished_runs && seconds() < end)
		usleep(1000);
	if (!finished_runs)
		die("no run finished within a minute");
}

static bool all_done(const struct client *clients, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!clients[i].done)
			return false;
	return true;
}

static bool judge_all(struct client *clients, size_t count, double pulled)
{
	bool good = true;

	for (size_t i = 0; i < count; i++) {
		if (!clients[i].done)
			die("%s: still waiting after 5 s", clients[i].name);
		pthread_join(clients[i].thread, NULL);
		good &= judge(&clients[i], pulled);
		if (!still_mapped(&clients[i]) || !refuses_more(&clients[i])) {
			printf("  %s: the dead file misbehaves\n", clients[i].name);
			good = false;
		}
	}
	return good;
}

int main(int argc, char **argv)
{
	static struct client clients[] = {
		{ .name = "run 1", .work = run_model },
		{ .name = "run 2", .work = run_model },
		{ .name = "load", .work = send_models },
		{ .name = "query", .work = query_memory },
		{ .name = "poll", .work = sleep_in_poll },
	};
	const size_t count = sizeof(clients) / sizeof(clients[0]), first = 1;
	double pulled;

	if (argc != 5)
		die("usage: pull_cable DEVICE CABLE DELAY_MS KMODEL");
	device_path = argv[1];
	read_model_file(argv[4]);
	for (size_t i = 0; i < count; i++)
		prepare(&clients[i]);
	start(clients, first);
	wait_for_run();
	start(clients + first, count - first);
	usleep((useconds_t)atoi(argv[3]) * 1000);
	pulled = seconds();
	kill((pid_t)atoi(argv[2]), SIGTERM);
	while (!all_done(clients, count) && seconds() < pulled + 5)
		usleep(1000);
	return !judge_all(clients, count, pulled);
}
