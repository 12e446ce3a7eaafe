/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * What lies between UART and host: a bridge with a highest rate, noise, and the commands of the
 * side channel that change them or memory.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/soc/machine.h"
#include "utils/k210-emu/faces/control.h"

#define CYCLES    400000000ull
#define TEXT_SIZE 10000
#define ECHO_RATE (195000000 / 97) /* of the program echo_interrupt */
#define SEED      5

static struct machine machine;
static char text[TEXT_SIZE + 1];

static void fill_text(void)
{
	memset(text, 'u', TEXT_SIZE);
}

static void start_echo(enum board_clock clock, const struct line_noise *noise)
{
	struct board_options options = { .clock = clock };

	machine_start(&machine, "echo_interrupt", &options);
	if (noise)
		bridge_set_noise(machine.board->bridge, noise);
}

/* ---- noise ---- */

/* Of 10,000 characters there and back, 2 % are hit each way: 400, give or take five deviations. */
START_TEST(noise_hits_its_share)
{
	const struct line_noise noise = { .ppm = 20000, .seed = SEED };
	const struct bridge_counters *bytes;
	size_t wrong = 0;

	start_echo(BOARD_CLOCK_FAST, &noise);
	fill_text();
	ck_assert(machine_run(&machine, text, CYCLES));
	bytes = bridge_counters(machine.board->bridge);
	ck_assert_uint_ge(bytes->noisy, 300);
	ck_assert_uint_le(bytes->noisy, 500);
	ck_assert_uint_lt(machine.output_size, TEXT_SIZE);
	ck_assert_uint_gt(machine.output_size, TEXT_SIZE - 100);
	/* One bit is flipped on the way there, one on the way back. */
	for (size_t i = 0; i < machine.output_size; i++) {
		int flipped = __builtin_popcount((uint8_t)machine.output[i] ^ 'u');

		wrong += flipped > 0;
		ck_assert_int_le(flipped, 2);
	}
	ck_assert_uint_gt(wrong, 250);
	machine_stop(&machine);
}
END_TEST

START_TEST(noise_repeats_from_its_seed)
{
	static struct machine first;
	struct line_noise noise = { .ppm = 20000, .seed = SEED };

	fill_text();
	start_echo(BOARD_CLOCK_FAST, &noise);
	machine_run(&machine, text, CYCLES);
	first = machine;
	machine_stop(&machine);
	start_echo(BOARD_CLOCK_FAST, &noise);
	machine_run(&machine, text, CYCLES);
	ck_assert_uint_eq(machine.output_size, first.output_size);
	ck_assert_mem_eq(machine.output, first.output, first.output_size);
	machine_stop(&machine);
	noise.seed++;
	start_echo(BOARD_CLOCK_FAST, &noise);
	machine_run(&machine, text, CYCLES);
	ck_assert(machine.output_size != first.output_size ||
		  memcmp(machine.output, first.output, first.output_size) != 0);
	machine_stop(&machine);
}
END_TEST

/* 10,000 characters take 50 ms at this rate; the first 20 ms after each reset are noisy. */
START_TEST(noise_ends_after_its_time)
{
	const struct line_noise noise = { .ppm = 100000, .seed = SEED, .milliseconds = 20 };
	const size_t clean = 3000, noisy = 3000;
	uint64_t before;

	fill_text();
	start_echo(BOARD_CLOCK_REAL, &noise);
	for (int round = 0; round < 2; round++) {
		before = bridge_counters(machine.board->bridge)->noisy;
		ck_assert(machine_run(&machine, text, CYCLES));
		ck_assert_uint_gt(bridge_counters(machine.board->bridge)->noisy, before + 500);
		ck_assert_uint_gt(machine.output_size, clean);
		ck_assert_mem_eq(machine.output + machine.output_size - clean, text, clean);
		ck_assert(memcmp(machine.output, text, noisy) != 0);
		board_reset(machine.board, RESET_PIN);
		machine.output_size = 0;
	}
	machine_stop(&machine);
}
END_TEST

/* ---- highest rate ---- */

START_TEST(rate_limit)
{
	struct bridge *bridge;

	start_echo(BOARD_CLOCK_FAST, NULL);
	bridge = machine.board->bridge;
	bridge_set_rate_limit(bridge, 1500000);
	/* A bridge that follows the UART stays behind when the UART is faster. */
	machine_run(&machine, "bad", CYCLES);
	ck_assert_uint_eq(machine.output_size, 3);
	ck_assert_str_ne(machine.output, "bad");
	ck_assert(!bridge_set_rate(bridge, ECHO_RATE));
	ck_assert(!bridge_set_rate(bridge, 1600000));
	ck_assert(bridge_set_rate(bridge, 115200));
	ck_assert(bridge_set_rate(bridge, 1500000));
	/* What a divisor makes of the highest rate is that rate. */
	ck_assert(bridge_set_rate(bridge, 1520000));
	bridge_set_rate_limit(bridge, 2000000);
	ck_assert(bridge_set_rate(bridge, ECHO_RATE));
	machine.output_size = 0;
	machine_run(&machine, "good", CYCLES);
	ck_assert_str_eq(machine.output, "good");
	machine_stop(&machine);
}
END_TEST

/* ---- side channel ---- */

static int side_channel;
static struct control *control;

static void open_control(void)
{
	int ends[2];
	char address[16];
	const char *problem;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	snprintf(address, sizeof(address), "fd:%d", ends[1]);
	control = control_new(machine.board, address, SEED, &problem);
	ck_assert_ptr_nonnull(control);
	side_channel = ends[0];
}

static void close_control(void)
{
	control_free(control);
	close(side_channel);
}

