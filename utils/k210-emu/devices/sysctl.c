/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * System controller: PLLs, clock tree, gates, resets, DMA request routing.
 *
 * Registers and formulas: k210/sysctl.h. Reset values are those the mask ROM leaves: CPU at 390 MHz
 * (Linux clk-k210.c); PLL1 and PLL2 off (kendryte-standalone-sdk issue 10); the state of the
 * peripheral gates is not published, so only what the ROM itself needs is on.
 *
 * A block other than the KPU whose gate is closed still answers, with a guest error: what silicon
 * does then is not documented.
 *
 * Not modelled: SRAM gates and dividers, XIP, debug_sel, timer pauses, power_sel (stored only).
 */
#include "utils/k210-emu/devices/sysctl.h"

#include <stdlib.h>
#include <string.h>

#include "k210/sysctl.h"

/* Time from the release of a PLL's reset to lock. Not published: a guess. */
#define LOCK_MICROSECONDS 20
#define LOCK_FAST_CYCLES  50

enum {
	PLL_COUNT = 3,
	WORD_COUNT = K210_SYSCTL_END / 4,
	/* Default of the APB dividers: believed, not confirmed; firmware should write them. */
	APB_SELECT = 1,
};

struct pll {
	struct event lock_event;
	bool locked;
	struct sysctl *owner;
};

struct sysctl {
	struct device device;
	uint32_t words[WORD_COUNT];
	struct pll plls[PLL_COUNT];
	uint32_t gate_reported; /* bits of blocks whose closed gate was reported */
};

static uint32_t word(const struct sysctl *sysctl, unsigned offset)
{
	return sysctl->words[offset / 4];
}

static uint32_t field(uint32_t value, unsigned shift, unsigned bits)
{
	return (value >> shift) & ((1u << bits) - 1);
}

static uint32_t pll_word(const struct sysctl *sysctl, unsigned index)
{
	return word(sysctl, K210_SYSCTL_PLL0 + 4 * index);
}

static uint64_t pll_output_hz(const struct sysctl *sysctl, unsigned index);

static uint64_t pll_input_hz(const struct sysctl *sysctl, unsigned index)
{
	unsigned select = field(pll_word(sysctl, 2), K210_PLL2_CKIN_SEL_SHIFT, 2);

	if (index != 2 || select == 0)
		return K210_CRYSTAL_HZ;
	return select == 3 ? 0 : pll_output_hz(sysctl, select - 1);
}

/* 0 while the PLL gives nothing. */
static uint64_t pll_output_hz(const struct sysctl *sysctl, unsigned index)
{
	uint32_t value = pll_word(sysctl, index);
	uint64_t input = pll_input_hz(sysctl, index);

	if (!(value & K210_PLL_OUT_EN))
		return 0;
	if (value & K210_PLL_BYPASS)
		return input;
	if (!(value & K210_PLL_POWER) || (value & K210_PLL_RESET))
		return 0;
	return input * (field(value, K210_PLL_CLKF_SHIFT, 6) + 1) /
	       ((field(value, K210_PLL_CLKR_SHIFT, 4) + 1) *
		(uint64_t)(field(value, K210_PLL_CLKOD_SHIFT, 4) + 1));
}

static void check_pll_limits(struct sysctl *sysctl, unsigned index)
{
	uint32_t value = pll_word(sysctl, index);
	uint64_t reference =
		pll_input_hz(sysctl, index) / (field(value, K210_PLL_CLKR_SHIFT, 4) + 1);
	uint64_t oscillator = reference * (field(value, K210_PLL_CLKF_SHIFT, 6) + 1);

	if (reference < 13300000 || oscillator < 340000000 || oscillator > 1750000000)
		board_guest_error(sysctl->device.board, sysctl->device.name,
				  "PLL%u factors 0x%08x are outside the limits of the oscillator",
				  index, value);
}

/* Folds the time so far into the epoch, since cycles get another length. */
static void set_cpu_hz(struct board *board, uint64_t hz)
{
	board->clock_epoch_ps = board_picoseconds(board);
	board->clock_epoch = board_now(board);
	board->cpu_hz = hz;
}

