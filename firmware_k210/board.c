/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Ties server, line and hardware together. */
#include "firmware_k210/board.h"

#include "firmware_k210/hal/clocks.h"
#include "firmware_k210/hal/dmac.h"
#include "firmware_k210/hal/flash.h"
#include "firmware_k210/hal/interrupts.h"
#include "firmware_k210/hal/kpu.h"
#include "firmware_k210/hal/memory.h"
#include "firmware_k210/hal/mmio.h"
#include "firmware_k210/hal/reset.h"
#include "firmware_k210/hal/timer.h"
#include "firmware_k210/hal/uart.h"
#include "firmware_k210/hal/watchdog.h"
#include "firmware_k210/server/server.h"
#include "firmware_k210/spi_line.h"

/* Keeps the line busy for 3.7 ms at 2 Mbaud while a slice of a layer is computed. */
#define TRANSMIT_RING_BYTES 736u

/* Of the slowest SPI clock of use; the session allows that time before it asks again. */
#define SPI_BYTES_PER_SECOND 125000u

/* The watchdog must be fed even when nothing happens. */
#define LONGEST_SLEEP_US (WATCHDOG_PERIOD_MS * 1000u / 4)

#define LINK_BUFFER(alignment) __attribute__((section(".link_buffers"), aligned(alignment)))
#define RING_BYTES             (SERVER_RECEIVE_RING + TRANSMIT_RING_BYTES)
#define LINE_BYTES             (RING_BYTES > SPI_LINE_MEMORY ? RING_BYTES : SPI_LINE_MEMORY)

/* Either the rings of the UART or the frames of SPI, whose DMA does not see the cache. So it is
 * touched through the uncached window only, and shares no cache line with anything else. */
static LINK_BUFFER(64) uint8_t line_memory[(LINE_BYTES + 63u) & ~63u];
static LINK_BUFFER(64) uint8_t session_memory[SERVER_SESSION_MEMORY];

static struct server server;
static uint32_t interrupts_at_poll;

static void start_layer(void *context, const uint64_t words[K210_KPU_LAYER_WORDS],
			bool eight_bit_weights, uint32_t output_address)
{
	(void)context;
	kpu_start(words, eight_bit_weights, output_address);
}

static bool layer_done(void *context)
{
	(void)context;
	return kpu_done();
}

static void reset_engine(void *context)
{
	(void)context;
	kpu_reset();
}

static uint64_t cycles(void *context)
{
	(void)context;
	return hart_cycles();
}

static void describe(void *context, struct kpu_board_info *info)
{
	(void)context;
	info->cpu_hz = CLOCK_CPU_HZ;
	info->kpu_hz = CLOCK_KPU_HZ;
	info->reset_cause = reset_cause();
	info->firmware_bytes = memory_firmware_bytes();
	info->last_crash_pc = reset_last_crash_pc();
	info->stack_unused = stack_unused();
	if (spi_line_record() == KPU_BOARD_RECORD_GOOD)
		info->features |= KPU_FEATURE_BOARD_RECORD;
	else if (spi_line_record() != KPU_BOARD_RECORD_ABSENT)
		info->features |= KPU_FEATURE_BOARD_RECORD_BAD;
}

static bool rate_possible(void *context, uint32_t baud)
{
	(void)context;
	return !spi_line_is_taken() && uart_nearest_rate(baud) != 0;
}

static void set_rate(void *context, uint32_t baud)
{
	(void)context;
	uart_set_rate(baud);
}

static bool line_idle(void *context)
{
	(void)context;
	return spi_line_is_taken() ? spi_line_idle() : uart_transmit_idle();
}

static uint32_t overruns(void *context)
{
	(void)context;
	return uart_overruns() + spi_line_overruns();
}

static void reboot(void *context)
{
	(void)context;
	reset_board();
}

