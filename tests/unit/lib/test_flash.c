/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The board's flash and models in it, through the library's own end of the wire. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/shared_models.h"
#include "tests/unit/lib/fake_flash.h"
#include "tests/unit/lib/opened.h"
#include "tests/unit/lib/suites.h"
#include "tools/kmodel/disc_detector.h"

#define PLACE 0x100000u

static struct fake_board *board;
static struct kpu_device *device;

static void setup(void)
{
	struct kpu_error error;

	memset(fake_flash_cells, 0xff, sizeof(fake_flash_cells));
	memset(&fake_flash_load, 0, sizeof(fake_flash_load));
	fake_flash_bytes_read = 0;
	fake_flash_busy = 0;
	fake_flash_streams = 0;
	fake_flash_withheld = 0;
	fake_flash_change.reads = 0;
	board = fake_board_start(BEHAVE);
	ck_assert_msg(kpu_open(fake_board_uri(board), &device, &error) == 0, "%s", error.message);
}

static void teardown(void)
{
	kpu_close(device);
	fake_board_stop(board);
}

static void expect_error(int rc, int code, const char *words)
{
	struct kpu_error error;

	ck_assert_int_eq(rc, -code);
	kpu_last_error(device, &error);
	ck_assert_msg(strstr(error.message, words) != NULL, "%s", error.message);
}

START_TEST(describes_the_chip)
{
	struct kpu_flash_info info;

	ck_assert_int_eq(kpu_flash_info(device, &info), 0);
	ck_assert_uint_eq(info.jedec_id, 0xc86016);
	ck_assert_uint_eq(info.size, FAKE_FLASH_BYTES);
	ck_assert_uint_eq(info.unique_id, 7);
	ck_assert_uint_eq(info.erase_bytes, 4096);
}
END_TEST

struct steps {
	unsigned calls;
	uint32_t last, stop_at;
};

static bool count(void *context, uint32_t done, uint32_t total)
{
	struct steps *steps = context;

	ck_assert(done >= steps->last && done <= total);
	steps->last = done;
	return ++steps->calls != steps->stop_at;
}

START_TEST(writes_and_reads_back)
{
	static uint8_t data[200000], back[200000];
	struct steps steps = { 0 };
	uint32_t crc32;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 + i / 999);
	ck_assert_int_eq(kpu_flash_erase(device, 0x10000, 0x40000, NULL, NULL), 0);
	ck_assert_int_eq(kpu_flash_write(device, 0x10123, data, sizeof(data), count, &steps), 0);
	/* Pieces end at multiples of 64 KiB: one more than the size alone would need. */
	ck_assert_uint_eq(steps.calls, 4 + 1);
	ck_assert_uint_eq(steps.last, sizeof(data));
	ck_assert_int_eq(memcmp(fake_flash_cells + 0x10123, data, sizeof(data)), 0);
	ck_assert_int_eq(kpu_flash_read(device, 0x10123, back, sizeof(back), NULL, NULL), 0);
	ck_assert_int_eq(memcmp(back, data, sizeof(data)), 0);
	/* The check value of CRC-32: "123456789". */
	memcpy(fake_flash_cells, "123456789", 9);
	ck_assert_int_eq(kpu_flash_check(device, 0, 9, &crc32), 0);
	ck_assert_uint_eq(crc32, 0xcbf43926);
}
END_TEST

START_TEST(refuses_bad_ranges)
{
	uint8_t data[16];
	uint32_t crc32;

	expect_error(kpu_flash_read(device, FAKE_FLASH_BYTES - 8, data, 16, NULL, NULL),
		     KPU_ERR_PARAM, "not inside the flash");
	expect_error(kpu_flash_write(device, 0xfffffff0, data, 16, NULL, NULL), KPU_ERR_PARAM,
		     "not inside");
	expect_error(kpu_flash_erase(device, 100, 4096, NULL, NULL), KPU_ERR_PARAM, "4096");
	expect_error(kpu_flash_erase(device, 4096, 100, NULL, NULL), KPU_ERR_PARAM, "4096");
	expect_error(kpu_flash_check(device, 0, 0xffffffff, &crc32), KPU_ERR_PARAM, "not inside");
	ck_assert_int_eq(kpu_flash_read(device, 0, NULL, 16, NULL, NULL), -KPU_ERR_PARAM);
}
END_TEST

/* What did not come is not made up of what was in the memory before. */
START_TEST(a_board_that_reads_less_than_asked)
{
	static const uint32_t withheld[] = { 1, 4096, 70000 };
	static uint8_t data[4096];
	struct kpu_model *model;

	fake_flash_withheld = withheld[_i];
	expect_error(kpu_flash_read(device, 0, data, sizeof(data), NULL, NULL), KPU_ERR_PROTOCOL,
		     "of 4096 bytes of the flash");
	expect_error(kpu_load_address(device, PLACE, NULL, &model), KPU_ERR_PROTOCOL,
		     "bytes of the flash");
	ck_assert_ptr_null(model);
}
END_TEST

