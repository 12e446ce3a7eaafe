/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "link/host_spi.h"

#include "link/bytes.h"
#include "link/host_spi_private.h"

/* First answer after the board has called: fits replies of most commands. */
#define FETCH_UNKNOWN 128u
/* A body of this size may be a part of something larger. */
#define PART_MIN 512u

static uint32_t patient(const struct kpu_spi_host *spi, uint32_t us)
{
	return us * spi->config.patience;
}

bool kpu_spi_host_init(struct kpu_spi_host *spi, const struct kpu_spi_host_config *config,
		       const struct kpu_spi_host_ops *ops, void *context, uint64_t now)
{
	if (!kpu_spi_payload_for_room(config->transfer_max) ||
	    !kpu_spi_payload_for_room(config->room) || config->hz_max == 0 ||
	    config->hz_min > config->hz_max)
		return false;
	memset(spi, 0, sizeof(*spi));
	spi->config = *config;
	if (spi->config.room > config->transfer_max)
		spi->config.room = config->transfer_max;
	if (spi->config.room > KPU_SPI_FRAME_MAX)
		spi->config.room = KPU_SPI_FRAME_MAX;
	spi->config.room &= ~(size_t)3;
	if (spi->config.patience == 0)
		spi->config.patience = 1;
	spi->ops = ops;
	spi->context = context;
	spi->in_reverse = true;
	spi->limit = KPU_SPI_FRAME_MIN;
	spi->random = 1;
	spi->heard_at = spi->waiting_since = now;
	spi->arm_limit = patient(spi, KPU_SPI_ARM_US);
	kpu_spi_tuning_begin(spi);
	return true;
}

/* A frame as large as both ends take. */
static size_t frame_room(const struct kpu_spi_host *spi)
{
	return spi->limit < spi->config.room ? spi->limit : spi->config.room;
}

static void wait_from(struct kpu_spi_host *spi, uint8_t state, uint64_t now)
{
	spi->state = state;
	spi->waiting_since = now;
}

static size_t build_body(struct kpu_spi_host *spi, uint8_t *flags)
{
	uint8_t *body = spi->config.out + KPU_SPI_HEADER_BYTES;
	size_t room = frame_room(spi) - KPU_SPI_HEADER_BYTES - KPU_SPI_MARK_BYTES;

	if (spi->tuning) {
		*flags |= KPU_SPI_FLAG_LOOPBACK;
		return kpu_spi_tuning_body(spi, body, room);
	}
	return kpu_spi_put_packets(body, room, spi->ops->next_packet, spi->context);
}

static uint16_t answer_size(const struct kpu_spi_host *spi, size_t body)
{
	size_t size = KPU_SPI_ANSWER_MIN;

	if (spi->tuning)
		size = KPU_SPI_HEADER_BYTES + body;
	else if (spi->fetch)
		size = KPU_SPI_HEADER_BYTES + spi->fetch;
	else if (spi->attention)
		size = FETCH_UNKNOWN;
	if (size > spi->config.room)
		size = spi->config.room;
	if (size < KPU_SPI_ANSWER_MIN)
		size = KPU_SPI_ANSWER_MIN;
	return (uint16_t)((size + 3) & ~(size_t)3);
}

/* A board that has just started takes small frames until it knows that its host is here. */
static bool must_introduce(const struct kpu_spi_host *spi)
{
	return spi->limit <= KPU_SPI_FRAME_MIN;
}

/* After a failure the board may be another one than before, waiting for us as we for it. */
static bool must_ask_again(const struct kpu_spi_host *spi)
{
	return spi->failures && !spi->is_silent;
}

