/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The holder of the tty boots the board: raw mode, who may use it, and what becomes of the device
 * when the holder is late, wrong or gone.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "client.h"
#include "testing.h"

/* A few seconds on top of the driver's own bounds: its tests run where time is short. */

static struct fake_board board;

static int become_holder(const struct fake_board *of)
{
	uint32_t flags = KPU_TTY_HOLDER_BOOTS;

	return ioctl(fake_board_tty(of), KPU_TTY_IOCTL_HOLDER, &flags);
}

static int boot_begin(const struct fake_board *of, struct kpu_tty_boot_request *request)
{
	memset(request, 0xff, sizeof(*request));
	return ioctl(fake_board_tty(of), KPU_TTY_IOCTL_BOOT_BEGIN, request);
}

static int boot_end(const struct fake_board *of, uint32_t status, const char *reason)
{
	struct kpu_tty_boot_result result = { .status = status };

	snprintf(result.reason, sizeof(result.reason), "%s", reason);
	return ioctl(fake_board_tty(of), KPU_TTY_IOCTL_BOOT_END, &result);
}

static short tty_events(int tty, short wanted, int timeout_ms)
{
	struct pollfd watched = { .fd = tty, .events = wanted };

	return poll(&watched, 1, timeout_ms) < 0 ? 0 : watched.revents;
}

/* Waits until the driver asks; seconds it took, negative when it did not. */
static double wait_until_asked(double seconds)
{
	double begin = testing_now();
	short events = tty_events(fake_board_tty(&board), POLLPRI, (int)(seconds * 1e3));

	return events & POLLPRI ? testing_now() - begin : -1;
}

static bool reason_is(int fd, const char *reason)
{
	struct kpu_ioctl_device_info info = { 0 };
	bool right;

	client_query(fd, KPU_QUERY_DEVICE, &info, sizeof(info));
	right = !strcmp(info.reason, reason);
	if (!right)
		printf("uapi_boot: reason \"%s\" instead of \"%s\"\n", info.reason, reason);
	return right;
}

static void check_works(struct client *client)
{
	struct kpu_ioctl_model_load load;
	struct kpu_ioctl_job_wait wait;
	uint64_t job;

	CHECK(client_wait_state(client->fd, KPU_DEVICE_STATE_READY, 10));
	CHECK_ERRNO(ESTALE, client_submit(client, 0, &job));
	CHECK(!client_unload(client->fd, client->model));
	CHECK(!client_load(client->fd, &client->file, &load));
	client->model = load.model;
	CHECK(!client_submit(client, 0, &job));
	CHECK(!client_wait(client->fd, job, -1, &wait) && !wait.status);
	CHECK(client_output_right(client));
}

/* Writes @count bytes and reads the answer of the "ROM" to each. */
static bool talk_raw(int tty, size_t count)
{
	uint8_t out[3000] = { 0 }, in[3000] = { 0 };
	size_t sent = 0, got = 0;
	double end = testing_now() + 5;

	for (size_t i = 0; i < count; i++)
		out[i] = (uint8_t)(i * 7 + 3);
	while (got < count && testing_now() < end) {
		short events = tty_events(tty, (short)(POLLIN | (sent < count ? POLLOUT : 0)), 100);
		ssize_t n;

		if (events & POLLOUT) {
			n = write(tty, out + sent, count - sent);
			sent += n > 0 ? (size_t)n : 0;
		}
		if (events & POLLIN) {
			n = read(tty, in + got, count - got);
			got += n > 0 ? (size_t)n : 0;
		}
	}
	for (size_t i = 0; i < got; i++) {
		if (in[i] != FAKE_BOARD_ROM_BYTE(out[i]))
			return false;
	}
	return got == count;
}

struct background_load {
	struct client *client;
	struct kpu_ioctl_model_load load;
	int result;
};

static void *load_thread(void *argument)
{
	struct background_load *background = argument;
	struct client *client = background->client;

	background->result = client_load(client->fd, &client->file, &background->load);
	return NULL;
}

