/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The host's end of the exchange against a board that answers whatever it likes, with checksums
 * that are right: no transfer is larger than the buffers and than what the controller takes, no
 * byte outside of them is touched (they have their exact size, for the sanitizer), and the clock
 * stays where it may be.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "link/bytes.h"
#include "link/crc.h"
#include "link/host_spi.h"
#include "link/packet.h"
#include "tests/unit/link/line.h"

#define ROUNDS 60000u
#define HZ_MIN 300000u
#define HZ_MAX 12000000u
/* Of a packet of the session: a payload of 1024. */
#define PACKET_MAX (KPU_WIRE_HEADER_BYTES + 1024u + KPU_WIRE_PAYLOAD_CRC_BYTES)

static struct kpu_spi_host spi;
static struct kpu_spi_host_config config;
static uint64_t random_state;
static unsigned taken, sent, read_back;
static volatile uint8_t sum;

static uint32_t below(uint32_t limit)
{
	return random_next(&random_state) % limit;
}

/* As the session does: nothing where its largest packet has no room. */
static size_t next_packet(void *context, uint8_t *packet, size_t room)
{
	size_t length = KPU_WIRE_HEADER_BYTES + below(PACKET_MAX - KPU_WIRE_HEADER_BYTES + 1);

	(void)context;
	if (room < PACKET_MAX || below(3) == 0)
		return 0;
	memset(packet, 0x5a, length);
	sent++;
	return length;
}

static void take_packet(void *context, const uint8_t *packet, size_t length)
{
	(void)context;
	for (size_t i = 0; i < length; i++)
		sum = (uint8_t)(sum + packet[i]);
	taken++;
}

static void silent(void *context)
{
	(void)context;
}

static const struct kpu_spi_host_ops ops = {
	.next_packet = next_packet,
	.take_packet = take_packet,
	.silent = silent,
};

static uint16_t any_size(void)
{
	static const uint16_t sizes[] = { 0,    4,    12,   16,   32,   63,    64,    65,
					  1040, 1041, 4095, 4096, 4180, 16448, 65532, 65535 };

	return below(2) ? sizes[below(sizeof(sizes) / sizeof(sizes[0]))] : (uint16_t)below(65536);
}

/* A packet's header whose length need not be that of what follows. */
static void put_packet(uint8_t *at, size_t room)
{
	struct kpu_packet packet = { .version = KPU_WIRE_VERSION,
				     .type = (uint8_t)below(16),
				     .length = below(4) ? (uint16_t)below(64) : any_size() };

	if (room >= KPU_WIRE_HEADER_BYTES)
		kpu_packet_put_header(at, &packet);
}

static void answer(uint8_t *in, size_t length)
{
	struct kpu_spi_header header = { .magic = KPU_SPI_MAGIC_BOARD,
					 .flags = (uint8_t)below(16),
					 .sequence = (uint16_t)below(65536),
					 .length = (uint16_t)(any_size() & ~3u),
					 .read = any_size(),
					 .limit = below(4) ? (uint16_t)(64 + below(8192))
							   : any_size(),
					 .refused = (uint16_t)below(3) };
	size_t at = KPU_SPI_HEADER_BYTES;

	for (size_t i = 0; i < length; i++)
		in[i] = (uint8_t)random_next(&random_state);
	if (below(5) == 0)
		return;
	if (below(2))
		header.length =
			(uint16_t)(below((uint32_t)length - KPU_SPI_HEADER_BYTES + 1) & ~3u);
	if (below(8) == 0)
		header.flags &= (uint8_t)~KPU_SPI_FLAG_LOOPBACK;
	kpu_spi_put_header(in, &header);
	for (; at + KPU_WIRE_HEADER_BYTES <= length && below(6); at += 4 * below(12))
		put_packet(in + at, length - at);
	if (spi.in_reverse)
		kpu_spi_reverse(in, length);
}

static void start(size_t transfer_max)
{
	config = (struct kpu_spi_host_config){ .hz_max = HZ_MAX,
					       .hz_min = HZ_MIN,
					       .transfer_max = transfer_max,
					       .out = malloc(transfer_max),
					       .in = malloc(transfer_max),
					       .room = transfer_max };
	taken = sent = read_back = 0;
	ck_assert(kpu_spi_host_init(&spi, &config, &ops, NULL, 0));
}

static void check_transfer(const struct kpu_spi_transfer *transfer)
{
	ck_assert_uint_ge(transfer->length, KPU_SPI_HEADER_BYTES);
	ck_assert_uint_le(transfer->length, config.transfer_max);
	ck_assert_uint_eq(transfer->length % 4, 0);
	ck_assert_uint_ge(transfer->hz, HZ_MIN);
	ck_assert_uint_le(transfer->hz, HZ_MAX);
}

START_TEST(no_answer_leads_astray)
{
	static const size_t rooms[] = { 1060, 4096, 4180, KPU_SPI_FRAME_MAX };
	struct kpu_spi_transfer transfer;
	uint64_t now = 0;

	random_state = 0x2545f4914f6cdd1dull + (uint64_t)_i;
	start(rooms[_i]);
	for (unsigned i = 0; i < ROUNDS; i++) {
		bool ready = spi.state ? below(20) == 0 : below(20) != 0;
		enum kpu_spi_action action = kpu_spi_host_next(&spi, ready, now, &transfer);

		now += below(4) ? below(300) : below(30000);
		if (action == KPU_SPI_REST)
			continue;
		check_transfer(&transfer);
		if (action == KPU_SPI_READ) {
			answer(transfer.in, transfer.length);
			read_back++;
		}
		/* Patterns cannot be guessed; without them there would be no packets. */
		if (below(500) == 0)
			spi.tuning = false;
		kpu_spi_host_done(&spi, below(50) != 0, below(10) == 0, now);
	}
	ck_assert_uint_gt(taken, 1000);
	ck_assert_uint_gt(sent, 1000);
	ck_assert_uint_gt(read_back, ROUNDS / 20);
	free(config.out);
	free(config.in);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hostile board on SPI");
	TCase *cases = tcase_create("hostile");
	SRunner *runner;
	int failed;

	tcase_set_timeout(cases, 60);
	tcase_add_loop_test(cases, no_answer_leads_astray, 0, 4);
	suite_add_tcase(suite, cases);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
