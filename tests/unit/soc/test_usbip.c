/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The USB/IP face from the host's side: enumeration, rates, bytes there and back, unlinking, pulled
 * cables, nonsense. The board runs in a child process with the echo program on UART3 at 2.01
 * Mbit/s.
 */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/soc/machine.h"
#include "tests/unit/soc/usbip_client.h"
#include "utils/k210-emu/faces/face.h"
#include "utils/k210-emu/runner.h"

#define EPIPE_STATUS     (-32)
#define UNLINKED_STATUS  (-104)
#define VENDOR_IN        0xc0
#define VENDOR_OUT       0x40
#define CLASS_OUT        0x21
#define GET_DESCRIPTOR   6
#define CONNECT_ATTEMPTS 500
#define CH341_BULK       2
#define ACM_BULK         1

static struct machine machine;
static struct usbip_answer answer;
static pid_t board_process;
static char socket_path[64];
static uint32_t rate_limit;

static void board_main(const char *device)
{
	struct runner_options runner = { .stop_after = UINT64_MAX, .pace = true };
	char address[80];
	const char *problem;
	struct face *face;

	snprintf(address, sizeof(address), "unix:%s", socket_path);
	machine_start(&machine, "echo_interrupt", NULL);
	bridge_set_rate_limit(machine.board->bridge, rate_limit);
	face = usbip_face_new(machine.board, device, address, false, &problem);
	if (!face)
		_exit(1);
	runner_run(machine.board, face, &runner);
	_exit(0);
}

static void start_board(const char *device)
{
	snprintf(socket_path, sizeof(socket_path), "/tmp/k210-emu-test-%d", (int)getpid());
	unlink(socket_path);
	board_process = fork();
	ck_assert_int_ge(board_process, 0);
	if (board_process == 0)
		board_main(device);
}

static void stop_board(void)
{
	int status;

	kill(board_process, SIGKILL);
	waitpid(board_process, &status, 0);
	ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
		      "the board process ended with status %x before it was told to", status);
	unlink(socket_path);
}

static int plug_in(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memcpy(name.sun_path, socket_path, sizeof(socket_path));
	for (int i = 0; i < CONNECT_ATTEMPTS; i++) {
		if (connect(fd, (struct sockaddr *)&name, sizeof(name)) == 0)
			return fd;
		usleep(10000);
	}
	ck_abort_msg("nothing listens on %s", socket_path);
	return -1;
}

static unsigned word16(const uint8_t *bytes)
{
	return bytes[0] | bytes[1] << 8;
}

/* Reads from the bulk endpoint until @size bytes are there. */
static void read_bulk(int fd, unsigned endpoint, uint32_t packet, char *text, size_t size)
{
	size_t got = 0;

	while (got < size) {
		client_submit(fd, endpoint, 1, NULL, NULL, packet);
		client_receive(fd, 1, &answer);
		ck_assert_int_eq(answer.status, 0);
		ck_assert_uint_le(answer.length, packet);
		ck_assert_uint_le(got + answer.length, size);
		memcpy(text + got, answer.data, answer.length);
		got += answer.length;
	}
	text[size] = 0;
}

static void write_bulk(int fd, unsigned endpoint, const char *text)
{
	client_submit(fd, endpoint, 0, NULL, text, (uint32_t)strlen(text));
	client_receive(fd, 0, &answer);
	ck_assert_int_eq(answer.status, 0);
	ck_assert_uint_eq(answer.length, strlen(text));
}

/* As the Linux driver sets 2000000 bit/s: prescaler 3, fact 1, divisor 6 of 48 MHz / 4. */
static void ch341_set_rate(int fd, unsigned divisor)
{
	ck_assert_int_eq(client_control(fd, VENDOR_OUT, 0x9a, 0x1312,
					(0x100 - divisor) << 8 | 0x80 | 1 << 2 | 3, "", 0, &answer),
			 0);
}

static void check_echo(int fd, unsigned endpoint, uint32_t packet, const char *text)
{
	char echo[256];

	write_bulk(fd, endpoint, text);
	read_bulk(fd, endpoint, packet, echo, strlen(text));
	ck_assert_str_eq(echo, text);
}

