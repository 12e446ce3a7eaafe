/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Reset and boot pin from outside: the sequences of kflash.py for each class of board, over the
 * bridge itself, over USB/IP and over the side channel. The flash holds a program that says hello.
 */
#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/rom/isp_client.h"
#include "tests/unit/soc/usbip_client.h"
#include "utils/k210-emu/faces/face.h"
#include "utils/k210-emu/runner.h"

#define STEP_MICROSECONDS 100000
/* Between the two control requests that one step consists of. */
#define GAP_MICROSECONDS 2000
#define PATIENCE_MS      5000

struct step {
	bool dtr, rts;
};

static const struct sequence {
	const char *name;
	enum bridge_style style;
	struct step isp[3], boot[3];
} sequences[] = {
	{ "dan",
	  BRIDGE_STYLE_DAN,
	  { { 0, 0 }, { 0, 1 }, { 1, 0 } },
	  { { 0, 0 }, { 0, 1 }, { 0, 0 } } },
	{ "kd233",
	  BRIDGE_STYLE_KD233,
	  { { 0, 0 }, { 1, 0 }, { 0, 1 } },
	  { { 0, 0 }, { 1, 0 }, { 0, 0 } } },
	{ "goD",
	  BRIDGE_STYLE_GOD,
	  { { 1, 1 }, { 1, 0 }, { 1, 0 } },
	  { { 0, 0 }, { 1, 0 }, { 1, 1 } } },
};

#define SEQUENCE_COUNT 3

static const char hello[] = "divisor=d38\nio4=12\nio5=13\nhart 1 comes by itself=1\n"
			    "hart 1 comes when called=1\n";
static const char greeting[] = "\xc0\xc2\0\0\0\0\0\0\0\0\0\0\0\0\xc0";
#define GREETING_SIZE 15

static struct machine machine;
static struct program program;
static struct usbip_answer answer;

static void start(enum bridge_style style)
{
	program_read(&program, "rom_entry");
	rom_start(&machine, BOARD_CLOCK_FAST, HART1_RELEASED, NULL);
	rom_write_image(&machine, 0, &program);
	bridge_set_style(machine.board->bridge, style);
}

/* ---- the bridge ---- */

static void take_steps(const struct step *steps, bool rts_first)
{
	struct bridge *bridge = machine.board->bridge;

	for (unsigned i = 0; i < 3; i++) {
		if (rts_first)
			bridge_set_rts(bridge, steps[i].rts);
		else
			bridge_set_dtr(bridge, steps[i].dtr);
		rom_run(&machine, GAP_MICROSECONDS * 1e-6);
		bridge_set_lines(bridge, steps[i].dtr, steps[i].rts);
		rom_run(&machine, STEP_MICROSECONDS * 1e-6);
	}
}

START_TEST(lines)
{
	const struct sequence *sequence = &sequences[_i / 2];

	if (!machine_programs_available())
		return;
	start(sequence->style);
	for (unsigned round = 0; round < 3; round++) {
		take_steps(sequence->isp, _i & 1);
		isp_greet(&machine);
		rom_clear_output(&machine);
		take_steps(sequence->boot, _i & 1);
		ck_assert_str_eq(machine.output, hello);
	}
	machine_stop(&machine);
}
END_TEST

/* After ISP the boot pin is still low: another reset comes to ISP again until it is let go. */
START_TEST(boot_pin_stays_low)
{
	if (!machine_programs_available())
		return;
	start(BRIDGE_STYLE_DAN);
	take_steps(sequences[0].isp, true);
	board_request_reset(machine.board, RESET_PIN);
	rom_run(&machine, 0.1);
	isp_greet(&machine);
	bridge_set_dtr(machine.board->bridge, false);
	rom_clear_output(&machine);
	board_request_reset(machine.board, RESET_PIN);
	rom_run(&machine, 0.1);
	ck_assert_str_eq(machine.output, hello);
	machine_stop(&machine);
}
END_TEST

/*
 * A client that tries one class after the other: on the old debugger only its own sequence enters
 * ISP, whatever was tried before. RTS before DTR, as the known clients do it.
 */