static uint64_t aclk_hz(struct sysctl *sysctl, uint64_t pll0)
{
	uint32_t select = word(sysctl, K210_SYSCTL_CLK_SEL0);

	if (!(select & K210_CLK_SEL0_ACLK_PLL0))
		return K210_CRYSTAL_HZ;
	if (pll0 == 0) {
		board_guest_error(sysctl->device.board, sysctl->device.name,
				  "ACLK is switched to PLL0 which does not run: the CPU stops");
		return K210_CRYSTAL_HZ;
	}
	return pll0 / (2u << field(select, K210_CLK_SEL0_ACLK_DIVIDER_SHIFT, 2));
}

static void recompute(struct sysctl *sysctl)
{
	struct board *board = sysctl->device.board;
	uint64_t pll1 = pll_output_hz(sysctl, 1);
	uint64_t cpu;

	board->pll0_hz = pll_output_hz(sysctl, 0);
	board->pll2_hz = pll_output_hz(sysctl, 2);
	cpu = aclk_hz(sysctl, board->pll0_hz);
	if (cpu != board->cpu_hz)
		set_cpu_hz(board, cpu);
	board->apb0_hz =
		cpu / (field(word(sysctl, K210_SYSCTL_CLK_SEL0), K210_CLK_SEL0_APB0_SHIFT, 3) + 1);
	board->ai_hz =
		pll1 / (field(word(sysctl, K210_SYSCTL_CLK_TH0), K210_CLK_TH0_AI_SHIFT, 4) + 1);
	for (size_t i = 0; i < board->device_count; i++) {
		if (board->devices[i]->ops->clocks_changed)
			board->devices[i]->ops->clocks_changed(board->devices[i]);
	}
}

static void fire_lock(void *context)
{
	struct pll *pll = context;

	pll->locked = true;
}

static void write_pll(struct sysctl *sysctl, unsigned index, uint32_t value)
{
	struct board *board = sysctl->device.board;
	struct pll *pll = &sysctl->plls[index];
	uint32_t changed = pll_word(sysctl, index) ^ value;

	sysctl->words[K210_SYSCTL_PLL0 / 4 + index] = value;
	if (changed & ~(uint32_t)K210_PLL_OUT_EN) {
		pll->locked = false;
		board_cancel(board, &pll->lock_event);
		if ((value & K210_PLL_POWER) && !(value & K210_PLL_RESET)) {
			uint64_t delay = board_cycles(board, LOCK_MICROSECONDS, 1000000);

			check_pll_limits(sysctl, index);
			board_schedule_completion(board, &pll->lock_event,
						  board_is_real(board) ? delay : LOCK_FAST_CYCLES);
		}
	}
	if ((changed & value & K210_PLL_OUT_EN) && !pll->locked)
		board_guest_error(board, sysctl->device.name,
				  "output of PLL%u enabled before it has locked", index);
	recompute(sysctl);
}

static uint32_t read_lock(const struct sysctl *sysctl)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < PLL_COUNT; i++) {
		if (sysctl->plls[i].locked)
			value |= 3u << (8 * i);
	}
	return value;
}

/* What is behind them nobody says. */
static void check_reserved(struct sysctl *sysctl, const char *name, uint32_t bits)
{
	if (bits)
		board_guest_error(sysctl->device.board, sysctl->device.name,
				  "reserved bits 0x%08x of %s written", bits, name);
}

static void write_peripheral_reset(struct sysctl *sysctl, uint32_t value)
{
	struct board *board = sysctl->device.board;
	uint32_t asserted = value & ~word(sysctl, K210_SYSCTL_PERI_RESET);

	check_reserved(sysctl, "peri_reset", value & ~(uint32_t)K210_PERI_RESETS);
	sysctl->words[K210_SYSCTL_PERI_RESET / 4] = value;
	for (size_t i = 0; i < board->device_count; i++) {
		struct device *device = board->devices[i];

		if (device->clock_gate >= 0 && (asserted & 1u << device->clock_gate))
			device->ops->reset(device);
	}
}

static bool sysctl_load(struct device *device, uint32_t offset, uint64_t *value)
{
	struct sysctl *sysctl = (struct sysctl *)device;

	*value = 0;
	if (offset >= K210_SYSCTL_END)
		return true;
	*value = offset == K210_SYSCTL_PLL_LOCK ? read_lock(sysctl) : word(sysctl, offset);
	return true;
}