static void hardware_init(void)
{
	uint8_t *lines = memory_uncached(line_memory);

	reset_init();
	clocks_init();
	watchdog_start();
	memory_evict_cache();
	dmac_init();
	kpu_init();
	/* First, because it needs some of that memory for a moment. */
	spi_line_init(lines);
	uart_init(KPU_BOOT_BAUD, lines, SERVER_RECEIVE_RING, lines + SERVER_RECEIVE_RING,
		  TRANSMIT_RING_BYTES);
	interrupts_init();
}

static const struct runtime_flash flash = {
	.identify = flash_identify,
	.busy = flash_busy,
	.read = flash_read,
	.program = flash_program,
	.erase = flash_erase,
	.nearest_clock = flash_nearest_clock,
	.start_read = flash_start_read,
	.read_done = flash_read_done,
	.stop_read = flash_stop_read,
};

/* Not inlined: its memory would stay on the stack of main(). */
__attribute__((noinline)) void board_init(void)
{
	struct server_config config = {
		.hardware = { .memory = NULL,
			      .ai_sram = (uint8_t *)K210_AI_SRAM_UNCACHED_BASE,
			      .start_layer = start_layer,
			      .layer_done = layer_done,
			      .reset_engine = reset_engine,
			      .cycles = cycles,
			      .flash = &flash },
		.platform = { .describe = describe,
			      .rate_possible = rate_possible,
			      .set_rate = set_rate,
			      .line_idle = line_idle,
			      .overruns = overruns,
			      .reboot = reboot },
		.baud = KPU_BOOT_BAUD,
		.session_memory = session_memory,
	};
	size_t memory_size;

	hardware_init();
	config.hardware.memory = memory_models(&memory_size);
	config.hardware.memory_size = (uint32_t)memory_size;
	config.hardware.memory_bus_address = (uint32_t)(uintptr_t)config.hardware.memory;
	config.boot_id = reset_boot_id();
	if (!server_init(&server, &config, timer_now()))
		crash_report(0, (uintptr_t)board_init, 0);
}

__attribute__((noinline)) static bool receive(void)
{
	const uint8_t *bytes;
	size_t count = uart_received(&bytes);

	if (!count)
		return false;
	server_input(&server, bytes, count, timer_now());
	uart_receive_done(count);
	return true;
}

__attribute__((noinline)) static bool transmit(void)
{
	uint8_t *bytes;
	size_t room = uart_transmit_room(&bytes), count;

	if (!room)
		return false;
	count = server_output(&server, bytes, room, timer_now());
	if (count)
		uart_transmit(count);
	return count != 0;
}

/* Whichever host speaks first holds the board until its next start. */
static void choose_line(void)
{
	bool held = server.session.state == KPU_SESSION_ESTABLISHED;

	spi_line_refuse(held);
	if (held || !spi_line_wanted())
		return;
	uart_stop();
	spi_line_take();
	kpu_session_set_rate(&server.session, SPI_BYTES_PER_SECOND);
	/* A host that has not noticed the start hears of it: the announcement was the UART's. */
	kpu_session_start(&server.session, timer_now());
}

bool board_poll(void)
{
	bool is_busy;

	interrupts_at_poll = interrupts_count();
	if (!spi_line_is_taken())
		choose_line();
	if (spi_line_is_taken()) {
		is_busy = spi_line_receive(&server, timer_now());
		is_busy |= server_step(&server, timer_now());
		is_busy |= spi_line_transmit(&server, timer_now());
	} else {
		is_busy = receive();
		is_busy |= server_step(&server, timer_now());
		is_busy |= transmit();
	}
	return is_busy;
}

/* Interrupts stay off between check and sleep, or one that comes between would be missed. */
void board_sleep(void)
{
	uint64_t now = timer_now(), deadline = server_deadline(&server);
	unsigned long state = interrupts_disable();

	if (deadline > spi_line_deadline())
		deadline = spi_line_deadline();
	if (deadline > now + LONGEST_SLEEP_US)
		deadline = now + LONGEST_SLEEP_US;
	if (deadline > now && interrupts_count() == interrupts_at_poll) {
		timer_set_alarm(deadline);
		interrupts_wait();
	}
	interrupts_restore(state);
}