/* False: there is nothing to say and nothing to ask. */
static bool build_frame(struct kpu_spi_host *spi)
{
	struct kpu_spi_header header = { .magic = KPU_SPI_MAGIC_HOST };
	size_t body = build_body(spi, &header.flags);
	size_t end = KPU_SPI_HEADER_BYTES + body;

	if (body == 0 && !spi->attention && !spi->fetch && !must_introduce(spi) &&
	    !must_ask_again(spi))
		return false;
	spi->read = answer_size(spi, body);
	spi->sequence = (spi->sequence + 1) & KPU_SPI_SEQUENCE_MASK;
	header.sequence = spi->sequence;
	header.length = (uint16_t)body;
	header.read = spi->read;
	header.limit = (uint16_t)spi->config.room;
	kpu_spi_put_header(spi->config.out, &header);
	kpu_put_u32(spi->config.out + end, kpu_spi_mark(spi->sequence));
	spi->frame_length = (uint16_t)(end + KPU_SPI_MARK_BYTES);
	if (spi->in_reverse)
		kpu_spi_reverse(spi->config.out, spi->frame_length);
	return true;
}

static enum kpu_spi_action act(struct kpu_spi_host *spi, enum kpu_spi_action action,
			       struct kpu_spi_transfer *transfer)
{
	memset(transfer, 0, sizeof(*transfer));
	spi->action = action;
	transfer->hz = spi->hz;
	if (action == KPU_SPI_WRITE) {
		transfer->out = spi->config.out;
		transfer->length = spi->frame_length;
	} else if (action == KPU_SPI_READ) {
		transfer->in = spi->config.in;
		transfer->length = spi->read;
	}
	return action;
}

/* Silence counts from here on, not from an answer before the rest. */
static void wants_answer(struct kpu_spi_host *spi, uint64_t since)
{
	if (!spi->failures && !spi->flushing && since > spi->heard_at)
		spi->heard_at = since;
}

/* Nothing intact for long, though we ask. */
static void check_silence(struct kpu_spi_host *spi, uint64_t now)
{
	if (spi->is_silent || now - spi->heard_at < patient(spi, KPU_SPI_SILENCE_US))
		return;
	spi->is_silent = true;
	spi->ops->silent(spi->context);
}

static void pause(struct kpu_spi_host *spi, uint64_t now)
{
	uint32_t delay = 0;

	if (spi->failures)
		delay = KPU_SPI_PAUSE_US << (spi->failures - 1);
	if (delay > KPU_SPI_PAUSE_MAX_US)
		delay = KPU_SPI_PAUSE_MAX_US;
	if (spi->failures < 10)
		spi->failures++;
	spi->resume_at = now + delay;
}

static void no_answer(struct kpu_spi_host *spi, uint64_t now)
{
	spi->counters.no_answers++;
	pause(spi, now);
	if (!spi->is_silent)
		kpu_spi_trouble(spi);
	wait_from(spi, KPU_SPI_STATE_IDLE, now);
}

/* Ready has been low for too long: the board waits for us to fetch an answer, or is not there. */
static enum kpu_spi_action flush(struct kpu_spi_host *spi, uint64_t now,
				 struct kpu_spi_transfer *transfer)
{
	spi->counters.flushes++;
	if (!spi->flushing)
		wants_answer(spi, spi->waiting_since);
	spi->flush = true;
	spi->read = KPU_SPI_ANSWER_MIN;
	wait_from(spi, KPU_SPI_STATE_IDLE, now);
	if (spi->arm_limit < KPU_SPI_ARM_MAX_US)
		spi->arm_limit *= 2;
	spi->flushing = true;
	return act(spi, KPU_SPI_READ, transfer);
}