/* Unasked, in the middle of work: jobs are told at once, a load waits for the board. */
static void test_raw(bool slow)
{
	struct background_load background;
	struct kpu_ioctl_driver_counters counters;
	struct kpu_tty_boot_request request;
	struct kpu_ioctl_job_wait wait;
	struct client client;
	pthread_t thread;
	uint64_t jobs[2];
	uint8_t byte;

	if (!CHECK(slow ? fake_board_plug_slow(&board) : fake_board_plug(&board)))
		return;
	if (slow && !CHECK(client_wait_state(client_open(&board), KPU_DEVICE_STATE_READY, 10)))
		return;
	if (!client_start(&board, &client) || !CHECK(!become_holder(&board)))
		return;
	CHECK_ERRNO(EIO, read(fake_board_tty(&board), &byte, 1));
	CHECK_ERRNO(EIO, write(fake_board_tty(&board), &byte, 1));
	board.faults.run_delay_ms = 30000;
	for (int i = 0; i < 2; i++)
		CHECK(!client_submit(&client, 60000, &jobs[i]));
	testing_sleep(0.1);
	board.faults.rom = true;
	CHECK(!boot_begin(&board, &request));
	CHECK(request.reason == KPU_BOOT_REASON_HOLDER && request.baud == 2000000);
	CHECK(memchr(request.reason_text, 0, sizeof(request.reason_text)));
	CHECK(client_wait_state(client.fd, KPU_DEVICE_STATE_BOOTING, 0));
	for (int i = 0; i < 2; i++)
		CHECK(!client_wait(client.fd, jobs[i], 1000000000, &wait) &&
		      wait.status == KPU_STATUS_BOARD_RESET);
	background.client = &client;
	pthread_create(&thread, NULL, load_thread, &background);
	CHECK(!(tty_events(fake_board_tty(&board), POLLPRI, 0)));
	for (size_t count = 1; count <= 3000; count = count * 3 + 7)
		CHECK(talk_raw(fake_board_tty(&board), count));
	board.faults.run_delay_ms = 0;
	fake_board_reset(&board);
	testing_sleep(0.05);
	board.faults.rom = false;
	CHECK(!boot_end(&board, 0, ""));
	CHECK_ERRNO(EIO, read(fake_board_tty(&board), &byte, 1));
	pthread_join(thread, NULL);
	CHECK(!background.result);
	check_works(&client);
	CHECK(!client_query(client.fd, KPU_QUERY_DRIVER, &counters, sizeof(counters)));
	CHECK(counters.boots_done == 1 && !counters.boots_asked && !counters.boots_failed);
	CHECK(counters.board_resets == 1 && !counters.deaths);
	CHECK(!slow || board.baud == 2000000);
	client_end(&client);
	fake_board_unplug(&board);
}

/* The rate of the result is the one that the line is raised to, whatever the holder left. */
static void test_rate(void)
{
	struct kpu_tty_boot_result result = { .baud = 2000000 };
	struct kpu_ioctl_device_info info = { 0 };
	struct kpu_tty_boot_request request;
	struct termios settings;
	int fd;

	if (!CHECK(fake_board_plug_slow(&board)) || !CHECK(!become_holder(&board)))
		return;
	/* Directly after attaching. */
	CHECK(!boot_begin(&board, &request));
	fd = client_open(&board);
	CHECK(!tcgetattr(fake_board_tty(&board), &settings));
	cfsetspeed(&settings, B460800);
	CHECK(!tcsetattr(fake_board_tty(&board), TCSANOW, &settings));
	CHECK(!ioctl(fake_board_tty(&board), KPU_TTY_IOCTL_BOOT_END, &result));
	CHECK(client_wait_state(fd, KPU_DEVICE_STATE_READY, 5));
	CHECK(!client_query(fd, KPU_QUERY_DEVICE, &info, sizeof(info)));
	CHECK(info.line_rate == 200000 && board.baud == 2000000);
	close(fd);
	fake_board_unplug(&board);
}

/* The board's thread may be in the middle of its round. */
static void fall_silent(void)
{
	board.faults.silent = true;
	testing_sleep(0.05);
}

