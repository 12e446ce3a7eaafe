/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The emulated K210 board: two harts, memory, peripherals, virtual time.
 *
 * Single threaded. The board reads no host clock or random source: a run is a pure function of the
 * image, the options and the bytes given to the bridge (and when they are given, in virtual time).
 * One cycle of virtual time is one CPU clock; each instruction takes one.
 *
 * Not modelled: caches (see --check-coherency for what stands in), bus contention, memory latency
 * (access_cycles is the same for all registers),
 * power and temperature, the mask ROM's code (rom/ does what it does).
 */
#ifndef K210_EMU_BOARD_H
#define K210_EMU_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "k210/memory_map.h"
#include "utils/k210-emu/cpu/hart.h"
#include "utils/k210-emu/event.h"
#include "utils/k210-emu/kpu/kpu_model.h"
#include "utils/k210-emu/report.h"
#include "utils/k210-emu/rom/mask_rom.h"

#define BOARD_DEVICES_MAX 48
#define BOARD_IMAGE_MAX   K210_SRAM_SIZE

struct board;
struct device;

enum board_clock {
	BOARD_CLOCK_FAST, /* durations collapse to a few cycles; no byte is ever lost */
	BOARD_CLOCK_REAL, /* UART by its divisor, KPU by the cycle formula, DMA estimated */
};

enum board_boot {
	BOARD_BOOT_IMAGE, /* the program of board_set_image() starts as the ROM would leave it */
	BOARD_BOOT_ROM,   /* flash or serial line, as IO16 says */
};

struct board_options {
	enum board_clock clock;
	enum board_boot boot;
	enum hart1_policy hart1;
	uint64_t jitter_seed;   /* 0: no random delays, no random memory at power-on */
	unsigned access_cycles; /* what each access to a register or AI SRAM costs a hart more */
	struct kpu_model_options kpu;
	bool check_coherency;
};

enum reset_cause {
	RESET_NONE,
	RESET_POWER_ON,
	RESET_PIN,
	RESET_WDT0,
	RESET_WDT1,
	RESET_SOFT,
};

enum board_state {
	BOARD_RUNNING, /* reached the time asked for */
	BOARD_IDLE,    /* every hart waits: only an event or input can change that */
};

/*
 * A block of registers. Devices embed this struct as their first member. Offsets handed to load and
 * store are aligned to @width, which is the size of one register: the decoder splits and merges.
 * False means access fault.
 */
struct device_ops {
	bool (*load)(struct device *device, uint32_t offset, uint64_t *value);
	bool (*store)(struct device *device, uint32_t offset, uint64_t value);
	void (*reset)(struct device *device);
	void (*clocks_changed)(struct device *device); /* optional; called after the change */
	void (*free)(struct device *device);           /* optional: what free() does not do */
};

struct device {
	const struct device_ops *ops;
	struct board *board;
	const char *name;
	uint32_t base, size;
	unsigned width; /* 4 or 8 bytes */
	int clock_gate; /* bit of clk_en_peri and peri_reset, or -1 */
};

/* Request line of a DMA handshake. */
enum dma_request {
	DMA_REQUEST_NONE,
	DMA_REQUEST_SINGLE, /* one item can be moved */
	DMA_REQUEST_BURST,  /* a burst can be moved */
};

struct dma_peer {
	enum dma_request (*request)(void *context);
	void *context;
};

struct board {
	struct board_options options;
	struct report report;

	/* Memory. With check_coherency the two SRAM windows are separate bytes. */
	uint8_t *sram_uncached, *sram_cached, *sram_loaded, *ai_sram;
	uint8_t *rom_window;
	struct hart_memory_region regions[3];

	/* Scheduler. */
	struct hart *harts[K210_HART_COUNT];
	uint64_t hart_time[K210_HART_COUNT];
	bool hart_waiting[K210_HART_COUNT], hart_spinning[K210_HART_COUNT];
	int running_hart; /* -1 outside hart_run() */
	uint64_t now, slice_end;
	uint64_t stall; /* cycles that the running hart has waited for the bus */
	struct event_queue events;
	struct hart_bus bus;
	uint64_t jitter_state;

	/* Clocks (devices/sysctl.c keeps them): Hz, 0 = stopped. */
	uint64_t cpu_hz, apb0_hz, ai_hz, pll0_hz, pll2_hz;
	/* Time of the board in picoseconds at cycle clock_epoch; it runs with cpu_hz from there. */
	uint64_t clock_epoch, clock_epoch_ps;

	struct device *devices[BOARD_DEVICES_MAX];
	size_t device_count;
	struct device *last_device; /* the decoder's one-entry cache */
	struct dma_peer dma_peers[64];