static bool sysctl_store(struct device *device, uint32_t offset, uint64_t value64)
{
	struct sysctl *sysctl = (struct sysctl *)device;
	uint32_t value = (uint32_t)value64;

	switch (offset) {
	case K210_SYSCTL_PLL0:
	case K210_SYSCTL_PLL1:
	case K210_SYSCTL_PLL2:
		write_pll(sysctl, (offset - K210_SYSCTL_PLL0) / 4, value);
		break;
	case K210_SYSCTL_CLK_SEL0:
	case K210_SYSCTL_CLK_TH0:
	case K210_SYSCTL_CLK_TH2:
	case K210_SYSCTL_CLK_TH6:
		sysctl->words[offset / 4] = value;
		recompute(sysctl);
		break;
	case K210_SYSCTL_CLK_EN_PERI:
		check_reserved(sysctl, "clk_en_peri", value & ~(uint32_t)K210_PERI_GATES);
		sysctl->words[offset / 4] = value;
		sysctl->gate_reported &= ~value;
		break;
	case K210_SYSCTL_SOFT_RESET:
		if (value & K210_SOFT_RESET_CHIP)
			board_request_reset(device->board, RESET_SOFT);
		break;
	case K210_SYSCTL_PERI_RESET:
		write_peripheral_reset(sysctl, value);
		break;
	case K210_SYSCTL_RESET_STATUS:
		if (value & K210_RESET_STATUS_CLEAR)
			sysctl->words[offset / 4] = 0;
		break;
	case K210_SYSCTL_PLL_LOCK: /* slip_clear: slips do not happen here */
	case K210_SYSCTL_GIT_ID:
		break;
	default:
		if (offset < K210_SYSCTL_END)
			sysctl->words[offset / 4] = value;
		else
			board_guest_error(device->board, device->name,
					  "store to unknown register +0x%x", offset);
		break;
	}
	return true;
}

/* Done by sysctl_reset_with_cause(), which the board calls before everything else. */
static void sysctl_reset(struct device *device)
{
	(void)device;
}

static uint32_t reset_status(enum reset_cause cause)
{
	switch (cause) {
	case RESET_WDT0:
		return K210_RESET_STATUS_WDT0;
	case RESET_WDT1:
		return K210_RESET_STATUS_WDT1;
	case RESET_SOFT:
		return K210_RESET_STATUS_SOFT;
	default:
		return K210_RESET_STATUS_PIN;
	}
}

void sysctl_reset_with_cause(struct sysctl *sysctl, enum reset_cause cause)
{
	uint32_t *words = sysctl->words;

	memset(words, 0, sizeof(sysctl->words));
	words[K210_SYSCTL_CLK_FREQ / 4] = K210_CRYSTAL_HZ;
	/* 26 MHz * 60 / (1 * 2) = 780 MHz, halved by ACLK. */
	words[K210_SYSCTL_PLL0 / 4] = 59u << K210_PLL_CLKF_SHIFT | 1u << K210_PLL_CLKOD_SHIFT |
				      59u << K210_PLL_BWADJ_SHIFT | K210_PLL_POWER |
				      K210_PLL_OUT_EN;
	words[K210_SYSCTL_PLL1 / 4] = 45u << K210_PLL_CLKF_SHIFT | 3u << K210_PLL_CLKOD_SHIFT |
				      45u << K210_PLL_BWADJ_SHIFT;
	words[K210_SYSCTL_PLL2 / 4] = words[K210_SYSCTL_PLL1 / 4];
	words[K210_SYSCTL_CLK_SEL0 / 4] =
		K210_CLK_SEL0_ACLK_PLL0 | APB_SELECT << K210_CLK_SEL0_APB0_SHIFT |
		APB_SELECT << K210_CLK_SEL0_APB1_SHIFT | APB_SELECT << K210_CLK_SEL0_APB2_SHIFT;
	/* Not published, and every public program for the slave writes it: the slowest. */
	words[K210_SYSCTL_CLK_TH1 / 4] = 0xffu << K210_CLK_TH1_SPI2_SHIFT;
	words[K210_SYSCTL_CLK_EN_CENT / 4] = 0x3f;
	words[K210_SYSCTL_CLK_EN_PERI / 4] =
		1u << K210_PERI_ROM | 1u << K210_PERI_DMA | 1u << K210_PERI_GPIO |
		1u << K210_PERI_SPI0 | 1u << K210_PERI_SPI3 | 1u << K210_PERI_AES |
		1u << K210_PERI_FPIOA | 1u << K210_PERI_SHA | 1u << K210_PERI_OTP;
	words[K210_SYSCTL_RESET_STATUS / 4] = reset_status(cause);
	for (unsigned i = 0; i < PLL_COUNT; i++) {
		board_cancel(sysctl->device.board, &sysctl->plls[i].lock_event);
		sysctl->plls[i].locked = i == 0;
	}
	sysctl->gate_reported = 0;
	recompute(sysctl);
}