enum kpu_spi_action kpu_spi_host_next(struct kpu_spi_host *spi, bool ready, uint64_t now,
				      struct kpu_spi_transfer *transfer)
{
	/*
	 * The fall that ends a rest is a call, also when the edge that ends it is lost: the board
	 * has the usual time to raise ready.
	 */
	if (spi->state == KPU_SPI_STATE_IDLE && spi->ready && !ready) {
		spi->waiting_since = now;
		spi->attention = true;
	}
	spi->ready = ready;
	spi->looked_at = now;
	if (spi->failures || spi->flushing)
		check_silence(spi, now);
	if (spi->state == KPU_SPI_STATE_ASKED) {
		if (!ready)
			return act(spi, KPU_SPI_READ, transfer);
		if (now - spi->waiting_since < patient(spi, KPU_SPI_ANSWER_US))
			return act(spi, KPU_SPI_REST, transfer);
		no_answer(spi, now);
	}
	if (!ready) {
		if (now - spi->waiting_since >= spi->arm_limit)
			return flush(spi, now, transfer);
		return act(spi, KPU_SPI_REST, transfer);
	}
	spi->waiting_since = now;
	if (now < spi->resume_at)
		return act(spi, KPU_SPI_REST, transfer);
	return act(spi, build_frame(spi) ? KPU_SPI_WRITE : KPU_SPI_REST, transfer);
}

static bool get_answer(struct kpu_spi_host *spi, struct kpu_spi_header *header)
{
	uint8_t *in = spi->config.in;

	if (spi->in_reverse)
		kpu_spi_reverse(in, spi->read);
	if (kpu_spi_get_header(in, KPU_SPI_MAGIC_BOARD, header))
		return true;
	if (spi->known)
		return false;
	/* The first answer shows how the board's words and the controller's bytes go together. */
	kpu_spi_reverse(in, spi->read);
	if (!kpu_spi_get_header(in, KPU_SPI_MAGIC_BOARD, header))
		return false;
	spi->in_reverse = !spi->in_reverse;
	return true;
}

static void take_body(struct kpu_spi_host *spi, const struct kpu_spi_header *header)
{
	const uint8_t *body = spi->config.in + KPU_SPI_HEADER_BYTES;

	if (header->flags & KPU_SPI_FLAG_LOOPBACK)
		return;
	if (!kpu_spi_take_packets(body, header->length, spi->ops->take_packet, spi->context))
		spi->counters.bad_answers++;
}

static void bad_answer(struct kpu_spi_host *spi, bool was_tuning, uint64_t now)
{
	static const uint8_t nothing[KPU_SPI_ANSWER_MIN];

	spi->counters.bad_answers++;
	if (spi->flush)
		return;
	pause(spi, now);
	/* If a glitch has made the board take our reading for a frame, it waits for us to read. */
	if (spi->arm_limit > patient(spi, KPU_SPI_ARM_BAD_US))
		spi->arm_limit = patient(spi, KPU_SPI_ARM_BAD_US);
	if (was_tuning)
		return;
	kpu_spi_trouble(spi);
	/* It may have carried data: the session asks for what it lacks. */
	if (spi->known)
		spi->ops->take_packet(spi->context, nothing, sizeof(nothing));
}

/* Its frames are small again, or what it counts since its start has become less. */
static bool has_restarted(const struct kpu_spi_host *spi, const struct kpu_spi_header *header)
{
	if (!spi->known)
		return false;
	return (header->limit < spi->limit && header->limit == KPU_SPI_FRAME_MIN) ||
	       (int16_t)(header->refused - spi->board_refused) < 0;
}

/*
 * A body as large as the board makes them is rarely the last one. The board has the next one ready
 * when it gets our next frame, not sooner, so its size is guessed. A wrong guess costs the time of
 * one body, once for each stream of them whose end fills a body.
 */
static void expect_more(struct kpu_spi_host *spi, const struct kpu_spi_header *header)
{
	if (header->length > spi->largest)
		spi->largest = header->length;
	if (spi->fetch == 0 && header->length >= PART_MIN && header->length == spi->largest)
		spi->fetch = header->length;
}

/* That says nothing of the board, whose silence counts: it is asked again before long. */
static void controller_failed(struct kpu_spi_host *spi)
{
	if (spi->flush && !spi->is_silent && spi->arm_limit > patient(spi, KPU_SPI_ARM_US))
		spi->arm_limit = patient(spi, KPU_SPI_ARM_BAD_US);
}