START_TEST(ch341_enumerates)
{
	int fd;

	start_board("ch341");
	fd = plug_in();
	ck_assert_int_eq(client_control(fd, 0x80, GET_DESCRIPTOR, 0x0100, 0, NULL, 64, &answer), 0);
	ck_assert_uint_eq(answer.length, 18);
	ck_assert_uint_eq(answer.data[0], 18);
	ck_assert_uint_eq(answer.data[1], 1);
	ck_assert_uint_eq(answer.data[4], 0xff);
	ck_assert_uint_eq(word16(answer.data + 8), 0x1a86);
	ck_assert_uint_eq(word16(answer.data + 10), 0x7523);
	ck_assert_int_eq(client_control(fd, 0x80, GET_DESCRIPTOR, 0x0200, 0, NULL, 9, &answer), 0);
	ck_assert_uint_eq(answer.length, 9);
	ck_assert_uint_eq(word16(answer.data + 2), 39);
	ck_assert_int_eq(client_control(fd, 0x80, GET_DESCRIPTOR, 0x0200, 0, NULL, 255, &answer),
			 0);
	ck_assert_uint_eq(answer.length, 39);
	for (unsigned at = 0; at < 39; at += answer.data[at]) {
		ck_assert_uint_ge(answer.data[at], 2);
		if (answer.data[at + 1] == 5 && answer.data[at + 3] == 2) /* bulk, full speed */
			ck_assert_uint_le(word16(answer.data + at + 4), 64);
	}
	ck_assert_int_eq(client_control(fd, 0x80, GET_DESCRIPTOR, 0x0600, 0, NULL, 10, &answer),
			 EPIPE_STATUS);
	ck_assert_int_eq(client_control(fd, 0x00, 9, 1, 0, "", 0, &answer), 0);
	ck_assert_int_eq(client_control(fd, 0x80, 8, 0, 0, NULL, 1, &answer), 0);
	ck_assert_uint_eq(answer.data[0], 1);
	ck_assert_int_eq(client_control(fd, VENDOR_IN, 0x5f, 0, 0, NULL, 2, &answer), 0);
	ck_assert_uint_eq(answer.length, 2);
	ck_assert_uint_ge(answer.data[0], 0x30); /* the driver's newer register layout */
	close(fd);
	stop_board();
}
END_TEST

START_TEST(ch341_bytes)
{
	char echo[16];
	int fd;

	start_board("ch341");
	fd = plug_in();
	ch341_set_rate(fd, 6);
	check_echo(fd, CH341_BULK, 32, "Hello over a virtual cable, and back again.");
	ch341_set_rate(fd, 8); /* 1.5 Mbit/s: the board is at 2.01 */
	write_bulk(fd, CH341_BULK, "garbled");
	read_bulk(fd, CH341_BULK, 32, echo, 7);
	ck_assert_str_ne(echo, "garbled");
	ch341_set_rate(fd, 6);
	check_echo(fd, CH341_BULK, 32, "fine again");
	close(fd);
	stop_board();
}
END_TEST

START_TEST(acm_bytes)
{
	uint8_t coding[7] = { 0x80, 0x84, 0x1e, 0x00, 0, 0, 8 }; /* 2000000 8N1 */
	int fd;

	start_board("acm");
	fd = plug_in();
	ck_assert_int_eq(client_control(fd, 0x80, GET_DESCRIPTOR, 0x0200, 0, NULL, 255, &answer),
			 0);
	ck_assert_uint_eq(answer.length, word16(answer.data + 2));
	for (unsigned at = 0; at < answer.length; at += answer.data[at]) {
		ck_assert_uint_ge(answer.data[at], 2);
		if (answer.data[at + 1] == 5 && answer.data[at + 3] == 2) /* bulk, high speed */
			ck_assert_uint_eq(word16(answer.data + at + 4), 512);
	}
	ck_assert_int_eq(client_control(fd, CLASS_OUT, 0x20, 0, 0, coding, 7, &answer), 0);
	ck_assert_int_eq(client_control(fd, 0xa1, 0x21, 0, 0, NULL, 7, &answer), 0);
	ck_assert_mem_eq(answer.data, coding, 7);
	ck_assert_int_eq(client_control(fd, CLASS_OUT, 0x22, 3, 0, "", 0, &answer), 0);
	check_echo(fd, ACM_BULK, 512, "control model, abstract");
	close(fd);
	stop_board();
}
END_TEST

/* A chip that cannot go above 1.5 Mbit/s keeps its divisor; the driver is not told. */
START_TEST(ch341_rate_limit)
{
	char echo[16];
	int fd;

	rate_limit = 1500000;
	start_board("ch341");
	fd = plug_in();
	ch341_set_rate(fd, 104); /* 115385 */
	ch341_set_rate(fd, 6);
	write_bulk(fd, CH341_BULK, "garbled");
	read_bulk(fd, CH341_BULK, 32, echo, 7);
	ck_assert_str_ne(echo, "garbled");
	close(fd);
	stop_board();
}
END_TEST

/* This one refuses, and tells the coding that it kept. */
START_TEST(acm_rate_limit)
{
	const uint8_t slow[7] = { 0x00, 0xc2, 0x01, 0x00, 0, 0, 8 }; /* 115200 */
	const uint8_t fast[7] = { 0x80, 0x84, 0x1e, 0x00, 0, 0, 8 };
	int fd;

	rate_limit = 1500000;
	start_board("acm");
	fd = plug_in();
	ck_assert_int_eq(client_control(fd, CLASS_OUT, 0x20, 0, 0, slow, 7, &answer), 0);
	ck_assert_int_eq(client_control(fd, CLASS_OUT, 0x20, 0, 0, fast, 7, &answer), EPIPE_STATUS);
	ck_assert_int_eq(client_control(fd, 0xa1, 0x21, 0, 0, NULL, 7, &answer), 0);
	ck_assert_mem_eq(answer.data, slow, 7);
	close(fd);
	stop_board();
}
END_TEST

