/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The ioctls of 32-bit programs on a 64-bit kernel, as on many small machines: those of /dev/kpuN
 * and those of the tty. This program is none, but makes its calls by the way of i386.
 */
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include "client.h"
#include "testing.h"

/* arch/x86/entry/syscalls/syscall_32.tbl */
#define I386_IOCTL 54L

static struct fake_board board;

/* What the calls point to, where 32 bits reach it. */
static struct {
	struct kpu_ioctl_query query;
	struct kpu_ioctl_device_info info;
	struct kpu_ioctl_buffer_create create;
	struct kpu_ioctl_job_submit submit;
	struct kpu_ioctl_tap tap;
	struct kpu_ioctl_job_wait wait;
	struct kpu_ioctl_tap_result result;
	struct kpu_tty_boot_request request;
	struct kpu_tty_boot_result booted;
	uint32_t number;
	uint8_t termios[128];
} * low;

static int ioctl_32(int fd, unsigned long command, const void *argument)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(I386_IOCTL), "b"((long)fd), "c"(command), "d"(argument)
			 : "memory", "cc", "r8", "r9", "r10", "r11");
	if (result >= 0)
		return (int)result;
	errno = (int)-result;
	return -1;
}

static void test_device(const struct client *client)
{
	low->query.kind = KPU_QUERY_DEVICE;
	low->query.data_size = sizeof(low->info);
	low->query.data = (uintptr_t)&low->info;
	CHECK(!ioctl_32(client->fd, KPU_IOCTL_QUERY, &low->query));
	CHECK(low->info.uapi_version == KPU_UAPI_VERSION && low->info.clients == 1);
	low->create.size = 1;
	CHECK(!ioctl_32(client->fd, KPU_IOCTL_BUFFER_CREATE, &low->create) && low->create.handle);
	CHECK_ERRNO(EFAULT, ioctl_32(client->fd, KPU_IOCTL_BUFFER_CREATE, NULL));
	CHECK_ERRNO(ENOTTY, ioctl_32(client->fd, _IO(KPU_IOCTL_TYPE, 0x7f), low));
}

static void test_job(const struct client *client)
{
	low->tap = (struct kpu_ioctl_tap){
		.kind = KPU_TAP_KIND_OUTPUT,
		.index = 1,
		.limit = OUTPUT_BYTES,
	};
	low->submit = client_job(client, &low->tap);
	CHECK(!ioctl_32(client->fd, KPU_IOCTL_JOB_SUBMIT, &low->submit));
	low->wait.job = low->submit.job;
	low->wait.timeout_ns = -1;
	low->wait.tap_results = (uintptr_t)&low->result;
	low->wait.tap_count = 1;
	low->wait.tap_size = sizeof(low->result);
	CHECK(!ioctl_32(client->fd, KPU_IOCTL_JOB_WAIT, &low->wait) && !low->wait.status);
	CHECK(low->result.length == OUTPUT_BYTES);
	CHECK(client_output_right(client));
}

static void test_tty(const struct client *client)
{
	int tty = fake_board_tty(&board);

	low->number = ~0u;
	CHECK(!ioctl_32(tty, KPU_TTY_IOCTL_NUMBER, &low->number));
	CHECK((int)low->number == board.number);
	CHECK_ERRNO(EFAULT, ioctl_32(tty, KPU_TTY_IOCTL_NUMBER, NULL));
	low->number = KPU_TTY_HOLDER_BOOTS;
	CHECK(!ioctl_32(tty, KPU_TTY_IOCTL_HOLDER, &low->number));
	CHECK(!ioctl_32(tty, KPU_TTY_IOCTL_BOOT_BEGIN, &low->request));
	CHECK(low->request.reason == KPU_BOOT_REASON_HOLDER && *low->request.reason_text);
	CHECK_ERRNO(EALREADY, ioctl_32(tty, KPU_TTY_IOCTL_BOOT_BEGIN, &low->request));
	CHECK(!ioctl_32(tty, KPU_TTY_IOCTL_BOOT_END, &low->booted));
	CHECK(client_wait_state(client->fd, KPU_DEVICE_STATE_READY, 10));
	/* What is not the driver's stays the tty's. */
	CHECK(!ioctl_32(tty, TCGETS, low->termios));
	CHECK_ERRNO(ENOTTY, ioctl_32(tty, _IO(KPU_IOCTL_TYPE, 0x4f), low));
	CHECK_ERRNO(ENOTTY, ioctl_32(tty, _IO('q', 1), low));
}

int main(void)
{
	struct client client;

	low = mmap(NULL, sizeof(*low), PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	if (CHECK(low != MAP_FAILED) && CHECK(fake_board_plug(&board)) &&
	    client_start(&board, &client)) {
		test_device(&client);
		test_job(&client);
		test_tty(&client);
		client_end(&client);
	}
	fake_board_unplug(&board);
	return testing_finish("uapi_compat");
}
