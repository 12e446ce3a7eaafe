/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Programs that work as those built with the vendor's SDK do: what they need of the board is the
 * list of the reference on emulating it. Each runs with collapsed and real durations and with
 * random delays, and must print the same.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "k210/kpu_layer.h"
#include "tests/unit/soc/machine.h"
#include "utils/k210-emu/devices/camera.h"
#include "utils/k210-emu/devices/dvp.h"
#include "utils/k210-emu/devices/nor_flash.h"
#include "utils/k210-emu/devices/spi.h"

#define CYCLES 200000000
/* Fast and real clock, each without and with two kinds of random delays. */
#define VARIANTS 6

static struct machine machine;

static struct board_options variant(int index)
{
	return (struct board_options){
		.clock = index & 1 ? BOARD_CLOCK_REAL : BOARD_CLOCK_FAST,
		.jitter_seed = (uint64_t)index / 2,
		.kpu = { .implementation = kpu_implementation_best() },
	};
}

static void check_output(const char *program, const char *expected)
{
	ck_assert_str_eq(machine.output, expected);
	ck_assert_msg(machine.board->report.error_count == 0, "%s: %u guest errors", program,
		      (unsigned)machine.board->report.error_count);
}

/* ---- programs that only print ---- */

static const struct {
	const char *name, *output;
} cases[] = {
	{ "vendor_start",
	  "console\ndma enabled=3\nreset=2\ncleared=0\nclaims=0\nstorage wrong=0\nmoved from=78\n"
	  "moved to=21\ncpu=18054ac0\npll1=173eed80\ndelay=1\nend\n" },
	{ "vendor_ecall", "break=80100000\nbreak=80123000\nfstat=ffffffffffffffda\nwritten\n"
			  "bytes=8\ncalls=4\nmode=3\nend\n" },
	{ "vendor_cores", "core=0\nanswer=65\nanswer=c9\nanswer=12d\nend\n" },
	{ "vendor_devices",
	  "i2c devices=0\ncentury=14\nyear=18\nmonth=2\nday=1d\nweekday=4\nhour=0\nminute=0\n"
	  "seconds=2\ndone at start=0\n"
	  "digest=ba7816bf\ndigest=8f01cfea\ndigest=414140de\ndigest=5dae2223\n"
	  "digest=b00361a3\ndigest=96177a9c\ndigest=b410ff61\ndigest=f20015ad\n"
	  "digest=ba7816bf\ndigest=8f01cfea\ndigest=414140de\ndigest=5dae2223\n"
	  "digest=b00361a3\ndigest=96177a9c\ndigest=b410ff61\ndigest=f20015ad\nend\n" },
};

#define CASE_COUNT (sizeof(cases) / sizeof(cases[0]))

START_TEST(programs)
{
	struct board_options options = variant(_i % VARIANTS);
	const char *name = cases[_i / VARIANTS].name;

	machine_start(&machine, name, &options);
	ck_assert_msg(machine_run(&machine, NULL, CYCLES), "%s printed:\n%s", name, machine.output);
	check_output(name, cases[_i / VARIANTS].output);
	machine_stop(&machine);
}
END_TEST

/* Who is on the pins is heard and hears; the other one's bytes are lost. */
START_TEST(console_moves)
{
	struct board_options options = variant(_i);

	machine_start(&machine, "vendor_console", &options);
	machine_run(&machine, NULL, CYCLES / 10);
	ck_assert_str_eq(machine.output, "uart3 ");
	machine_run(&machine, "a", CYCLES / 10);
	ck_assert_str_eq(machine.output, "uart3 a\nuarths ");
	machine_run(&machine, "b", CYCLES / 10);
	ck_assert_str_eq(machine.output, "uart3 a\nuarths b\nuart3 ");
	machine_run(&machine, "c", CYCLES / 10);
	ck_assert_str_eq(machine.output, "uart3 a\nuarths b\nuart3 c\n");
	machine_stop(&machine);
}
END_TEST

/* ---- what a display at SPI0 sees ---- */

#define SEEN_MAX 8192

static struct {
	uint8_t bytes[SEEN_MAX];
	size_t size;
	bool always_eight; /* wires */
} seen;

static void see(void *context, uint8_t byte, unsigned wires)
{
	(void)context;
	ck_assert_uint_lt(seen.size, SEEN_MAX);
	seen.bytes[seen.size++] = byte;
	seen.always_eight &= wires == 8;
}