START_TEST(ends_when_asked)
{
	static uint8_t data[200000];
	struct steps steps = { .stop_at = 2 };

	expect_error(kpu_flash_read(device, 0, data, sizeof(data), count, &steps),
		     KPU_ERR_CANCELLED, "65536 of 200000");
}
END_TEST

static void reverse_words(uint8_t *data, size_t size)
{
	for (size_t i = 0; i + 4 <= size; i += 4) {
		uint8_t word[4];

		memcpy(word, data + i, 4);
		for (unsigned k = 0; k < 4; k++)
			data[i + k] = word[3 - k];
	}
}

/* The network as it is known from the flash has the shapes of the file. */
static void compare(const struct kpu_network *file, const struct kpu_network *flash,
		    const char *name)
{
	struct kpu_network_info a, b;

	kpu_network_info(file, &a);
	kpu_network_info(flash, &b);
	ck_assert_msg(a.version == b.version && a.layers == b.layers && a.inputs == b.inputs &&
			      a.outputs == b.outputs && a.input_bytes == b.input_bytes &&
			      a.output_bytes == b.output_bytes && a.work_bytes == b.work_bytes &&
			      a.macs == b.macs && a.weight_bits == b.weight_bits &&
			      a.ai_sram_bytes == b.ai_sram_bytes,
		      "%s: the network differs", name);
	for (uint32_t i = 0; i < a.layers; i++) {
		struct kpu_layer_info first = { 0 }, second = { 0 };

		kpu_network_layer(file, i, &first);
		kpu_network_layer(flash, i, &second);
		ck_assert_msg(!memcmp(&first, &second, sizeof(first)), "%s: layer %u differs", name,
			      i);
	}
}

/* Loads @data from PLACE and compares what is known of it with the file. */
static void load_and_compare(const uint8_t *data, size_t size, bool reversed, const char *name)
{
	struct kpu_network *network;
	struct kpu_model *model;
	struct kpu_error error;

	memset(fake_flash_cells + PLACE, 0xff, FAKE_FLASH_BYTES - PLACE);
	memcpy(fake_flash_cells + PLACE, data, size);
	if (reversed)
		reverse_words(fake_flash_cells + PLACE, (size + 3) & ~(size_t)3);
	ck_assert_msg(kpu_network_parse(data, size, &network, &error) == 0, "%s", error.message);
	if (kpu_load_flash(device, PLACE, NULL, NULL, &model) < 0) {
		kpu_last_error(device, &error);
		ck_abort_msg("%s: %s", name, error.message);
	}
	compare(network, kpu_model_network(model), name);
	ck_assert_uint_eq(fake_flash_load.address, PLACE);
	ck_assert_uint_eq(fake_flash_load.flags, KPU_LOAD_FLASH_STREAM);
	kpu_model_free(model);
	kpu_network_free(network);
}

START_TEST(knows_a_model_by_its_tables)
{
	const char *reason = NULL;
	size_t size;
	uint8_t *data = disc_detector_model(&size, &reason);

	load_and_compare(data, size, false, "discs");
	load_and_compare(data, size, true, "reversed discs");
	free(data);
}
END_TEST

START_TEST(knows_real_models_by_their_tables)
{
	static const char *const names[] = {
		"v3_face_maixpy", "v3_mnist",     "v3_ld5",          "v3_iris",
		"v3_mask_maixpy", "v3_face_attr", "v4_voc20",        "v4_ulffd_landmark",
		"v4_slim320",     "v4_feature64", "v4_mobilenet025", "v4_iris",
	};

	if (!shared_models_present("models in flash by their tables"))
		return;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t size;
		uint8_t *data = shared_models_read("kmodel", names[i], ".kmodel", &size);

		ck_assert_msg(data != NULL, "%s is missing", names[i]);
		fake_flash_bytes_read = 0;
		load_and_compare(data, size, false, names[i]);
		ck_assert_msg(size < 100000 || fake_flash_bytes_read < size / 3,
			      "%s: %u of %zu bytes were read", names[i], fake_flash_bytes_read,
			      size);
		free(data);
	}
}
END_TEST

START_TEST(says_what_lies_there_instead)
{
	struct kpu_model *model;

	expect_error(kpu_load_address(device, PLACE, NULL, &model), KPU_ERR_KMODEL_VERSION,
		     "erased at 0x100000");
	ck_assert_ptr_null(model);
	memcpy(fake_flash_cells + PLACE, "garbage!", 8);
	expect_error(kpu_load_address(device, PLACE, NULL, &model), KPU_ERR_KMODEL_VERSION,
		     "67 61 72 62");
	expect_error(kpu_load_address(device, FAKE_FLASH_BYTES, NULL, &model), KPU_ERR_PARAM,
		     "not inside");
	ck_assert_uint_eq(fake_flash_load.size, 0);
}
END_TEST