static void boot_when_asked(struct client *client, uint32_t reason)
{
	struct kpu_tty_boot_request request;

	CHECK(!boot_begin(&board, &request));
	CHECK(request.reason == reason && *request.reason_text);
	CHECK(!tty_events(fake_board_tty(&board), POLLPRI, 0));
	board.faults.silent = false;
	board.faults.no_answers = false;
	fake_board_reset(&board);
	testing_sleep(0.1);
	CHECK(!boot_end(&board, 0, ""));
	check_works(client);
}

static void test_asked(void)
{
	struct kpu_ioctl_driver_counters counters;
	struct kpu_ioctl_job_wait wait;
	struct client client;
	uint64_t job;

	if (!CHECK(fake_board_plug(&board)) || !client_start(&board, &client) ||
	    !CHECK(!become_holder(&board)))
		return;
	fall_silent();
	CHECK(!client_submit(&client, 60000, &job));
	CHECK(wait_until_asked(2 + 5 + TESTING_SLACK_S) > 0);
	boot_when_asked(&client, KPU_BOOT_REASON_SILENT);
	CHECK(!client_wait(client.fd, job, 0, &wait) && wait.status == KPU_STATUS_BOARD_RESET);

	board.faults.no_answers = true;
	CHECK(!client_submit(&client, 200, &job));
	CHECK(!client_wait(client.fd, job, -1, &wait) && wait.status == KPU_STATUS_TIMEOUT);
	CHECK(wait_until_asked(5 + TESTING_SLACK_S) > 0);
	boot_when_asked(&client, KPU_BOOT_REASON_STUCK);
	CHECK(!client_query(client.fd, KPU_QUERY_DRIVER, &counters, sizeof(counters)));
	CHECK(counters.boots_asked == 2 && counters.boots_done == 2 && !counters.deaths);
	CHECK(*counters.last_reason && counters.resyncs);
	client_end(&client);
	fake_board_unplug(&board);
}

static int write_reset(const char *text)
{
	char path[64];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/sys/class/kpu/kpu%d/reset", board.number);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return -1;
	length = write(fd, text, strlen(text));
	close(fd);
	return length < 0 ? -1 : 0;
}

/* By the holder when there is one, else by the board's own command, else not at all. */
static void test_reset_file(void)
{
	const struct fake_board_faults garbage = { .garbage = true };
	struct kpu_ioctl_job_wait wait;
	struct client client;
	uint64_t job;

	if (!CHECK(fake_board_plug(&board)) || !client_start(&board, &client))
		return;
	CHECK_ERRNO(EINVAL, write_reset("perhaps"));
	CHECK_ERRNO(EINVAL, write_reset("0"));
	board.faults.run_delay_ms = 30000;
	CHECK(!client_submit(&client, 60000, &job));
	testing_sleep(0.1);
	board.faults.silent = true;
	/* The board's thread may be in the middle of its round. */
	testing_sleep(0.05);
	CHECK(!write_reset("1"));
	CHECK_ERRNO(EBUSY, write_reset("1"));
	board.faults.silent = false;
	CHECK(!client_wait(client.fd, job, 5000000000, &wait) &&
	      wait.status == KPU_STATUS_BOARD_RESET);
	board.faults.run_delay_ms = 0;
	check_works(&client);

	CHECK(!become_holder(&board));
	CHECK(!write_reset("1\n"));
	CHECK(wait_until_asked(1) >= 0);
	boot_when_asked(&client, KPU_BOOT_REASON_REQUEST);
	client_end(&client);
	fake_board_unplug(&board);

	if (!CHECK(fake_board_plug_faulty(&board, &garbage)))
		return;
	testing_sleep(0.1);
	CHECK_ERRNO(EIO, write_reset("1"));
	fake_board_unplug(&board);
}

static void *load_in_vain(void *argument)
{
	struct client *client = argument;
	struct kpu_ioctl_model_load load = { .size = 60000 };
	struct client_buffer file;

	CHECK(!client_buffer_create(client->fd, 65536, &file));
	fake_board_write_model(file.bytes, 60000, INPUT_BYTES);
	load.buffer = file.handle;
	CHECK_ERRNO(ETIMEDOUT, ioctl(client->fd, KPU_IOCTL_MODEL_LOAD, &load));
	client_buffer_destroy(client->fd, &file);
	return NULL;
}

