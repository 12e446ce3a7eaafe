// SPDX-License-Identifier: GPL-2.0-only
// SPDX-FileCopyrightText: the kpu authors
/*
 * Transport over SPI. The board is a slave that says by its ready line whose turn it is; the
 * exchanges themselves are those of link/host_spi.h. This file moves bytes and watches the line.
 *
 * Only the engine's thread transfers. The interrupt handler notes edges and wakes it.
 */
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/gpio/consumer.h>
#include <linux/interrupt.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/pm_runtime.h>
#include <linux/slab.h>
#include <linux/spi/spi.h>

#include "kpu_transport.h"
#include "link/host_spi.h"

/* Header, four packets of 4096 bytes of payload and the end mark fit. */
#define KPU_SPI_ROOM SZ_32K
/* Of one frame, for controllers that cannot do it in one transfer; smaller frames then. */
#define KPU_SPI_PIECES_MAX 64
/* The board's own rule: 10 ms after reset it looks at its boot pin, then it loads. */
#define KPU_SPI_RESET_US    10000
#define KPU_SPI_RESET_AGAIN (5 * USEC_PER_SEC)
#define KPU_SPI_IDLE_MS     100
#define KPU_SPI_HZ_DEFAULT  10000000

static unsigned int patience = 1;
module_param(patience, uint, 0444);
MODULE_PARM_DESC(patience,
		 "Times by which the limits for the board are longer (for emulated ones)");

struct kpu_spi {
	struct kpu_transport transport;
	struct spi_device *spi;
	struct gpio_desc *ready, *reset, *boot;
	struct kpu_spi_host host;
	u8 *out, *in;
	struct spi_transfer *pieces; /* of a frame; chip select stays between them */
	size_t piece_bytes;
	atomic_t calls; /* the board wants something */
	bool arming;    /* the next rise of ready ends our own exchange */
	bool silent;
	u64 reset_at; /* when the board may be reset because it is silent */
};

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
static irqreturn_t kpu_spi_ready_changed(int irq, void *context)
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
	board->silent = true;
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
	/* A call during our own exchange is answered by it. */
	atomic_set(&board->calls, 0);
	kpu_spi_host_done(&board->host, !error, kpu_transport_now());
}

/* Resets a board that does not answer, if its reset pin is wired. */
static void kpu_spi_reset(struct kpu_spi *board)
{
	gpiod_set_value_cansleep(board->boot, 0);
	gpiod_set_value_cansleep(board->reset, 1);
	usleep_range(KPU_SPI_RESET_US, 2 * KPU_SPI_RESET_US);
	gpiod_set_value_cansleep(board->reset, 0);
	board->reset_at = kpu_transport_now() + KPU_SPI_RESET_AGAIN;
}

static void kpu_spi_revive(struct kpu_spi *board, u64 now)
{
	if (!board->silent || !board->reset || now < board->reset_at)
		return;
	board->silent = false;
	dev_warn(&board->spi->dev, "resetting the board\n");
	kpu_spi_reset(board);
}

static bool kpu_spi_exchange(struct kpu_transport *transport, u64 *deadline)
{
	struct kpu_spi *board = kpu_spi_of(transport);
	struct kpu_spi_transfer wanted;
	u64 now = kpu_transport_now();
	bool ready;

	kpu_spi_revive(board, now);
	ready = kpu_spi_is_ready(board);
	if (atomic_xchg(&board->calls, 0))
		kpu_spi_host_attention(&board->host);
	if (kpu_spi_host_next(&board->host, ready, now, &wanted) == KPU_SPI_REST) {
		*deadline = min(*deadline, kpu_spi_host_deadline(&board->host));
		return false;
	}
	pm_runtime_get_sync(&board->spi->dev);
	kpu_spi_transfer(board, &wanted);
	pm_runtime_mark_last_busy(&board->spi->dev);
	pm_runtime_put_autosuspend(&board->spi->dev);
	return true;
}

static const struct kpu_transport_ops kpu_spi_transport_ops = {
	.exchange = kpu_spi_exchange,
};

static int kpu_spi_get_lines(struct kpu_spi *board)
{
	struct device *dev = &board->spi->dev;

	board->ready = devm_gpiod_get(dev, "ready", GPIOD_IN);
	if (IS_ERR(board->ready))
		return dev_err_probe(dev, PTR_ERR(board->ready), "no ready line\n");
	board->reset = devm_gpiod_get_optional(dev, "reset", GPIOD_OUT_LOW);
	if (IS_ERR(board->reset))
		return dev_err_probe(dev, PTR_ERR(board->reset), "reset line\n");
	board->boot = devm_gpiod_get_optional(dev, "boot", GPIOD_OUT_LOW);
	if (IS_ERR(board->boot))
		return dev_err_probe(dev, PTR_ERR(board->boot), "boot line\n");
	return 0;
}