START_TEST(debugger_wants_its_own)
{
	if (!machine_programs_available())
		return;
	start(BRIDGE_STYLE_GOD);
	rom_run(&machine, 0.1);
	for (unsigned i = 0; i < 2; i++) {
		take_steps(sequences[i].isp, true);
		rom_clear_output(&machine);
		rom_exchange(&machine, greeting, GREETING_SIZE, 4);
		ck_assert_uint_eq(machine.output_size, 0);
	}
	take_steps(sequences[2].isp, true);
	isp_greet(&machine);
	rom_clear_output(&machine);
	take_steps(sequences[2].boot, true);
	ck_assert_ptr_nonnull(strstr(machine.output, hello));
	machine_stop(&machine);
}
END_TEST

START_TEST(held_in_reset)
{
	uint64_t resets;

	if (!machine_programs_available())
		return;
	start(BRIDGE_STYLE_DAN);
	bridge_set_rts(machine.board->bridge, true);
	rom_run(&machine, 1);
	resets = machine.board->reset_count;
	board_request_reset(machine.board, RESET_PIN);
	rom_exchange(&machine, greeting, GREETING_SIZE, 1);
	ck_assert_uint_eq(machine.output_size, 0);
	bridge_set_rts(machine.board->bridge, false);
	rom_run(&machine, 0.1);
	ck_assert_str_eq(machine.output, hello);
	ck_assert_uint_eq(machine.board->reset_count, resets + 1);
	machine_stop(&machine);
}
END_TEST

START_TEST(not_wired)
{
	if (!machine_programs_available())
		return;
	start(BRIDGE_STYLE_NONE);
	rom_run(&machine, 0.1);
	take_steps(sequences[0].isp, true);
	take_steps(sequences[1].isp, true);
	bridge_set_lines(machine.board->bridge, true, true);
	rom_run(&machine, 0.1);
	ck_assert_str_eq(machine.output, hello);
	ck_assert_uint_eq(machine.board->reset_count, 1);
	machine_stop(&machine);
}
END_TEST

/* ---- a board in a process of its own ---- */

static pid_t board_process;

/* @device NULL: a stream with the side channel at @control. */
static void board_main(const char *device, int fd, int control, enum bridge_style style)
{
	struct runner_options runner = { .stop_after = UINT64_MAX,
					 .grace_nanoseconds = 20000000,
					 .pace = true };
	char address[16], control_address[16];
	const char *problem;
	struct face *face;

	snprintf(address, sizeof(address), "fd:%d", fd);
	start(style);
	if (device) {
		face = usbip_face_new(machine.board, device, address, false, &problem);
	} else {
		snprintf(control_address, sizeof(control_address), "fd:%d", control);
		face = stream_face_new(machine.board, address, false, &problem);
		runner.control = control_new(machine.board, control_address, 1, &problem);
		if (!runner.control)
			_exit(1);
	}
	if (!face)
		_exit(1);
	runner_run(machine.board, face, &runner);
	_exit(0);
}

static void start_process(const char *device, int *fd, int *control, enum bridge_style style)
{
	int line[2], side[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, line), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, side), 0);
	board_process = fork();
	ck_assert_int_ge(board_process, 0);
	if (board_process == 0) {
		close(line[0]);
		close(side[0]);
		board_main(device, line[1], side[1], style);
	}
	close(line[1]);
	close(side[1]);
	*fd = line[0];
	*control = side[0];
}

/* The board ends by itself when its line is closed. */
static void stop_process(int fd, int control)
{
	int status;

	close(fd);
	close(control);
	ck_assert_int_eq(waitpid(board_process, &status, 0), board_process);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void read_exactly(int fd, char *bytes, size_t size)
{
	for (size_t got = 0; got < size;) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		ssize_t part;

		ck_assert_msg(poll(&ready, 1, PATIENCE_MS) == 1, "nothing after '%.*s'", (int)got,
			      bytes);
		part = read(fd, bytes + got, size - got);
		ck_assert_int_gt(part, 0);
		got += (size_t)part;
	}
}

/* ---- USB/IP ---- */

static void usb_set_lines(int fd, bool acm, bool dtr, bool rts)
{
	unsigned value = acm ? (unsigned)dtr | (unsigned)rts << 1
			     : ~((unsigned)dtr << 5 | (unsigned)rts << 6) & 0xffff;

	ck_assert_int_eq(client_control(fd, acm ? 0x21 : 0x40, acm ? 0x22 : 0xa4, value, 0, "", 0,
					&answer),
			 0);
}