static void watch_display(void)
{
	seen.size = 0;
	seen.always_eight = true;
	spi_listen(machine.board->spis[0], see, NULL);
}

/* 32-bit frames come with their highest byte first. */
START_TEST(display)
{
	struct board_options options = variant(_i);
	uint8_t expected[SEEN_MAX];
	size_t size = 0;

	expected[size++] = 0x2a;
	for (unsigned i = 0; i < 4; i++)
		expected[size++] = (uint8_t)(0x10 + i);
	expected[size++] = 0xab;
	expected[size++] = 0xcd;
	for (unsigned i = 0; i < 200; i++) {
		const uint8_t word[] = { 1, 2, 3, (uint8_t)i };

		memcpy(expected + size, word, 4);
		size += 4;
	}
	for (unsigned i = 0; i < 200; i++) {
		expected[size++] = 0xf8;
		expected[size++] = 0;
	}
	machine_start(&machine, "vendor_display", &options);
	watch_display();
	ck_assert(machine_run(&machine, NULL, CYCLES));
	check_output("vendor_display", "end\n");
	ck_assert(seen.always_eight);
	ck_assert_uint_eq(seen.size, size);
	ck_assert_mem_eq(seen.bytes, expected, size);
	machine_stop(&machine);
}
END_TEST

/* ---- from the clocks to the result ---- */

#define WIDTH        64
#define HEIGHT       16
#define PLANE        (WIDTH * HEIGHT)
#define FLASH_LIST   0xa00000
#define LIST_BYTES   2048
#define CAMERA_RATE  1000
#define MIDDLE_LINE  100
#define TABLE_OFFSET 256
#define TABLE_BYTES  512
#define BATCH_NORM   128
#define ACTIVATION   256

static const uint8_t weights[2][2][8] = {
	/* two planes of four each: R; G; R + B; 2 * B */
	{ { 1, 0, 0, 0, 1, 0, 1, 0 }, { 1, 0, 0, 2 } },
	/* c0 + c3; c1 + c2 */
	{ { 1, 0, 0, 1, 0, 1, 1, 0 }, { 0 } },
};

static uint8_t clamp(unsigned value)
{
	return value > 255 ? 255 : (uint8_t)value;
}

static void put_word(uint8_t *bytes, uint64_t value, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
}

/* 1x1 convolution with batch norm times one and an activation that clamps to 0..255. */
static void put_layer(uint8_t *list, unsigned index, unsigned inputs, unsigned outputs,
		      unsigned input_line, unsigned output_line, bool last)
{
	uint64_t tables = TABLE_OFFSET + index * TABLE_BYTES;
	uint64_t shape = (WIDTH - 1) | (HEIGHT - 1) << 10;
	uint64_t words[K210_KPU_LAYER_WORDS] = {
		!last,
		input_line | (uint64_t)output_line << 32,
		(inputs - 1) | (uint64_t)(outputs - 1) << 32 | (uint64_t)(outputs - 1) << 48,
		shape | shape << 32,
		1 << 10 | 15 << 16 | (tables + BATCH_NORM) << 32,
		1 | (uint64_t)(inputs * outputs) << 15 | tables << 32,
		0,
		HEIGHT | 1 << 16 | 1 << 28 | 1ull << 31 | (tables + ACTIVATION) << 32,
		HEIGHT | 1 << 16 | 1 << 20,
		0,
		0,
		last | (PLANE - 1) << 16 | (uint64_t)(PLANE * outputs - 1) << 32,
	};
	uint8_t *table = list + tables;

	for (unsigned i = 0; i < K210_KPU_LAYER_WORDS; i++)
		put_word(list + 16 + (index * K210_KPU_LAYER_WORDS + i) * 8, words[i], 8);
	memcpy(table, weights[index], sizeof(weights[index]));
	for (unsigned i = 0; i < outputs; i++)
		put_word(table + BATCH_NORM + 8 * i, 1, 8);
	put_word(table + ACTIVATION, 0x800000000ull << 24, 8);
	put_word(table + ACTIVATION + 8, 1 << 8, 8);
	for (unsigned i = 2; i < K210_ACTIVATION_SEGMENTS; i++)
		put_word(table + ACTIVATION + 8 * i, 0x7fffffff0ull << 24, 8);
}