START_TEST(passes_the_options_on)
{
	struct kpu_flash_options options = { .dual_buffer = true,
					     .batch_bytes = 65536,
					     .clock_hz = 67000000 };
	const char *reason = NULL;
	struct kpu_model *model;
	size_t size;
	uint8_t *data = disc_detector_model(&size, &reason);

	memcpy(fake_flash_cells + PLACE, data, size);
	ck_assert_int_eq(kpu_load_flash(device, PLACE, &options, NULL, &model), 0);
	ck_assert_uint_eq(fake_flash_load.flags, 3);
	ck_assert_uint_eq(fake_flash_load.batch_bytes, 65536);
	ck_assert_uint_eq(fake_flash_load.clock_hz, 67000000);
	kpu_model_free(model);
	ck_assert_int_eq(kpu_load_address(device, PLACE, NULL, &model), 0);
	ck_assert_uint_eq(fake_flash_load.flags, 0);
	kpu_model_free(model);
	/* MaixPy obeyed 16384 Hz. */
	options.clock_hz = 16384;
	expect_error(kpu_load_flash(device, PLACE, &options, NULL, &model), KPU_ERR_PARAM, "16384");
	free(data);
}
END_TEST

/* Each read of the board may find other tables than the one before; whatever they say, only what
 * was allocated for the first ones is touched. */
START_TEST(a_flash_that_changes_while_it_is_read)
{
	static const struct {
		uint32_t offset, word;
	} changes[] = { { 12, 0xffffffff }, { 12, 1024 }, { 12, 1 }, { 24, 64 }, { 0, 0 } };
	unsigned change = (unsigned)_i % 5, refused = 0;
	const char *reason = NULL;
	struct kpu_model *model;
	size_t size;
	uint8_t *data = disc_detector_model(&size, &reason);

	for (unsigned reads = 1; reads < 12; reads++) {
		int rc;

		memcpy(fake_flash_cells + PLACE, data, size);
		fake_flash_change =
			(struct fake_flash_change){ reads, PLACE + changes[change].offset,
						    changes[change].word };
		rc = kpu_load_address(device, PLACE, NULL, &model);
		ck_assert(rc == 0 || rc == -KPU_ERR_KMODEL_VERSION || rc == -KPU_ERR_KMODEL_FORMAT);
		refused += rc < 0;
		kpu_model_free(model);
	}
	ck_assert_uint_ge(refused, 2);
	free(data);
}
END_TEST

/* Another client's command ends soon: it is waited for. What may last is said. */
START_TEST(waits_for_its_turn)
{
	const char *reason = NULL;
	struct kpu_flash_info info;
	struct kpu_model *model;
	size_t size;
	uint8_t *data = disc_detector_model(&size, &reason), byte = 0;
	uint32_t crc32;

	memcpy(fake_flash_cells + PLACE, data, size);
	fake_flash_busy = 3;
	ck_assert_int_eq(kpu_flash_info(device, &info), 0);
	fake_flash_busy = 3;
	ck_assert_int_eq(kpu_flash_check(device, PLACE, 4, &crc32), 0);
	fake_flash_busy = 3;
	ck_assert_int_eq(kpu_load_address(device, PLACE, NULL, &model), 0);
	kpu_model_free(model);
	fake_flash_busy = 3;
	ck_assert_int_eq(kpu_flash_write(device, 0, &byte, 1, NULL, NULL), 0);
	fake_flash_busy = 1000000;
	expect_error(kpu_flash_info(device, &info), KPU_ERR_BUSY, "flash is in use");
	free(data);
}
END_TEST

/* The model of a client that has gone runs on to the end of its layer. */
START_TEST(changes_wait_for_a_run_that_ends)
{
	uint8_t byte = 0;

	fake_flash_streams = 60;
	ck_assert_int_eq(kpu_flash_erase(device, 0, 4096, NULL, NULL), 0);
	fake_flash_streams = 60;
	ck_assert_int_eq(kpu_flash_write(device, 0, &byte, 1, NULL, NULL), 0);
	ck_assert_uint_eq(fake_flash_cells[0], 0);
}
END_TEST

TCase *flash_tests(void)
{
	TCase *test = tcase_create("flash");

	tcase_add_checked_fixture(test, setup, teardown);
	tcase_set_timeout(test, 60);
	tcase_add_test(test, describes_the_chip);
	tcase_add_test(test, writes_and_reads_back);
	tcase_add_test(test, refuses_bad_ranges);
	tcase_add_loop_test(test, a_board_that_reads_less_than_asked, 0, 3);
	tcase_add_test(test, ends_when_asked);
	tcase_add_test(test, knows_a_model_by_its_tables);
	tcase_add_test(test, knows_real_models_by_their_tables);
	tcase_add_test(test, says_what_lies_there_instead);
	tcase_add_test(test, passes_the_options_on);
	tcase_add_loop_test(test, a_flash_that_changes_while_it_is_read, 0, 5);
	tcase_add_test(test, waits_for_its_turn);
	tcase_add_test(test, changes_wait_for_a_run_that_ends);
	return test;
}
