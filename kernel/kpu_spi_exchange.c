// SPDX-License-Identifier: GPL-2.0-only
// SPDX-FileCopyrightText: the kpu authors
/*
 * Transport over SPI. The board is a slave that says by its ready line whose turn it is; the
 * exchanges themselves are those of link/host_spi.h. This file moves bytes and watches the line.
 *
 * Only the engine's thread transfers. The interrupt handler notes edges and wakes it.
 */
#include <linux/delay.h>
#include <linux/pm_runtime.h>
#include <linux/slab.h>

#include "kpu_spi.h"

/* Header, four packets of 4096 bytes of payload and the end mark fit. */
#define KPU_SPI_ROOM SZ_32K
/* Of one frame, for controllers that cannot do it in one transfer; smaller frames then. */
#define KPU_SPI_PIECES_MAX 64
#define KPU_SPI_HZ_DEFAULT 10000000
/* The chip needs microseconds; a supervisor of the board may need more. */
#define KPU_SPI_RESET_US 10000
/* GPIO chips behind USB or I2C tell the level sooner than the edge before it. */
#define KPU_SPI_EDGE_LATE_US 10000
/* The controller does not wake up. */
#define KPU_SPI_RESUME_RETRY_US 20000

static struct kpu_spi *kpu_spi_of(struct kpu_transport *transport)
{
	return container_of(transport, struct kpu_spi, transport);
}

/* A line that cannot be read counts as not ready: nothing is sent then. */
static bool kpu_spi_is_ready(const struct kpu_spi *board)
{
	return gpiod_get_value_cansleep(board->ready) > 0;
}

/*
 * Both edges. A fall means that an answer is ready; a rise, that the board listens again, which
 * after our own exchange is expected once. Any other rise ends a short fall: the board calls.
 */
irqreturn_t kpu_spi_ready_changed(int irq, void *context)
{
	struct kpu_spi *board = context;

	if (kpu_spi_is_ready(board)) {
		if (READ_ONCE(board->arming))
			WRITE_ONCE(board->arming, false);
		else
			atomic_set(&board->calls, 1);
	}
	kpu_transport_wake(&board->transport);
	return IRQ_HANDLED;
}

static size_t kpu_spi_next_packet(void *context, u8 *packet, size_t room)
{
	return kpu_transport_next_packet(context, packet, room);
}

static void kpu_spi_take_packet(void *context, const u8 *packet, size_t length)
{
	kpu_transport_take_packet(context, packet, length);
}

static void kpu_spi_silent(void *context)
{
	struct kpu_spi *board = kpu_spi_of(context);

	kpu_transport_silent(context);
	if (board->host.restarted)
		return;
	dev_warn_ratelimited(&board->spi->dev,
			     "the board does not answer (%u answers damaged, %u missing)\n",
			     board->host.counters.bad_answers, board->host.counters.no_answers);
}

static void kpu_spi_clock_changed(void *context, u32 hz)
{
	struct kpu_spi *board = kpu_spi_of(context);

	dev_info_ratelimited(&board->spi->dev, "SPI clock %u kHz\n", hz / 1000);
	kpu_transport_set_rate(context, hz / BITS_PER_BYTE);
}

static const struct kpu_spi_host_ops kpu_spi_host_ops = {
	.next_packet = kpu_spi_next_packet,
	.take_packet = kpu_spi_take_packet,
	.silent = kpu_spi_silent,
	.clock_changed = kpu_spi_clock_changed,
};

static void kpu_spi_transfer(struct kpu_spi *board, const struct kpu_spi_transfer *wanted)
{
	struct spi_transfer *piece = board->pieces;
	struct spi_message message;
	size_t done, length;
	int error;

	spi_message_init(&message);
	for (done = 0; done < wanted->length; done += length, piece++) {
		length = min(board->piece_bytes, wanted->length - done);
		*piece = (struct spi_transfer){
			.tx_buf = wanted->out ? wanted->out + done : NULL,
			.rx_buf = wanted->in ? wanted->in + done : NULL,
			.len = length,
			.speed_hz = wanted->hz,
			.bits_per_word = BITS_PER_BYTE,
		};
		spi_message_add_tail(piece, &message);
	}
	if (wanted->in)
		WRITE_ONCE(board->arming, true);
	error = spi_sync(board->spi, &message);
	if (error)
		dev_err_ratelimited(&board->spi->dev, "transfer: error %d\n", error);
	board->done_at = kpu_transport_now();
	kpu_spi_host_done(&board->host, !error, atomic_xchg(&board->calls, 0), board->done_at);
}

void kpu_spi_pulse_reset(struct kpu_spi *board)
{
	gpiod_set_value_cansleep(board->boot, 0);
	gpiod_set_value_cansleep(board->reset, 1);
	usleep_range(KPU_SPI_RESET_US, 2 * KPU_SPI_RESET_US);
	gpiod_set_value_cansleep(board->reset, 0);
	WRITE_ONCE(board->resets, board->resets + 1);
}