START_TEST(unlinking)
{
	uint32_t waiting, unlink_request;
	int fd;

	start_board("ch341");
	fd = plug_in();
	waiting = client_submit(fd, CH341_BULK, 1, NULL, NULL, 32);
	client_submit(fd, 1, 1, NULL, NULL, 8); /* modem inputs: waits for ever */
	unlink_request = client_unlink(fd, waiting);
	client_receive(fd, 0, &answer);
	ck_assert_uint_eq(answer.command, 4);
	ck_assert_uint_eq(answer.seqnum, unlink_request);
	ck_assert_int_eq(answer.status, UNLINKED_STATUS);
	client_unlink(fd, waiting);
	client_receive(fd, 0, &answer);
	ck_assert_int_eq(answer.status, 0);
	/* What comes now is for the next request, not for the one that was taken back. */
	check_echo(fd, CH341_BULK, 32, "next");
	client_submit(fd, 7, 1, NULL, NULL, 32);
	client_receive(fd, 0, &answer);
	ck_assert_int_eq(answer.status, EPIPE_STATUS);
	close(fd);
	stop_board();
}
END_TEST

START_TEST(pulled_cable)
{
	start_board("ch341");
	for (int round = 0; round < 20; round++) {
		int fd = plug_in();

		ch341_set_rate(fd, 6);
		check_echo(fd, CH341_BULK, 32, "power is back");
		/* In the middle of things: a request waits, bytes are on the way. */
		client_submit(fd, CH341_BULK, 1, NULL, NULL, 32);
		client_submit(fd, CH341_BULK, 0, NULL, "lost", 4);
		close(fd);
	}
	stop_board();
}
END_TEST

START_TEST(nonsense)
{
	uint64_t state = (uint64_t)_i * 77 + 1;
	uint8_t bytes[4096];
	int fd;

	start_board(_i & 1 ? "acm" : "ch341");
	for (int round = 0; round < 20; round++) {
		fd = plug_in();
		for (size_t i = 0; i < sizeof(bytes); i++) {
			state = state * 6364136223846793005u + 1442695040888963407u;
			bytes[i] = (uint8_t)(state >> 56);
			/* Plausible headers: a good command and small fields. */
			if (round & 1)
				bytes[i] = i % 48 == 3   ? 1 + (bytes[i] & 1)
					   : i % 4 == 3  ? bytes[i] & 15
					   : i % 48 < 40 ? 0
							 : bytes[i];
		}
		send(fd, bytes, sizeof(bytes), MSG_NOSIGNAL);
		close(fd);
	}
	fd = plug_in();
	client_write_all(fd, "\xff\xff\xff\xff", 4);
	memset(bytes, 0xff, 44);
	client_write_all(fd, bytes, 44);
	ck_assert(client_is_closed(fd));
	close(fd);
	fd = plug_in();
	check_echo(fd, _i & 1 ? ACM_BULK : CH341_BULK, 32, "still there");
	close(fd);
	stop_board();
}
END_TEST

/* One request of a kind the device does not have comes back with its packet descriptors. */
START_TEST(isochronous)
{
	uint8_t message[48 + 2 * 16] = { 0 };
	uint8_t reply[48 + 2 * 16];
	size_t got = 0;
	int fd;

	start_board("ch341");
	fd = plug_in();
	message[3] = 1;   /* submit */
	message[7] = 99;  /* seqnum */
	message[15] = 1;  /* in */
	message[19] = 3;  /* endpoint */
	message[27] = 64; /* length */
	message[35] = 2;  /* packets */
	client_write_all(fd, message, sizeof(message));
	while (got < sizeof(reply)) {
		ssize_t part = read(fd, reply + got, sizeof(reply) - got);

		ck_assert_int_gt(part, 0);
		got += (size_t)part;
	}
	ck_assert_uint_eq(reply[3], 3);
	ck_assert_uint_eq(reply[7], 99);
	ck_assert_uint_eq(reply[23], 256 - 32); /* -EPIPE */
	ck_assert_uint_eq(reply[35], 2);
	check_echo(fd, CH341_BULK, 32, "in step");
	close(fd);
	stop_board();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("USB/IP face");
	TCase *tests = tcase_create("usbip");
	SRunner *runner;
	int failed;

	if (!machine_programs_available())
		return 77;
	signal(SIGPIPE, SIG_IGN);
	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, ch341_enumerates);
	tcase_add_test(tests, ch341_bytes);
	tcase_add_test(tests, acm_bytes);
	tcase_add_test(tests, ch341_rate_limit);
	tcase_add_test(tests, acm_rate_limit);
	tcase_add_test(tests, unlinking);
	tcase_add_test(tests, pulled_cable);
	tcase_add_loop_test(tests, nonsense, 0, 4);
	tcase_add_test(tests, isochronous);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
