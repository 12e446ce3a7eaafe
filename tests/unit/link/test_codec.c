/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Checksums, COBS and packets. */
#include <stdlib.h>

#include "link/bytes.h"
#include "link/cobs.h"
#include "link/crc.h"
#include "link/packet.h"
#include "tests/unit/link/line.h"
#include "tests/unit/link/variants.h"

/* Check values of the CRC catalogue (reveng): the CRC of "123456789". */
START_TEST(crc_check_values)
{
	const uint8_t *digits = (const uint8_t *)"123456789";

	ck_assert_uint_eq(kpu_crc16(KPU_CRC16_START, digits, 9), 0x29b1);
	ck_assert_uint_eq(kpu_crc32(KPU_CRC32_START, digits, 9), 0xcbf43926);
	ck_assert_uint_eq(crc32_small(KPU_CRC32_START, digits, 9), 0xcbf43926);
	ck_assert_uint_eq(crc32_board(KPU_CRC32_START, digits, 9), 0xcbf43926);
	ck_assert_uint_eq(crc32_tiny(KPU_CRC32_START, digits, 9), 0xcbf43926);
	ck_assert_uint_eq(kpu_crc16(KPU_CRC16_START, digits, 0), 0xffff);
	ck_assert_uint_eq(kpu_crc32(KPU_CRC32_START, digits, 0), 0);
}
END_TEST

/* The polynomial division of IEEE 802.3, bit by bit. */
static uint32_t crc32_by_bits(const uint8_t *bytes, size_t length)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < length; i++) {
		crc ^= bytes[i];
		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
	}
	return ~crc;
}

START_TEST(crc32_by_division)
{
	uint64_t random = 5;
	uint8_t bytes[600];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)random_next(&random);
	for (size_t start = 0; start < 9; start++)
		for (size_t length = 0; length < sizeof(bytes) - start; length++) {
			uint32_t want = crc32_by_bits(bytes + start, length);
			size_t cut = length / 3;
			uint32_t first = kpu_crc32(KPU_CRC32_START, bytes + start, cut);

			expect(kpu_crc32(KPU_CRC32_START, bytes + start, length) == want);
			expect(crc32_small(KPU_CRC32_START, bytes + start, length) == want);
			expect(crc32_board(KPU_CRC32_START, bytes + start, length) == want);
			expect(crc32_tiny(KPU_CRC32_START, bytes + start, length) == want);
			expect(kpu_crc32(first, bytes + start + cut, length - cut) == want);
		}
}
END_TEST

/* Examples of the COBS article of Wikipedia, which include those of Cheshire and Baker's paper.
 * @first..@last is a run of consecutive byte values. */
static const struct {
	uint8_t head[4], head_length, first, last, tail[4], tail_length;
	uint8_t code_head[8], code_head_length, code_tail[8], code_tail_length;
} cobs_examples[] = {
	/* clang-format off */
	{ { 0 }, 1, 0, 0, { 0 }, 0, { 1, 1, 0 }, 3, { 0 }, 0 },
	{ { 0, 0 }, 2, 0, 0, { 0 }, 0, { 1, 1, 1, 0 }, 4, { 0 }, 0 },
	{ { 0, 0x11, 0 }, 3, 0, 0, { 0 }, 0, { 1, 2, 0x11, 1, 0 }, 5, { 0 }, 0 },
	{ { 0x11, 0x22, 0, 0x33 }, 4, 0, 0, { 0 }, 0, { 3, 0x11, 0x22, 2, 0x33, 0 }, 6, { 0 }, 0 },
	{ { 0x11, 0x22, 0x33, 0x44 }, 4, 0, 0, { 0 }, 0,
	  { 5, 0x11, 0x22, 0x33, 0x44, 0 }, 6, { 0 }, 0 },
	{ { 0x11, 0, 0, 0 }, 4, 0, 0, { 0 }, 0, { 2, 0x11, 1, 1, 1, 0 }, 6, { 0 }, 0 },
	{ { 0 }, 0, 1, 0xfe, { 0 }, 0, { 0xff }, 1, { 0 }, 1 },
	{ { 0 }, 1, 1, 0xfe, { 0 }, 0, { 1, 0xff }, 2, { 0 }, 1 },
	{ { 0 }, 0, 1, 0xfe, { 0xff }, 1, { 0xff }, 1, { 2, 0xff, 0 }, 3 },
	{ { 0 }, 0, 2, 0xff, { 0 }, 1, { 0xff }, 1, { 1, 1, 0 }, 3 },
	{ { 0 }, 0, 3, 0xff, { 0, 1 }, 2, { 0xfe }, 1, { 2, 1, 0 }, 3 },
	/* clang-format on */
};

