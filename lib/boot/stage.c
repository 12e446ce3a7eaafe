/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The first stage's part: rate, firmware, start. Pieces of the firmware go out one after the other
 * without an answer; then the board says which are missing.
 */
#include "lib/boot/boot.h"
#include "lib/error.h"
#include "link/bytes.h"
#include "link/crc.h"
#include "link/first_stage.h"

#define TRIES      10u
#define ROUNDS_MAX 60u
#define STARTS_MAX 3u
/* Hardly a piece arrives: the line does not keep up with this rate. */
#define LOST_TOO_MANY(missing, sent) ((missing)*8 > (sent)*7)

static size_t piece_count(const struct kpu_boot *boot)
{
	return (boot->images->firmware_size + KPU_STAGE_PIECE_BYTES - 1) / KPU_STAGE_PIECE_BYTES;
}

static int lost(struct kpu_boot *boot, int rc, const char *what)
{
	if (rc < 0 && rc != -KPU_ERR_BOARD_RESET)
		return rc;
	return kpu_fail(boot->error, rc ? KPU_ERR_BOARD_RESET : KPU_ERR_TIMEOUT,
			"the first stage %s while %s", rc ? "was reset" : "fell silent", what);
}

/* Those of the map; returns how many. */
static int send_pieces(struct kpu_boot *boot, const uint8_t *missing, size_t *sent_bytes)
{
	int sent = 0;

	*sent_bytes = 0;
	for (size_t i = 0; i < piece_count(boot); i++) {
		size_t offset = i * KPU_STAGE_PIECE_BYTES;
		size_t size = boot->images->firmware_size - offset;
		int rc;

		if (!(missing[i / 8] >> i % 8 & 1))
			continue;
		if (size > KPU_STAGE_PIECE_BYTES)
			size = KPU_STAGE_PIECE_BYTES;
		rc = kpu_stage_tell(boot, KPU_STAGE_PIECE, (uint32_t)i,
				    boot->images->firmware + offset, size);
		if (rc < 0)
			return rc;
		*sent_bytes += size + K210_ISP_HEADER_BYTES;
		sent++;
	}
	return sent;
}

/* Asks which pieces are missing; what was sent may be on its way until @sent_at. */
static int ask_missing(struct kpu_boot *boot, uint64_t sent_at, uint8_t *missing)
{
	struct kpu_stage_answer answer;
	uint64_t now = kpu_boot_now(boot);
	uint32_t left_us = sent_at > now ? (uint32_t)(sent_at - now) : 0;
	int rc = kpu_stage_ask(boot, KPU_STAGE_MISSING, 0, NULL, 0, 1,
			       left_us + KPU_STAGE_ANSWER_US, &answer);

	if (rc == 0)
		rc = kpu_stage_ask(boot, KPU_STAGE_MISSING, 0, NULL, 0, TRIES, KPU_STAGE_ANSWER_US,
				   &answer);
	if (rc <= 0)
		return lost(boot, rc, "it took the firmware");
	if (answer.size != (piece_count(boot) + 7) / 8 || answer.value > piece_count(boot))
		return kpu_fail(boot->error, KPU_ERR_PROTOCOL,
				"the first stage's list of missing pieces makes no sense");
	for (size_t i = 0; i < answer.size; i++)
		missing[i] = answer.data[i];
	return (int)answer.value;
}

static int load(struct kpu_boot *boot)
{
	uint8_t missing[KPU_STAGE_PIECES_MAX / 8];
	struct kpu_stage_answer answer;
	int rc = kpu_stage_ask(boot, KPU_STAGE_BEGIN, (uint32_t)boot->images->firmware_size, NULL,
			       0, TRIES, KPU_STAGE_ANSWER_US, &answer);

	/* A rate that has gone bad since it was tested. */
	if (rc == 0 && boot->baud != K210_ISP_BAUD) {
		rc = kpu_stage_lower_rate(boot);
		if (rc < 0)
			return rc;
		rc = kpu_stage_ask(boot, KPU_STAGE_BEGIN, (uint32_t)boot->images->firmware_size,
				   NULL, 0, TRIES, KPU_STAGE_ANSWER_US, &answer);
	}
	if (rc <= 0)
		return lost(boot, rc, "the firmware was announced");
	if (answer.status != KPU_STAGE_OK)
		return kpu_fail(boot->error, KPU_ERR_PROTOCOL,
				"the first stage refuses a firmware of %zu bytes",
				boot->images->firmware_size);
	for (size_t i = 0; i < sizeof(missing); i++)
		missing[i] = 0xff;
	for (unsigned round = 0; round < ROUNDS_MAX; round++) {
		uint64_t begun = kpu_boot_now(boot);
		size_t bytes;
		int sent = send_pieces(boot, missing, &bytes), left;

		if (sent < 0)
			return sent;
		left = ask_missing(boot, begun + kpu_boot_line_us(boot, bytes), missing);
		if (left <= 0)
			return left;
		boot->result->errors_healed += (uint32_t)left;
		kpu_boot_log(boot, "%d of %d pieces were damaged on the way", left, sent);
		if (LOST_TOO_MANY(left, sent) && sent > 7) {
			rc = kpu_stage_lower_rate(boot);
			if (rc < 0)
				return rc;
		}
	}
	return kpu_fail(boot->error, KPU_ERR_CHECKSUM,
			"the firmware does not arrive whole, even at %u baud", boot->baud);
}

/* 1: it runs, 0: what the board has is not the firmware. */
static int start(struct kpu_boot *boot)
{
	uint32_t crc =
		kpu_crc32(KPU_CRC32_START, boot->images->firmware, boot->images->firmware_size);
	struct kpu_stage_answer answer;
	int rc =
		kpu_stage_ask(boot, KPU_STAGE_START, crc, NULL, 0, 3, KPU_STAGE_ANSWER_US, &answer);

	if (rc < 0)
		return lost(boot, rc, "the firmware was to start");
	if (rc)
		return answer.status == KPU_STAGE_OK;
	/* The answer may have been lost, and with it the first stage: it has left for good. */
	rc = kpu_stage_ask(boot, KPU_STAGE_HELLO, 0, NULL, 0, TRIES, KPU_STAGE_ANSWER_US, &answer);
	if (rc < 0)
		return lost(boot, rc, "the firmware was to start");
	return rc ? 0 : 1;
}

int kpu_boot_stage(struct kpu_boot *boot)
{
	uint64_t begun = kpu_boot_now(boot), rated;
	int rc = kpu_stage_raise_rate(boot);

	if (rc < 0)
		return rc == -KPU_ERR_BOARD_RESET ? lost(boot, rc, "rates were tried") : rc;
	rated = kpu_boot_now(boot);
	boot->result->rate_us = (uint32_t)(rated - begun);
	kpu_boot_log(boot, "the line works at %u baud, found out in %u ms", boot->baud,
		     boot->result->rate_us / 1000);
	for (unsigned attempt = 0; attempt < STARTS_MAX; attempt++) {
		rc = load(boot);
		if (rc == 0)
			rc = start(boot);
		if (rc < 0)
			return rc == -KPU_ERR_BOARD_RESET ? lost(boot, rc, "loading") : rc;
		if (rc == 0)
			continue;
		boot->result->bytes = (uint32_t)boot->images->firmware_size;
		boot->result->load_us = (uint32_t)(kpu_boot_now(boot) - rated);
		return 0;
	}
	return kpu_fail(boot->error, KPU_ERR_CHECKSUM,
			"the firmware on the board is not the one that was sent");
}