static void answered(struct kpu_spi_host *spi, uint64_t now)
{
	struct kpu_spi_header header;
	bool was_tuning = spi->tuning;
	bool good = get_answer(spi, &header) &&
		    KPU_SPI_HEADER_BYTES + (size_t)header.length <= spi->read &&
		    header.limit >= KPU_SPI_FRAME_MIN;

	spi->counters.exchanges++;
	if (was_tuning && !spi->flush)
		kpu_spi_tuning_result(spi, good ? &header : NULL);
	if (!good) {
		bad_answer(spi, was_tuning, now);
		return;
	}
	spi->restarted = has_restarted(spi, &header);
	spi->known = true;
	spi->heard_at = now;
	spi->is_silent = false;
	spi->failures = 0;
	spi->flushing = false;
	spi->arm_limit = patient(spi, KPU_SPI_ARM_US);
	spi->limit = header.limit;
	spi->board_refused = header.refused;
	spi->board_busy = header.flags & KPU_SPI_FLAG_BUSY;
	spi->fetch = header.read;
	if (spi->board_busy)
		spi->resume_at = now + KPU_SPI_PAUSE_MAX_US;
	else if (must_introduce(spi))
		spi->resume_at = now + KPU_SPI_PAUSE_US;
	if (spi->restarted) {
		spi->counters.restarts++;
		spi->largest = 0;
		spi->ops->silent(spi->context);
	}
	if (was_tuning)
		return;
	if (!spi->flush && !(header.flags & KPU_SPI_FLAG_ACCEPTED)) {
		spi->counters.refused++;
		kpu_spi_trouble(spi);
	} else {
		kpu_spi_no_trouble(spi);
	}
	expect_more(spi, &header);
	take_body(spi, &header);
}

void kpu_spi_host_done(struct kpu_spi_host *spi, bool ok, bool fell, uint64_t now)
{
	spi->exchanged_at = now;
	if (spi->action == KPU_SPI_WRITE) {
		spi->counters.bytes += spi->frame_length;
		spi->attention = false;
		spi->fetch = 0;
		wants_answer(spi, now);
		wait_from(spi, KPU_SPI_STATE_ASKED, now);
	} else if (spi->action == KPU_SPI_READ) {
		spi->counters.bytes += spi->read;
		wait_from(spi, KPU_SPI_STATE_IDLE, now);
		if (ok) {
			answered(spi, now);
		} else {
			bad_answer(spi, spi->tuning, now);
			controller_failed(spi);
		}
		spi->flush = false;
		/* Behind our frame a fall is the answer to it; behind the answer, a call. */
		if (fell)
			kpu_spi_host_attention(spi);
	}
	spi->action = KPU_SPI_REST;
}

void kpu_spi_host_attention(struct kpu_spi_host *spi)
{
	if (spi->state == KPU_SPI_STATE_IDLE)
		spi->attention = true;
}

/* A glitch behind an exchange makes the board lower ready, and nobody else may notice. */
static uint64_t next_look(const struct kpu_spi_host *spi)
{
	uint64_t age = spi->looked_at - spi->exchanged_at;

	if (age >= KPU_SPI_LOOK_MAX_US)
		return UINT64_MAX;
	return spi->looked_at + (age > KPU_SPI_LOOK_US ? age : KPU_SPI_LOOK_US);
}

uint64_t kpu_spi_host_deadline(const struct kpu_spi_host *spi)
{
	if (spi->state == KPU_SPI_STATE_ASKED)
		return spi->waiting_since + (spi->looked_at - spi->waiting_since < KPU_SPI_LOOK_US
						     ? KPU_SPI_LOOK_US
						     : patient(spi, KPU_SPI_ANSWER_US));
	if (!spi->ready)
		return spi->waiting_since + spi->arm_limit;
	/* The owner is woken by ready, or has something to send; after a failure, by us. */
	return spi->resume_at > spi->waiting_since ? spi->resume_at : next_look(spi);
}

bool kpu_spi_host_at_rest(const struct kpu_spi_host *spi)
{
	return spi->state == KPU_SPI_STATE_IDLE;
}