/* As after probe: the clock may have been the trouble. What was counted stays. */
static void kpu_spi_restart_host(struct kpu_spi *board)
{
	const struct kpu_spi_host_counters counters = board->host.counters;
	const struct kpu_spi_host_config config = board->host.config;

	kpu_spi_host_init(&board->host, &config, &kpu_spi_host_ops, &board->transport,
			  kpu_transport_now());
	board->host.counters = counters;
	WRITE_ONCE(board->arming, false);
	atomic_set(&board->calls, 0);
}

/*
 * The core's ladder has come to the step where the board is booted: over SPI that is a pulse of its
 * reset line, and the mask ROM does the rest.
 */
static void kpu_spi_boot_changed(struct kpu_transport *transport)
{
	struct kpu_spi *board = kpu_spi_of(transport);
	const struct kpu_tty_boot_result done = {};
	struct kpu_tty_boot_request request;

	if (!kpu_transport_boot_wanted(transport) || kpu_transport_boot_begin(transport, &request))
		return;
	dev_warn(&board->spi->dev, "resetting the board: %.*s\n", (int)sizeof(request.reason_text),
		 request.reason_text);
	kpu_spi_pulse_reset(board);
	kpu_spi_restart_host(board);
	kpu_transport_boot_end(transport, &done);
}

static bool kpu_spi_exchange(struct kpu_transport *transport, u64 *deadline)
{
	struct kpu_spi *board = kpu_spi_of(transport);
	struct kpu_spi_transfer wanted;
	u64 now = kpu_transport_now();
	bool ready = kpu_spi_is_ready(board);

	/* Its edge was lost: the next one is another. */
	if (ready && now - board->done_at > KPU_SPI_EDGE_LATE_US)
		WRITE_ONCE(board->arming, false);
	if (atomic_xchg(&board->calls, 0))
		kpu_spi_host_attention(&board->host);
	if (kpu_spi_host_next(&board->host, ready, now, &wanted) == KPU_SPI_REST) {
		*deadline = min(*deadline, kpu_spi_host_deadline(&board->host));
		return false;
	}
	if (pm_runtime_resume_and_get(&board->spi->dev)) {
		kpu_spi_host_done(&board->host, false, false, now);
		*deadline = min(*deadline, now + KPU_SPI_RESUME_RETRY_US);
		return false;
	}
	kpu_spi_transfer(board, &wanted);
	pm_runtime_mark_last_busy(&board->spi->dev);
	pm_runtime_put_autosuspend(&board->spi->dev);
	return true;
}

const struct kpu_transport_ops kpu_spi_transport_ops = {
	.exchange = kpu_spi_exchange,
	.boot_changed = kpu_spi_boot_changed,
};

/* Returns the largest frame. Words of the board have four bytes, so pieces have whole words. */
static size_t kpu_spi_choose_pieces(struct kpu_spi *board)
{
	size_t message = min_t(size_t, spi_max_message_size(board->spi), KPU_SPI_ROOM);

	board->piece_bytes = round_down(min(spi_max_transfer_size(board->spi), message), 4);
	return min(round_down(message, 4), board->piece_bytes * KPU_SPI_PIECES_MAX);
}

int kpu_spi_start_host(struct kpu_spi *board, unsigned int patience)
{
	struct kpu_spi_host_config config = {
		.hz_max = board->spi->max_speed_hz ?: KPU_SPI_HZ_DEFAULT,
		.hz_min = board->spi->controller->min_speed_hz,
		.patience = patience,
		.transfer_max = kpu_spi_choose_pieces(board),
		.room = KPU_SPI_ROOM,
	};
	struct device *dev = &board->spi->dev;

	if (config.hz_min > config.hz_max)
		return dev_err_probe(dev, -EINVAL,
				     "at most %u Hz are wanted, the controller has %u at least\n",
				     config.hz_max, config.hz_min);
	/* kmalloc() gives what every controller's DMA can reach, each in cache lines of its own. */
	board->out = devm_kmalloc(dev, KPU_SPI_ROOM, GFP_KERNEL);
	board->in = devm_kmalloc(dev, KPU_SPI_ROOM, GFP_KERNEL);
	board->pieces = devm_kcalloc(dev, KPU_SPI_PIECES_MAX, sizeof(*board->pieces), GFP_KERNEL);
	if (!board->out || !board->in || !board->pieces)
		return -ENOMEM;
	board->transport.max_payload = kpu_spi_payload_for_room(config.transfer_max);
	config.out = board->out;
	config.in = board->in;
	if (!kpu_spi_host_init(&board->host, &config, &kpu_spi_host_ops, &board->transport,
			       kpu_transport_now()))
		return dev_err_probe(dev, -EINVAL,
				     "the controller takes %zu bytes at once, too few\n",
				     config.transfer_max);
	return 0;
}