static void fill_flash(void)
{
	static uint8_t list[LIST_BYTES];
	char path[] = "/tmp/k210-emu-vendor-XXXXXX";
	struct nor_flash_options options = { .path = path };
	int fd = mkstemp(path);

	memcpy(list, "LIST", 4);
	put_word(list + 4, 2, 4);
	put_word(list + 8, LIST_BYTES, 4);
	put_layer(list, 0, 3, 4, 0, MIDDLE_LINE, false);
	put_layer(list, 1, 4, 2, MIDDLE_LINE, 2 * MIDDLE_LINE, true);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pwrite(fd, list, LIST_BYTES, FLASH_LIST), LIST_BYTES);
	close(fd);
	ck_assert_ptr_null(nor_flash_configure(machine.board->flash, &options));
	unlink(path);
}

/* Small values, so that little is clamped; a multiple of 8 survives the wires. */
static void picture_pixel(unsigned x, unsigned y, uint8_t rgb[3])
{
	rgb[0] = (uint8_t)(x * 2 & 0xf8);
	rgb[1] = (uint8_t)(y * 12 & 0xfc);
	rgb[2] = (uint8_t)((x + y * 3) & 0xf8);
}

static void plug_camera(void)
{
	static uint8_t rgb[PLANE * 3];
	struct camera *camera = camera_new(CAMERA_OV2640, CAMERA_RATE);

	for (unsigned i = 0; i < PLANE; i++)
		picture_pixel(i % WIDTH, i / WIDTH, rgb + 3 * (size_t)i);
	ck_assert_ptr_nonnull(camera);
	ck_assert_ptr_null(camera_set_picture(camera, rgb, WIDTH, HEIGHT));
	dvp_set_camera(machine.board->dvp, camera);
}

/* FNV-1a over what two layers make of the picture, in plain arithmetic. */
static uint64_t expected_hash(void)
{
	uint64_t hash = 0xcbf29ce484222325ull;

	for (unsigned channel = 0; channel < 2; channel++) {
		for (unsigned i = 0; i < PLANE; i++) {
			uint8_t rgb[3], middle[4];

			picture_pixel(i % WIDTH, i / WIDTH, rgb);
			middle[0] = rgb[0];
			middle[1] = rgb[1];
			middle[2] = clamp((unsigned)rgb[0] + rgb[2]);
			middle[3] = clamp(2u * rgb[2]);
			hash ^= channel ? clamp((unsigned)middle[1] + middle[2])
					: clamp((unsigned)middle[0] + middle[3]);
			hash *= 0x100000001b3ull;
		}
	}
	return hash;
}

static void check_display(void)
{
	ck_assert_uint_eq(seen.size, PLANE * 2);
	ck_assert(seen.always_eight);
	for (unsigned i = 0; i < PLANE; i++) {
		uint8_t rgb[3];

		picture_pixel(i % WIDTH, i / WIDTH, rgb);
		ck_assert_uint_eq(seen.bytes[2 * i] << 8 | seen.bytes[2 * i + 1],
				  rgb[0] << 8 | rgb[1] << 3 | rgb[2] >> 3);
	}
}

START_TEST(whole_flow)
{
	struct board_options options = variant(_i);
	char expected[200];

	machine_start(&machine, "vendor_flow", &options);
	fill_flash();
	plug_camera();
	watch_display();
	ck_assert_msg(machine_run(&machine, NULL, CYCLES), "it printed:\n%s", machine.output);
	snprintf(expected, sizeof(expected),
		 "start\nclocks\nlist=1\nlayers=2\nframe\nlayer interrupts=1\nnested=1\nhash=%llx\n"
		 "end\n",
		 (unsigned long long)expected_hash());
	check_output("vendor_flow", expected);
	check_display();
	machine_stop(&machine);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("programs in the vendor's manner");
	TCase *tests = tcase_create("vendor");
	SRunner *runner;
	int failed;

	if (!machine_programs_available())
		return 77;
	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, programs, 0, CASE_COUNT * VARIANTS);
	tcase_add_loop_test(tests, console_moves, 0, VARIANTS);
	tcase_add_loop_test(tests, display, 0, VARIANTS);
	tcase_add_loop_test(tests, whole_flow, 0, VARIANTS);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