/* As kflash.py does it: RTS first, then DTR, each a request of its own. */
static void usb_take_steps(int fd, bool acm, const struct step *steps)
{
	bool dtr = false;

	for (unsigned i = 0; i < 3; i++) {
		usb_set_lines(fd, acm, dtr, steps[i].rts);
		usleep(GAP_MICROSECONDS);
		usb_set_lines(fd, acm, steps[i].dtr, steps[i].rts);
		dtr = steps[i].dtr;
		usleep(STEP_MICROSECONDS);
	}
}

static void usb_read(int fd, bool acm, char *text, size_t size)
{
	for (size_t got = 0; got < size; got += answer.length) {
		client_submit(fd, acm ? 1 : 2, 1, NULL, NULL, acm ? 512 : 32);
		client_receive(fd, 1, &answer);
		ck_assert_int_eq(answer.status, 0);
		ck_assert_uint_le(got + answer.length, size);
		memcpy(text + got, answer.data, answer.length);
	}
}

static void usb_check_hello(int fd, bool acm)
{
	char text[sizeof(hello)] = "";

	usb_read(fd, acm, text, sizeof(hello) - 1);
	ck_assert_str_eq(text, hello);
}

START_TEST(usb_lines)
{
	const struct sequence *sequence = &sequences[_i / 2];
	bool acm = _i & 1;
	char reply[4];
	int fd, control;

	if (!machine_programs_available())
		return;
	start_process(acm ? "acm" : "ch341", &fd, &control, sequence->style);
	usb_check_hello(fd, acm);
	usb_take_steps(fd, acm, sequence->isp);
	client_submit(fd, acm ? 1 : 2, 0, NULL, greeting, GREETING_SIZE);
	client_receive(fd, 0, &answer);
	ck_assert_int_eq(answer.status, 0);
	usb_read(fd, acm, reply, 4);
	ck_assert_mem_eq(reply, "\xc0\xc2\xe0\xc0", 4);
	usb_take_steps(fd, acm, sequence->boot);
	usb_check_hello(fd, acm);
	stop_process(fd, control);
}
END_TEST

/* ---- the side channel ---- */

static void tell(int control, const char *command, const char *expected)
{
	char reply[256] = "";

	ck_assert_int_eq(write(control, command, strlen(command)), (ssize_t)strlen(command));
	read_exactly(control, reply, strlen(expected));
	ck_assert_str_eq(reply, expected);
}

static void check_hello(int fd)
{
	char text[sizeof(hello)] = "";

	read_exactly(fd, text, sizeof(hello) - 1);
	ck_assert_str_eq(text, hello);
}

static void check_greeting(int fd)
{
	char reply[4];

	ck_assert_int_eq(write(fd, greeting, GREETING_SIZE), GREETING_SIZE);
	read_exactly(fd, reply, 4);
	ck_assert_mem_eq(reply, "\xc0\xc2\xe0\xc0", 4);
}

START_TEST(side_channel)
{
	int fd, control;

	if (!machine_programs_available())
		return;
	start_process(NULL, &fd, &control, BRIDGE_STYLE_KD233);
	check_hello(fd);
	tell(control, "reset\n", "ok\n");
	check_hello(fd);
	tell(control, "power\n", "ok\n");
	check_hello(fd);
	tell(control, "boot 1\nreset\n", "ok\nok\n");
	check_greeting(fd);
	tell(control, "boot 0\r\n", "ok\n");
	check_greeting(fd);
	tell(control, "dtr 1\nrts 1\ndtr 0\n", "ok\nok\nok\n");
	check_greeting(fd);
	tell(control, "rts 0\n", "ok\n");
	tell(control, "dtr 1\ndtr 0\n", "ok\nok\n");
	check_hello(fd);
	tell(control, "dtr 2\nRESET\n\n",
	     "error: no such command, or wrong arguments\n"
	     "error: no such command, or wrong arguments\n"
	     "error: no such command, or wrong arguments\n");
	tell(control,
	     "a line that is much longer than any command that there is or ever will be, "
	     "probably\n",
	     "error: line too long\n");
	stop_process(fd, control);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reset and boot pin");
	TCase *tests = tcase_create("lines");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, lines, 0, 2 * SEQUENCE_COUNT);
	tcase_add_test(tests, debugger_wants_its_own);
	tcase_add_test(tests, boot_pin_stays_low);
	tcase_add_test(tests, held_in_reset);
	tcase_add_test(tests, not_wired);
	tcase_add_loop_test(tests, usb_lines, 0, 2 * SEQUENCE_COUNT);
	tcase_add_test(tests, side_channel);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
