/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * What the driver does when the kernel has no memory: each call is made again and again, while
 * first its first allocation fails, then its second, until there are no more. It must say ENOMEM or
 * succeed, and everything must work afterwards. Failures of copying from and to the program are
 * injected by the same means and give EFAULT. Needs a kernel with fault injection and its file
 * /proc/thread-self/fail-nth (Documentation/fault-injection/fault-injection.rst).
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "uapi/client.h"
#include "uapi/testing.h"

#define LINE_DISCIPLINE 29 /* N_DEVELOPMENT */
#define MOST_FAILURES   2000

static struct fake_board board;
static struct client client;
static int fail_nth;

/* One call of the table: 0 or -1 with errno. What it made is undone by @undo, without failures. */
struct call {
	const char *name;
	int (*make)(void);
	void (*undo)(void);
};

/* The kernel copies the number, which may be what fails if one was left over; then none is. */
static void arm(int nth)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%d", nth);

	if (pwrite(fail_nth, text, (size_t)length, 0) != length &&
	    pwrite(fail_nth, text, (size_t)length, 0) != length)
		abort();
}

/* Whether the failure has happened. Reading copies, too: that may be what failed. */
static bool disarm(void)
{
	char text[16] = "";
	ssize_t length = pread(fail_nth, text, sizeof(text) - 1, 0);

	arm(0);
	return length > 0 && atoi(text) == 0;
}

/* Returns how many places there were to fail at. */
static int try_all(const struct call *call)
{
	int nth, result, error;
	bool happened;

	for (nth = 1; nth < MOST_FAILURES; nth++) {
		errno = 0;
		arm(nth);
		result = call->make();
		error = errno;
		happened = disarm();
		if (result && !CHECK(error == ENOMEM || error == EFAULT || error == EAGAIN))
			printf("failing_allocations: %s, failure %d: %s\n", call->name, nth,
			       strerror(error));
		if (!result && call->undo)
			call->undo();
		if (!happened)
			break;
	}
	CHECK(nth < MOST_FAILURES);
	printf("failing_allocations: %s: %d places to fail\n", call->name, nth - 1);
	return nth - 1;
}

/* --- the calls of a client ------------------------------------------------------------------- */

static int opened;

static int make_open(void)
{
	opened = open(board.device, O_RDWR | O_CLOEXEC);
	return opened < 0 ? -1 : 0;
}

static void undo_open(void)
{
	close(opened);
}

static struct kpu_ioctl_buffer_create created;

static int make_buffer(void)
{
	created = (struct kpu_ioctl_buffer_create){ .size = 20000 };
	return ioctl(client.fd, KPU_IOCTL_BUFFER_CREATE, &created);
}

static void undo_buffer(void)
{
	struct kpu_ioctl_buffer_destroy destroy = { .handle = created.handle };

	CHECK(!ioctl(client.fd, KPU_IOCTL_BUFFER_DESTROY, &destroy));
}

static void *mapped;

static int make_mapping(void)
{
	mapped = mmap(NULL, 20000, PROT_READ | PROT_WRITE, MAP_SHARED, client.fd,
		      (off_t)created.mmap_offset);
	return mapped == MAP_FAILED ? -1 : 0;
}

static void undo_mapping(void)
{
	memset(mapped, 0x55, 20000);
	munmap(mapped, 20000);
}

static struct kpu_ioctl_model_load loaded;

static int make_model(void)
{
	return client_load(client.fd, &client.file, &loaded);
}

static void undo_model(void)
{
	CHECK(!client_unload(client.fd, loaded.model));
}

static int make_query(void)
{
	struct kpu_ioctl_memory_info memory;

	return client_query(client.fd, KPU_QUERY_MEMORY, &memory, sizeof(memory));
}

static uint64_t job;

static int make_job(void)
{
	memset(client.output.bytes, 0, OUTPUT_BYTES);
	return client_submit(&client, 0, &job);
}

static void undo_job(void)
{
	struct kpu_ioctl_job_wait wait;

	CHECK(!client_wait(client.fd, job, -1, &wait) && !wait.status);
	CHECK(client_output_right(&client));
}

static int make_job_and_wait(void)
{
	struct kpu_ioctl_job_wait wait;
	int result;

	result = client_submit(&client, 0, &job);
	return result ? result : client_wait(client.fd, job, -1, &wait);
}

static int make_flash_check(void)
{
	struct kpu_ioctl_flash flash = { .operation = KPU_FLASH_CHECK, .size = 4096 };

	return ioctl(client.fd, KPU_IOCTL_FLASH, &flash);
}

static const struct call client_calls[] = {
	{ "open", make_open, undo_open },    { "buffer", make_buffer, undo_buffer },
	{ "model", make_model, undo_model }, { "query", make_query, NULL },
	{ "job", make_job, undo_job },       { "job and wait", make_job_and_wait, NULL },
	{ "flash", make_flash_check, NULL },
};

/* What a job whose result could not be copied, or a model whose handle could not, has left. */
static void start_afresh(void)
{
	client_end(&client);
	CHECK(client_start(&board, &client));
}

static void test_client(void)
{
	static const struct call mapping = { "mapping", make_mapping, undo_mapping };
	const size_t count = sizeof(client_calls) / sizeof(client_calls[0]);

	if (!CHECK(fake_board_plug(&board)) || !CHECK(client_start(&board, &client)))
		return;
	for (size_t i = 0; i < count; i++) {
		CHECK(try_all(&client_calls[i]) > 0);
		start_afresh();
	}
	CHECK(!make_buffer());
	CHECK(try_all(&mapping) > 1);
	undo_buffer();
	client_end(&client);
	client_check_works(&board);
	for (int tenths = 0; board.models && tenths < 50; tenths++)
		testing_sleep(0.1);
	/* Nothing was forgotten on the board. */
	CHECK(!board.models);
	fake_board_unplug(&board);
}

/* --- attaching ------------------------------------------------------------------------------- */

static int master, slave;

static int make_attachment(void)
{
	int discipline = LINE_DISCIPLINE;

	return ioctl(slave, TIOCSETD, &discipline);
}

static void undo_attachment(void)
{
	int discipline = 0;

	CHECK(!ioctl(slave, TIOCSETD, &discipline));
}

static void test_attaching(void)
{
	static const struct call attachment = { "attach", make_attachment, undo_attachment };
	char name[64];

	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (!CHECK(master >= 0) || !CHECK(!grantpt(master)) || !CHECK(!unlockpt(master)) ||
	    !CHECK(!ptsname_r(master, name, sizeof(name))))
		return;
	slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	CHECK(slave >= 0);
	CHECK(try_all(&attachment) > 10);
	close(slave);
	close(master);
	if (CHECK(fake_board_plug(&board))) {
		client_check_works(&board);
		fake_board_unplug(&board);
	}
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	fail_nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (fail_nth < 0) {
		puts("failing_allocations: this kernel injects no failures");
		return testing_finish("failing_allocations");
	}
	test_attaching();
	test_client();
	return testing_finish("failing_allocations");
}