/* Dead by its holder's fault while the board gets a model: it keeps no half of it. */
static void test_dead_in_a_load(void)
{
	struct client client;
	pthread_t loader;
	int kept = 0;

	if (!CHECK(fake_board_plug(&board)) || !client_start(&board, &client) ||
	    !CHECK(!become_holder(&board)))
		return;
	board.faults.no_room = true;
	pthread_create(&loader, NULL, load_in_vain, &client);
	testing_sleep(0.3);
	CHECK(!write_reset("1"));
	CHECK(client_wait_state(client.fd, KPU_DEVICE_STATE_DEAD,
				KPU_BOOT_BEGIN_MS / 1e3 + TESTING_SLACK_S));
	pthread_join(loader, NULL);
	board.faults.no_room = false;
	CHECK(client_wait_state(client.fd, KPU_DEVICE_STATE_READY, 8));
	testing_sleep(0.2);
	for (int i = 0; i < (int)KPU_BOARD_REQUESTS_MAX; i++)
		kept += board.board.requests[i].state != 0;
	CHECK(kept == 0);
	client_end(&client);
	fake_board_unplug(&board);
}

/* A board that comes back while its holder is still thinking about it is not booted. */
static void test_comes_back(void)
{
	struct kpu_ioctl_job_wait wait;
	struct client client;
	uint64_t job;

	if (!CHECK(fake_board_plug(&board)) || !client_start(&board, &client) ||
	    !CHECK(!become_holder(&board)))
		return;
	fall_silent();
	CHECK(!client_submit(&client, 60000, &job));
	CHECK(wait_until_asked(2 + 5 + TESTING_SLACK_S) > 0);
	board.faults.silent = false;
	CHECK(client_wait_state(client.fd, KPU_DEVICE_STATE_READY, 2));
	CHECK(!tty_events(fake_board_tty(&board), POLLPRI, 0));
	CHECK(!client_wait(client.fd, job, -1, &wait));
	CHECK(!wait.status);
	client_end(&client);
	fake_board_unplug(&board);
}

/* Asked and silent, then asked and failing: dead, with the reason; then it boots it after all. */
static void test_useless_holder(void)
{
	struct kpu_ioctl_driver_counters counters;
	struct kpu_tty_boot_request request;
	struct kpu_ioctl_job_wait wait;
	struct client client;
	uint64_t job;

	if (!CHECK(fake_board_plug(&board)) || !client_start(&board, &client) ||
	    !CHECK(!become_holder(&board)))
		return;
	fall_silent();
	CHECK(!client_submit(&client, 60000, &job));
	CHECK(wait_until_asked(2 + 5 + TESTING_SLACK_S) > 0);
	CHECK(client_wait_state(client.fd, KPU_DEVICE_STATE_DEAD, KPU_BOOT_BEGIN_MS / 1e3 + 1));
	CHECK(reason_is(client.fd, "the program that attached the board does not boot it"));
	CHECK(!client_wait(client.fd, job, 0, &wait) && wait.status == KPU_STATUS_TIMEOUT);
	CHECK_ERRNO(EIO, client_submit(&client, 0, &job));
	CHECK(!tty_events(fake_board_tty(&board), POLLPRI, 0));
	CHECK_ERRNO(ECANCELED, boot_end(&board, 0, ""));

	CHECK(!boot_begin(&board, &request) && request.reason == KPU_BOOT_REASON_HOLDER);
	CHECK(!boot_end(&board, KPU_STATUS_NO_DEVICE, "no\nmask ROM\x80 there"));
	CHECK(client_wait_state(client.fd, KPU_DEVICE_STATE_DEAD, 0));
	CHECK(reason_is(client.fd, "no?mask ROM? there"));

	boot_when_asked(&client, KPU_BOOT_REASON_HOLDER);
	CHECK(!client_query(client.fd, KPU_QUERY_DRIVER, &counters, sizeof(counters)));
	CHECK(counters.boots_asked == 1 && counters.boots_done == 1 && counters.boots_failed == 2);
	CHECK(counters.deaths == 2);
	CHECK(!strcmp(counters.last_reason, "waiting for the firmware"));
	client_end(&client);
	fake_board_unplug(&board);
}