	struct sysctl *sysctl;
	struct clint *clint;
	struct plic *plic;
	struct dmac *dmac;
	struct fpioa *fpioa;
	struct gpiohs *gpiohs;
	struct uart *uarts[3];
	struct uarths *uarths;
	struct spi *spis[4]; /* 2 is the slave: NULL */
	struct kpu *kpu;
	struct dvp *dvp;
	struct bridge *bridge;
	struct mask_rom *rom;
	struct nor_flash *flash;
	struct spi_slave *spi_slave;
	struct spi_wires *spi_wires; /* NULL: nothing is soldered there */

	uint8_t *image;
	size_t image_size;
	bool pause_requested;
	bool reset_held; /* the reset pin is low: the harts do not start */
	enum reset_cause reset_requested, last_reset;
	uint64_t reset_count;
};

/* Returns NULL when out of memory. @report's files stay the caller's. */
struct board *board_new(const struct board_options *options, const struct report *report);
void board_free(struct board *board);

/*
 * Takes a copy of the program that every reset places at 0x80000000 (what the mask ROM does from
 * flash or over its serial protocol). Returns NULL or a constant sentence saying what is wrong.
 */
const char *board_set_image(struct board *board, const uint8_t *bytes, size_t size);

/* Power-on (memory zeroed, random with a jitter seed) or another reset (memory keeps its content);
 * then loads the image. */
void board_reset(struct board *board, enum reset_cause cause);

/* Runs to virtual time @until or until nothing but an event or input can go on. */
enum board_state board_run(struct board *board, uint64_t until);

/* After BOARD_IDLE: the next event, or NULL; and moving the time to it. */
const struct event *board_next_event(const struct board *board);
void board_jump_to_next_event(struct board *board);

/* Between runs: what a debugger's store does. False: nothing takes it there. */
bool board_poke(struct board *board, uint32_t address, uint32_t word);

/* ---- for devices ---- */

/* Virtual time in cycles, exact also inside a callback of a running hart. */
uint64_t board_now(const struct board *board);
uint64_t board_picoseconds(const struct board *board);
/* @count periods of a clock of @hz in CPU cycles, at least 1; saturates. EVENT_NEVER if hz is 0. */
uint64_t board_cycles(const struct board *board, uint64_t count, uint64_t hz);

static inline bool board_is_real(const struct board *board)
{
	return board->options.clock == BOARD_CLOCK_REAL;
}

/* Schedules @event @delay cycles from now (at least 1); EVENT_NEVER cancels. */
void board_schedule(struct board *board, struct event *event, uint64_t delay);
/* The same with a random extra delay of up to four times @delay in jitter mode. */
void board_schedule_completion(struct board *board, struct event *event, uint64_t delay);
void board_cancel(struct board *board, struct event *event);
/* In jitter mode a random choice, else false. */
bool board_jitter_flip(struct board *board);
/* board_run() returns after the instruction that is being executed. */
void board_pause(struct board *board);

void board_set_irq(struct board *board, unsigned source, bool level);
void board_set_hart_line(struct board *board, unsigned hart, enum hart_interrupt_line line,
			 bool level);
void board_request_reset(struct board *board, enum reset_cause cause);
/* Level of the reset pin: true holds the chip in reset, false lets it start. */
void board_hold_reset(struct board *board, bool held);
/* What the ROM does with an image: bytes to memory through both windows. False: no memory there. */
bool board_load_memory(struct board *board, uint32_t address, const uint8_t *bytes, size_t size);
/* Sets a hart that stands in the ROM off at @pc, with what the ROM leaves in its CSRs. */
void board_start_hart(struct board *board, unsigned hart, uint64_t pc, uint64_t enabled_interrupts);

#define board_guest_error(board, device, ...)                                  \
	do {                                                                   \
		struct report_origin origin_ = board_origin(board);            \
		report_error(&(board)->report, &origin_, device, __VA_ARGS__); \
	} while (0)
#define board_note(board, ...)                                        \
	do {                                                          \
		struct report_origin origin_ = board_origin(board);   \
		report_note(&(board)->report, &origin_, __VA_ARGS__); \
	} while (0)
struct report_origin board_origin(const struct board *board);

bool board_add_device(struct board *board, struct device *device);

/* ---- bus (bus.c) ---- */

/* Access by a hart (uncached window or device) or by a DMA master; @hart is NULL for the latter. */
bool bus_load(struct board *board, uint64_t address, unsigned size, uint64_t *value);
bool bus_store(struct board *board, uint64_t address, unsigned size, uint64_t value);
void bus_init_callbacks(struct board *board);

/*
 * Memory as DMA masters and the KPU see it: @size bytes at @address in one block of memory, through
 * either window, or NULL. bus_memory_to_read() also does the coherency check.
 */
const uint8_t *bus_memory_to_read(struct board *board, uint32_t address, size_t size,
				  const char *master);
uint8_t *bus_memory_to_write(struct board *board, uint32_t address, size_t size,
			     const char *master);
/* After writing there. */
void bus_memory_written(struct board *board, uint32_t address, size_t size);

#endif