static size_t join(uint8_t *out, const uint8_t *head, size_t head_length, unsigned first,
		   unsigned last, const uint8_t *tail, size_t tail_length)
{
	size_t length = head_length;

	memcpy(out, head, head_length);
	for (unsigned value = first; first && value <= last; value++)
		out[length++] = (uint8_t)value;
	memcpy(out + length, tail, tail_length);
	return length + tail_length;
}

START_TEST(cobs_published_examples)
{
	uint8_t plain[300], code[300], encoded[310], decoded[300];
	size_t plain_length = join(plain, cobs_examples[_i].head, cobs_examples[_i].head_length,
				   cobs_examples[_i].first, cobs_examples[_i].last,
				   cobs_examples[_i].tail, cobs_examples[_i].tail_length);
	size_t code_length =
		join(code, cobs_examples[_i].code_head, cobs_examples[_i].code_head_length,
		     cobs_examples[_i].first, cobs_examples[_i].last, cobs_examples[_i].code_tail,
		     cobs_examples[_i].code_tail_length);
	struct kpu_cobs_encoder encoder;
	struct kpu_cobs_decoder decoder;
	enum kpu_cobs_event event;

	kpu_cobs_begin(&encoder, encoded);
	kpu_cobs_add(&encoder, plain, plain_length);
	ck_assert_uint_eq(kpu_cobs_end(&encoder), code_length);
	ck_assert_mem_eq(encoded, code, code_length);
	kpu_cobs_decoder_init(&decoder, decoded, sizeof(decoded));
	ck_assert_uint_eq(kpu_cobs_decode(&decoder, code, code_length, &event), code_length);
	ck_assert_int_eq(event, KPU_COBS_FRAME);
	ck_assert_uint_eq(decoder.length, plain_length);
	ck_assert_mem_eq(decoded, plain, plain_length);
}
END_TEST

static void random_bytes(uint64_t *random, uint8_t *bytes, size_t length, uint32_t zero_one_in)
{
	for (size_t i = 0; i < length; i++) {
		uint32_t value = random_next(random);

		bytes[i] = value % zero_one_in ? (uint8_t)(value >> 8 | 1) : 0;
	}
}

/* Random data, encoded in pieces by either variant, decoded in pieces by either. */
START_TEST(cobs_round_trip)
{
	static _Alignas(8) uint8_t plain[2100], code[2200], other[2200], decoded[2120];
	static const uint32_t zeros[] = { 2, 10, 100, 300, 1000000 };
	uint64_t random = (uint64_t)_i + 1;

	for (unsigned run = 0; run < 300; run++) {
		size_t length = 1 + random_next(&random) % (sizeof(plain) - 8);
		size_t cut = random_next(&random) % length, code_length, at = 0;
		size_t shift = random_next(&random) % 8;
		struct kpu_cobs_encoder encoder;
		struct kpu_cobs_decoder decoder;
		enum kpu_cobs_event event = KPU_COBS_MORE;

		random_bytes(&random, plain, length, zeros[_i]);
		kpu_cobs_begin(&encoder, code);
		kpu_cobs_add(&encoder, plain, cut);
		kpu_cobs_add(&encoder, plain + cut, length - cut);
		code_length = kpu_cobs_end(&encoder);
		expect(code_length <= length + length / 254 + 2);
		expect(memchr(code, 0, code_length) == code + code_length - 1);
		cobs_begin_board(&encoder, other);
		cobs_add_board(&encoder, plain, cut);
		cobs_add_board(&encoder, plain + cut, length - cut);
		expect(cobs_end_board(&encoder) == code_length);
		expect(memcmp(code, other, code_length) == 0);

		kpu_cobs_decoder_init(&decoder, decoded + shift, length);
		while (at < code_length && event == KPU_COBS_MORE) {
			size_t piece = 1 + random_next(&random) % 400;

			if (piece > code_length - at)
				piece = code_length - at;
			at += run & 1 ? kpu_cobs_decode(&decoder, code + at, piece, &event)
				      : cobs_decode_board(&decoder, code + at, piece, &event);
		}
		expect(event == KPU_COBS_FRAME && at == code_length);
		expect(decoder.length == length);
		expect(memcmp(decoded + shift, plain, length) == 0);
	}
}
END_TEST