static void test_misuse(void)
{
	struct {
		struct kpu_tty_boot_result known;
		uint32_t more[4];
	} longer = { .more = { 0, 0, 1, 0 } };
	unsigned int number = KPU_TTY_IOCTL_BOOT_END & ~(_IOC_SIZEMASK << _IOC_SIZESHIFT);
	struct kpu_tty_boot_request request;
	uint32_t flags = 0;
	int tty, fd;

	if (!CHECK(fake_board_plug(&board)))
		return;
	tty = fake_board_tty(&board);
	fd = client_open(&board);
	CHECK(client_wait_state(fd, KPU_DEVICE_STATE_READY, 5));
	CHECK_ERRNO(EPERM, boot_begin(&board, &request));
	CHECK_ERRNO(EPERM, boot_end(&board, 0, ""));
	flags = 2;
	CHECK_ERRNO(EINVAL, ioctl(tty, KPU_TTY_IOCTL_HOLDER, &flags));
	CHECK_ERRNO(EFAULT, ioctl(tty, KPU_TTY_IOCTL_HOLDER, NULL));
	CHECK(!become_holder(&board) && !become_holder(&board));
	CHECK_ERRNO(ECANCELED, boot_end(&board, 0, ""));
	CHECK_ERRNO(EFAULT, ioctl(tty, KPU_TTY_IOCTL_BOOT_BEGIN, NULL));
	CHECK_ERRNO(EINVAL, ioctl(tty, _IOC(_IOC_READ, KPU_IOCTL_TYPE, 0x42, 4), &request));
	CHECK(client_wait_state(fd, KPU_DEVICE_STATE_READY, 0));

	CHECK(!boot_begin(&board, &request));
	CHECK_ERRNO(EALREADY, boot_begin(&board, &request));
	CHECK_ERRNO(EFAULT, ioctl(tty, KPU_TTY_IOCTL_BOOT_END, NULL));
	CHECK_ERRNO(EINVAL, ioctl(tty, number | 4u << _IOC_SIZESHIFT, &longer));
	CHECK_ERRNO(E2BIG, ioctl(tty, number | sizeof(longer) << _IOC_SIZESHIFT, &longer));
	longer.more[2] = 0;
	/* A board that was not reset after all, and a structure of a newer program. */
	CHECK(!ioctl(tty, number | sizeof(longer) << _IOC_SIZESHIFT, &longer));
	CHECK(client_wait_state(fd, KPU_DEVICE_STATE_READY, 5));
	CHECK_ERRNO(ECANCELED, boot_end(&board, 0, ""));
	flags = 0;
	CHECK(!ioctl(tty, KPU_TTY_IOCTL_HOLDER, &flags));
	CHECK_ERRNO(EPERM, boot_begin(&board, &request));
	CHECK_ERRNO(ENOTTY, ioctl(tty, _IO(KPU_IOCTL_TYPE, 0x4f)));
	close(fd);
	fake_board_unplug(&board);
}

/* Another process holds the tty, begins and ends itself; then somebody else takes over. */
static void test_holder_dies(void)
{
	struct kpu_tty_boot_request request;
	struct client client;
	int status = -1;
	pid_t child;

	if (!CHECK(fake_board_plug(&board)) || !client_start(&board, &client))
		return;
	child = fork();
	if (!child)
		_exit(become_holder(&board) || boot_begin(&board, &request) ? 1 : 0);
	CHECK(waitpid(child, &status, 0) == child && !status);
	CHECK(client_wait_state(client.fd, KPU_DEVICE_STATE_BOOTING, 0));
	CHECK_ERRNO(EPERM, boot_end(&board, 0, ""));
	CHECK(!become_holder(&board));
	CHECK_ERRNO(EALREADY, boot_begin(&board, &request));
	fake_board_reset(&board);
	testing_sleep(0.1);
	CHECK(!boot_end(&board, 0, ""));
	check_works(&client);

	child = fork();
	if (!child) {
		errno = 0;
		_exit(become_holder(&board) == -1 && errno == EBUSY ? 0 : 1);
	}
	CHECK(waitpid(child, &status, 0) == child && !status);
	client_end(&client);
	fake_board_unplug(&board);
}