static void tell(const char *command, const char *expected)
{
	char answer[128] = "";
	struct pollfd ready;

	ck_assert_int_eq(write(side_channel, command, strlen(command)), (ssize_t)strlen(command));
	ck_assert_uint_eq(control_prepare(control, &ready), 1);
	ck_assert_int_eq(poll(&ready, 1, 1000), 1);
	control_handle(control, &ready, 1);
	ck_assert_int_gt(read(side_channel, answer, sizeof(answer) - 1), 0);
	ck_assert_str_eq(answer, expected);
}

#define WRONG "error: no such command, or wrong arguments\n"

START_TEST(control_noise)
{
	start_echo(BOARD_CLOCK_FAST, NULL);
	open_control();
	fill_text();
	tell("noise 500000\n", "ok\n");
	machine_run(&machine, text, CYCLES);
	ck_assert_uint_gt(bridge_counters(machine.board->bridge)->noisy, TEXT_SIZE / 2);
	tell("noise 0\n", "ok\n");
	machine.output_size = 0;
	machine_run(&machine, text, CYCLES);
	ck_assert_str_eq(machine.output, text);
	tell("noise 1000001\n", WRONG);
	tell("noise\n", WRONG);
	tell("noise 1 2\n", WRONG);
	tell("noise -1\n", WRONG);
	tell("line-max 9600\n", "ok\n");
	ck_assert(!bridge_set_rate(machine.board->bridge, 115200));
	tell("line-max 0\n", "ok\n");
	ck_assert(bridge_set_rate(machine.board->bridge, 115200));
	close_control();
	machine_stop(&machine);
}
END_TEST

/*
 * An illegal instruction over the trap handler's first: the next interrupt ends the program. What
 * the handler wrote before shows that it ran.
 */
START_TEST(control_poke)
{
	uint32_t vector;
	char command[64];
	uint64_t value;

	start_echo(BOARD_CLOCK_FAST, NULL);
	open_control();
	machine_run(&machine, "alive", CYCLES);
	ck_assert_str_eq(machine.output, "alive");
	/* The vector is where start.S says: auipc and addi behind csrw mie. */
	ck_assert(bus_load(machine.board, 0x80000004, 4, &value));
	vector = 0x80000004 + ((uint32_t)value & 0xfffff000);
	ck_assert(bus_load(machine.board, 0x80000008, 4, &value));
	vector += (uint32_t)((int32_t)value >> 20);
	snprintf(command, sizeof(command), "poke 0x%x 0\n", vector & ~3u);
	tell(command, "ok\n");
	ck_assert(bus_load(machine.board, vector & ~3u, 4, &value));
	ck_assert_uint_eq(value, 0);
	machine_run(&machine, "dead", 10000000);
	ck_assert_str_eq(machine.output, "alive");
	/* A reset brings the program back. */
	tell("reset\n", "ok\n");
	machine_run(&machine, NULL, 10000000);
	machine_run(&machine, " again", CYCLES);
	ck_assert_ptr_nonnull(strstr(machine.output, "again"));
	tell("flash-poke 0x1000 0x12345678\n", "ok\n");
	tell("flash-poke 0x1002 0\n", "error: the address is no multiple of 4 inside the flash\n");
	tell("flash-poke 0x1000000 0\n",
	     "error: the address is no multiple of 4 inside the flash\n");
	tell("flash busy\n", "ok\n");
	tell("flash gone\n", "ok\n");
	tell("flash fine\n", "ok\n");
	tell("flash lost\n", WRONG);
	tell("flash-mode dual-read\n", "ok\n");
	tell("flash-mode octal-read\n", WRONG);
	tell("poke 0x80000002 0\n", "error: the address is no multiple of 4\n");
	tell("poke 0x10000000 0\n", "error: nothing takes a word at that address now\n");
	tell("poke 0x80000000\n", WRONG);
	tell("poke 0x80000000 0x100000000\n", WRONG);
	tell("poke 0x80000000 zero\n", WRONG);
	close_control();
	machine_stop(&machine);
}
END_TEST

/* A store that a spinning hart waits for wakes it. */
START_TEST(poke_ends_a_spin)
{
	static const uint32_t program[] = {
		0xf1402573, /* csrr a0, mhartid */
		0x00051e63, /* bnez a0, 28: park hart 1 */
		0x00000597, /* auipc a1, 0 */
		0x0285a603, /* lw a2, 40(a1): flag at 0x30 */
		0xfe060ee3, /* beqz a2, .-4 */
		0x38000637, /* lui a2, 0x38000: UARTHS */
		0x05900693, /* li a3, 'Y' */
		0x00d62023, /* sw a3, 0(a2) */
		0x10500073, /* wfi */
		0xffdff06f, /* j .-4 */
		0,          0, 0,
	};

	machine_start_image(&machine, (const uint8_t *)program, sizeof(program), NULL);
	machine_run(&machine, NULL, 1000000);
	ck_assert_uint_eq(machine.output_size, 0);
	ck_assert(board_poke(machine.board, 0x80000030, 1));
	machine_run(&machine, NULL, 1000000);
	ck_assert_str_eq(machine.output, "Y");
	machine_stop(&machine);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("line and side channel");
	TCase *tests = tcase_create("line");
	SRunner *runner;
	int failed;

	if (!machine_programs_available())
		return 77;
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, noise_hits_its_share);
	tcase_add_test(tests, noise_repeats_from_its_seed);
	tcase_add_test(tests, noise_ends_after_its_time);
	tcase_add_test(tests, rate_limit);
	tcase_add_test(tests, control_noise);
	tcase_add_test(tests, control_poke);
	tcase_add_test(tests, poke_ends_a_spin);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