/* What is no frame, and what follows it. */
START_TEST(cobs_bad_frames)
{
	static const uint8_t cut_short[] = { 5, 1, 2, 0, 2, 9, 0 };
	static const uint8_t too_long[] = { 9, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 2, 9, 0 };
	uint8_t frame[4];
	struct kpu_cobs_decoder decoder;
	enum kpu_cobs_event event;
	size_t used;

	kpu_cobs_decoder_init(&decoder, frame, sizeof(frame));
	used = kpu_cobs_decode(&decoder, cut_short, sizeof(cut_short), &event);
	ck_assert_int_eq(event, KPU_COBS_BAD);
	ck_assert_uint_eq(used, 4);
	kpu_cobs_decode(&decoder, cut_short + used, sizeof(cut_short) - used, &event);
	ck_assert_int_eq(event, KPU_COBS_FRAME);
	ck_assert_uint_eq(decoder.length, 1);
	ck_assert_uint_eq(frame[0], 9);

	/* Reported as soon as it is known, skipped to its end. */
	used = kpu_cobs_decode(&decoder, too_long, sizeof(too_long), &event);
	ck_assert_int_eq(event, KPU_COBS_BAD);
	ck_assert_uint_eq(used, 1);
	used += kpu_cobs_decode(&decoder, too_long + used, sizeof(too_long) - used, &event);
	ck_assert_int_eq(event, KPU_COBS_FRAME);
	ck_assert_uint_eq(used, sizeof(too_long));
	ck_assert_uint_eq(decoder.length, 1);
}
END_TEST

static size_t build_packet(uint8_t *out, uint16_t length)
{
	struct kpu_packet packet = {
		.version = 1,
		.type = KPU_PACKET_DATA,
		.sequence = 0x12,
		.acknowledge = 0x34,
		.credit = 8,
		.session = 0xbeef,
		.length = length,
		.flags = 0x0501,
	};

	kpu_packet_put_header(out, &packet);
	for (unsigned i = 0; i < length; i++)
		out[12 + i] = (uint8_t)(i * 3);
	if (length)
		kpu_put_u32(out + 12 + length, crc32_by_bits(out + 12, length));
	return length ? 12u + length + 4u : 12u;
}

START_TEST(packet_layout)
{
	static const uint8_t want[10] = { 0x11, 0x12, 0x34, 8, 0xef, 0xbe, 5, 0, 0x01, 0x05 };
	uint8_t bytes[64];
	size_t length = build_packet(bytes, 5);
	struct kpu_packet packet;

	ck_assert_mem_eq(bytes, want, sizeof(want));
	ck_assert_int_eq(kpu_packet_parse(bytes, length, &packet), KPU_PACKET_GOOD);
	ck_assert_uint_eq(packet.sequence, 0x12);
	ck_assert_uint_eq(packet.acknowledge, 0x34);
	ck_assert_uint_eq(packet.credit, 8);
	ck_assert_uint_eq(packet.session, 0xbeef);
	ck_assert_uint_eq(packet.flags, 0x0501);
	ck_assert_uint_eq(packet.length, 5);
	ck_assert_ptr_eq(packet.payload, bytes + 12);
}
END_TEST

START_TEST(packet_damage)
{
	uint8_t bytes[64];
	struct kpu_packet packet;
	size_t length = build_packet(bytes, 20);

	for (size_t bit = 0; bit < length * 8; bit++) {
		enum kpu_packet_fault fault;

		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		fault = kpu_packet_parse(bytes, length, &packet);
		ck_assert_int_eq(fault, bit < 96 ? KPU_PACKET_BAD_HEADER : KPU_PACKET_BAD_PAYLOAD);
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t cut = 0; cut < length; cut++)
		ck_assert_int_eq(kpu_packet_parse(bytes, cut, &packet),
				 cut < 12 ? KPU_PACKET_BAD_HEADER : KPU_PACKET_BAD_LENGTH);
	ck_assert_int_eq(kpu_packet_parse(bytes, length + 1, &packet), KPU_PACKET_BAD_LENGTH);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("link: codec");
	TCase *codec = tcase_create("codec");
	SRunner *runner;
	int failed;

	tcase_set_timeout(codec, 60);
	tcase_add_test(codec, crc_check_values);
	tcase_add_test(codec, crc32_by_division);
	tcase_add_loop_test(codec, cobs_published_examples, 0,
			    sizeof(cobs_examples) / sizeof(cobs_examples[0]));
	tcase_add_loop_test(codec, cobs_round_trip, 0, 5);
	tcase_add_test(codec, cobs_bad_frames);
	tcase_add_test(codec, packet_layout);
	tcase_add_test(codec, packet_damage);
	suite_add_tcase(suite, codec);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