bool sysctl_ai_running(const struct sysctl *sysctl)
{
	uint32_t gate = 1u << K210_PERI_AI;

	return (word(sysctl, K210_SYSCTL_CLK_EN_PERI) & gate) &&
	       !(word(sysctl, K210_SYSCTL_PERI_RESET) & gate) && sysctl->device.board->ai_hz != 0 &&
	       sysctl->plls[1].locked;
}

bool sysctl_device_usable(struct sysctl *sysctl, const struct device *device, const char *what)
{
	uint32_t gate = 1u << device->clock_gate;
	struct board *board = sysctl->device.board;

	if (device->clock_gate == K210_PERI_AI && !sysctl_ai_running(sysctl)) {
		board_guest_error(board, device->name,
				  "%s while the AI clock is off or PLL1 is not running: "
				  "the bus hangs",
				  what);
		return false;
	}
	if ((word(sysctl, K210_SYSCTL_CLK_EN_PERI) & gate) &&
	    !(word(sysctl, K210_SYSCTL_PERI_RESET) & gate))
		return true;
	if (!(sysctl->gate_reported & gate))
		board_guest_error(board, device->name,
				  "%s while its clock is off or its reset is held", what);
	sysctl->gate_reported |= gate;
	return true;
}

unsigned sysctl_dma_request(const struct sysctl *sysctl, unsigned channel)
{
	if (channel == 5)
		return field(word(sysctl, K210_SYSCTL_DMA_SEL1), 0, K210_DMA_SEL_BITS);
	return field(word(sysctl, K210_SYSCTL_DMA_SEL0), K210_DMA_SEL_BITS * channel,
		     K210_DMA_SEL_BITS);
}

uint64_t sysctl_wdt_hz(const struct sysctl *sysctl, unsigned index)
{
	uint32_t threshold = field(word(sysctl, K210_SYSCTL_CLK_TH6), 8 * index, 8);

	return K210_CRYSTAL_HZ / ((threshold + 1) * 2);
}

uint64_t sysctl_timer_hz(const struct sysctl *sysctl, unsigned index)
{
	uint32_t threshold = field(word(sysctl, K210_SYSCTL_CLK_TH2), 8 * index, 8);
	bool from_pll0 = word(sysctl, K210_SYSCTL_CLK_SEL0) & (K210_CLK_SEL0_TIMER0_PLL0 << index);
	uint64_t source = from_pll0 ? sysctl->device.board->pll0_hz : K210_CRYSTAL_HZ;

	return source / ((threshold + 1) * 2);
}

uint64_t sysctl_spi_hz(const struct sysctl *sysctl, unsigned number)
{
	uint32_t threshold = field(word(sysctl, K210_SYSCTL_CLK_TH1), 8 * number, 8);
	bool from_crystal =
		number == 3 && !(word(sysctl, K210_SYSCTL_CLK_SEL0) & K210_CLK_SEL0_SPI3_PLL0);
	uint64_t source = from_crystal ? K210_CRYSTAL_HZ : sysctl->device.board->pll0_hz;

	return source / ((threshold + 1) * 2);
}

bool sysctl_spi3_window(const struct sysctl *sysctl)
{
	return word(sysctl, K210_SYSCTL_PERI) & K210_SYSCTL_SPI3_XIP;
}

static const struct device_ops sysctl_ops = {
	.load = sysctl_load,
	.store = sysctl_store,
	.reset = sysctl_reset,
};

bool sysctl_create(struct board *board)
{
	struct sysctl *sysctl = calloc(1, sizeof(*sysctl));

	if (!sysctl)
		return false;
	sysctl->device = (struct device){ .ops = &sysctl_ops,
					  .board = board,
					  .name = "sysctl",
					  .base = K210_SYSCTL_BASE,
					  .size = 0x1000,
					  .width = 4,
					  .clock_gate = -1 };
	for (unsigned i = 0; i < PLL_COUNT; i++)
		event_init(&sysctl->plls[i].lock_event, EVENT_WORK, fire_lock, &sysctl->plls[i]);
	board->sysctl = sysctl;
	return board_add_device(board, &sysctl->device);
}