/* Returns the largest frame. Words of the board have four bytes, so pieces have whole words. */
static size_t kpu_spi_choose_pieces(struct kpu_spi *board)
{
	size_t message = min_t(size_t, spi_max_message_size(board->spi), KPU_SPI_ROOM);

	board->piece_bytes = round_down(min(spi_max_transfer_size(board->spi), message), 4);
	return min(round_down(message, 4), board->piece_bytes * KPU_SPI_PIECES_MAX);
}

static int kpu_spi_start_host(struct kpu_spi *board)
{
	struct kpu_spi_host_config config = {
		.hz_max = board->spi->max_speed_hz ?: KPU_SPI_HZ_DEFAULT,
		.hz_start = max_t(u32, KPU_SPI_HZ_START, board->spi->controller->min_speed_hz),
		.patience = patience,
		.transfer_max = kpu_spi_choose_pieces(board),
		.room = KPU_SPI_ROOM,
	};
	struct device *dev = &board->spi->dev;

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

static void kpu_spi_unregister(void *context)
{
	struct kpu_spi *board = context;

	kpu_transport_unregister(&board->transport);
}

static void kpu_spi_shutdown(void *context)
{
	struct kpu_spi *board = context;

	kpu_transport_shutdown(&board->transport);
}

/* The handler wakes the core, so it is there for the core's time only: devm ends it in between. */
static int kpu_spi_register(struct kpu_spi *board)
{
	struct device *dev = &board->spi->dev;
	int irq = gpiod_to_irq(board->ready), error;

	if (irq < 0)
		return dev_err_probe(dev, irq, "the ready line has no interrupt\n");
	board->transport.ops = &kpu_spi_transport_ops;
	board->transport.parent = dev;
	board->transport.bytes_per_second = board->host.config.hz_max / BITS_PER_BYTE;
	snprintf(board->transport.name, sizeof(board->transport.name), "spi %s", dev_name(dev));
	error = kpu_transport_register(&board->transport);
	if (error)
		return error;
	error = devm_add_action_or_reset(dev, kpu_spi_unregister, board);
	if (error)
		return error;
	error = devm_request_threaded_irq(dev, irq, NULL, kpu_spi_ready_changed,
					  IRQF_TRIGGER_RISING | IRQF_TRIGGER_FALLING | IRQF_ONESHOT,
					  dev_name(dev), board);
	if (error)
		return dev_err_probe(dev, error, "interrupt of the ready line\n");
	return devm_add_action_or_reset(dev, kpu_spi_shutdown, board);
}

static int kpu_spi_probe(struct spi_device *spi)
{
	struct kpu_spi *board = devm_kzalloc(&spi->dev, sizeof(*board), GFP_KERNEL);
	int error;

	if (!board)
		return -ENOMEM;
	board->spi = spi;
	spi->bits_per_word = BITS_PER_BYTE;
	error = spi_setup(spi);
	if (error)
		return dev_err_probe(&spi->dev, error, "the controller refuses the settings\n");
	error = kpu_spi_get_lines(board);
	if (error)
		return error;
	error = kpu_spi_start_host(board);
	if (error)
		return error;
	pm_runtime_set_autosuspend_delay(&spi->dev, KPU_SPI_IDLE_MS);
	pm_runtime_use_autosuspend(&spi->dev);
	error = devm_pm_runtime_enable(&spi->dev);
	if (error)
		return error;
	if (board->reset)
		kpu_spi_reset(board);
	return kpu_spi_register(board);
}

static const struct of_device_id kpu_spi_of_match[] = { { .compatible = "canaan,k210-kpu" }, {} };
MODULE_DEVICE_TABLE(of, kpu_spi_of_match);

static const struct spi_device_id kpu_spi_ids[] = { { .name = "k210-kpu" }, {} };
MODULE_DEVICE_TABLE(spi, kpu_spi_ids);

static struct spi_driver kpu_spi_driver = {
	.driver = {
		.name = "kpu_spi",
		.of_match_table = kpu_spi_of_match,
	},
	.id_table = kpu_spi_ids,
	.probe = kpu_spi_probe,
};
module_spi_driver(kpu_spi_driver);

MODULE_AUTHOR("the kpu authors");
MODULE_DESCRIPTION("Kendryte K210 boards behind SPI");
MODULE_LICENSE("GPL");