static void *read_thread(void *argument)
{
	static char byte;
	ssize_t *result = argument;

	*result = read(fake_board_tty(&board), &byte, 1);
	return NULL;
}

static void test_unplug(void)
{
	struct kpu_tty_boot_request request;
	struct kpu_ioctl_device_info info;
	double begin = testing_now();
	ssize_t result = 1;
	pthread_t thread;
	int fd;

	if (!CHECK(fake_board_plug(&board)) || !CHECK(!become_holder(&board)))
		return;
	fd = client_open(&board);
	board.faults.rom = true;
	testing_sleep(0.05);
	CHECK(!boot_begin(&board, &request));
	pthread_create(&thread, NULL, read_thread, &result);
	testing_sleep(0.1);
	board.faults.die_after_bytes = 1;
	CHECK(write(fake_board_tty(&board), "x", 1) == 1);
	pthread_join(thread, NULL);
	CHECK(result <= 0 && testing_now() - begin < 3 + TESTING_SLACK_S);
	CHECK(tty_events(fake_board_tty(&board), POLLPRI, 1000) & POLLHUP);
	while (!client_query(fd, KPU_QUERY_DEVICE, &info, sizeof(info)) &&
	       testing_now() - begin < 3 + TESTING_SLACK_S)
		testing_sleep(0.01);
	CHECK_ERRNO(ENODEV, client_query(fd, KPU_QUERY_DEVICE, &info, sizeof(info)));
	CHECK(boot_end(&board, 0, "") == -1);
	close(fd);
	fake_board_unplug(&board);
}

/* What nobody reads is held back; when raw mode ends the link does not choke on it. */
static void test_flood(void)
{
	struct kpu_tty_boot_request request;
	struct client client;
	uint8_t bytes[256];
	ssize_t length;

	if (!CHECK(fake_board_plug(&board)) || !client_start(&board, &client) ||
	    !CHECK(!become_holder(&board)))
		return;
	CHECK(!boot_begin(&board, &request));
	board.faults.garbage = true;
	testing_sleep(0.5);
	for (int i = 0; i < 1000; i++) {
		length = read(fake_board_tty(&board), bytes, sizeof(bytes));
		if (length <= 0)
			break;
	}
	CHECK(length > 0);
	testing_sleep(0.2);
	board.faults.garbage = false;
	fake_board_reset(&board);
	CHECK(!boot_end(&board, 0, ""));
	check_works(&client);
	client_end(&client);
	fake_board_unplug(&board);
}

/* Time goes by beside the other tests. */
static struct fake_board endless;
static double endless_begin;
static int endless_fd;

static void begin_endless(void)
{
	struct kpu_tty_boot_request request;

	CHECK(fake_board_plug(&endless) && !become_holder(&endless));
	endless_fd = client_open(&endless);
	CHECK(client_wait_state(endless_fd, KPU_DEVICE_STATE_READY, 5));
	CHECK(!boot_begin(&endless, &request));
	endless_begin = testing_now();
}

static void finish_endless(void)
{
	double left = endless_begin + KPU_BOOT_END_MS / 1e3 - testing_now();
	uint8_t byte;

	CHECK(left < 0 || client_wait_state(endless_fd, KPU_DEVICE_STATE_BOOTING, 0));
	/* Dead for a moment: the board answers, so that it is taken back. */
	CHECK(client_wait_state(endless_fd, KPU_DEVICE_STATE_READY, (left > 0 ? left : 0) + 8));
	CHECK_ERRNO(EIO, read(fake_board_tty(&endless), &byte, 1));
	CHECK_ERRNO(ECANCELED, boot_end(&endless, 0, ""));
	close(endless_fd);
	fake_board_unplug(&endless);
}

int main(void)
{
	begin_endless();
	test_raw(false);
	test_raw(true);
	test_rate();
	test_asked();
	test_comes_back();
	test_reset_file();
	test_useless_holder();
	test_dead_in_a_load();
	test_misuse();
	test_holder_dies();
	test_unplug();
	test_flood();
	finish_endless();
	return testing_finish("uapi_boot");
}
