/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The KPU's registers, layer FIFO, output FIFO and interrupts. The arithmetic is in ../kpu/.
 * Registers: k210/kpu_registers.h.
 *
 * A layer starts when its twelve words are complete and the engine is free; it computes when its
 * time is over (in jitter mode sometimes at once). "Almost empty" is latched when a layer is taken
 * out of the FIFO, not the level of an empty FIFO: the vendor driver clears and unmasks it before
 * the input is uploaded. A layer with send_data_out ends when its output has been read.
 *
 * A layer that the arithmetic rejects stops the engine until it is reset, which is what silicon is
 * reported to do with layers it does not understand.
 *
 * Not modelled: fifo_ctrl other than flushing, the exact depth of the FIFOs, partial output before
 * the end of a layer, the engine's stall on slow weights.
 */
#include "utils/k210-emu/devices/kpu.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "k210/kpu_registers.h"
#include "k210/sysctl.h"
#include "utils/k210-emu/board.h"
#include "utils/k210-emu/devices/dmac.h"

#define WORDS             K210_KPU_LAYER_WORDS
#define FIFO_LAYERS       16
#define FAST_LAYER_CYCLES 100

struct kpu {
	struct device device;
	uint64_t fifo[FIFO_LAYERS][WORDS];
	unsigned fifo_head, fifo_count; /* complete layers */
	unsigned words;                 /* of the incomplete layer behind them */
	uint32_t raw, mask, threshold, fifo_ctrl, eight_bit;

	uint64_t layer[WORDS]; /* being computed */
	bool computing, computed, stuck;
	struct event done_event;
	uint64_t layers_done;

	uint8_t *output; /* K210_AI_SRAM_SIZE + 8 bytes */
	size_t output_size, output_read;
};

static void update_irq(struct kpu *kpu)
{
	board_set_irq(kpu->device.board, K210_IRQ_KPU, (kpu->raw & ~kpu->mask) != 0);
}

bool kpu_is_computing(const struct kpu *kpu)
{
	return kpu->computing;
}

uint64_t kpu_layers_done(const struct kpu *kpu)
{
	return kpu->layers_done;
}

static bool output_waits(const struct kpu *kpu)
{
	return kpu->output_read < kpu->output_size;
}

static uint64_t duration(const struct kpu *kpu)
{
	struct board *board = kpu->device.board;

	if (!board_is_real(board))
		return FAST_LAYER_CYCLES;
	return board_cycles(board, kpu_layer_cycles(kpu->layer, kpu->eight_bit), board->ai_hz);
}

static const uint8_t *map_memory(void *context, uint32_t address, size_t size)
{
	return bus_memory_to_read(context, address, size, "kpu");
}

static void log_layer(struct kpu *kpu)
{
	struct k210_kpu_layer layer;

	if (!kpu->device.board->report.trace)
		return;
	k210_decode_layer(kpu->layer, &layer);
	board_note(kpu->device.board,
		   "KPU layer %" PRIu64 ": %ux%ux%u -> %ux%ux%u kernel %u pool %u%s%s%s",
		   kpu->layers_done, layer.input_width, layer.input_height, layer.input_channels,
		   layer.output_width, layer.output_height, layer.output_channels,
		   layer.kernel_type == 0 ? 1 : 3, layer.pool_type,
		   layer.depthwise ? " depthwise" : "", layer.send_data_out ? " output" : "",
		   layer.interrupt_enable ? " interrupt" : "");
}

/* Bytes that the layer sends to the output FIFO, 0 for none. */
static size_t output_bytes(struct kpu *kpu)
{
	struct k210_kpu_layer layer;
	size_t computed = kpu_layer_output_bytes(kpu->layer);

	k210_decode_layer(kpu->layer, &layer);
	if (!layer.send_data_out)
		return 0;
	if (layer.total_bytes != computed)
		board_guest_error(kpu->device.board, kpu->device.name,
				  "dma_total_byte says %" PRIu64 " but the layer gives %zu bytes",
				  layer.total_bytes, computed);
	return computed;
}

/* What the arithmetic has an answer for, and silicon maybe none. */
static void report_unproven(struct kpu *kpu)
{
	struct k210_kpu_layer layer;
	uint32_t input_end, output_end;

	k210_decode_layer(kpu->layer, &layer);
	input_end = layer.input_line +
		    k210_map_lines(layer.input_width, layer.input_height, layer.input_channels);
	output_end = layer.output_line +
		     k210_map_lines(layer.output_width, layer.output_height, layer.output_channels);
	if (layer.input_line < output_end && layer.output_line < input_end)
		board_guest_error(kpu->device.board, kpu->device.name,
				  "layer %" PRIu64 " writes its output over its input",
				  kpu->layers_done);
	/* Below that the engine is not used (nncase issue 533, the maintainer). */
	if (layer.output_width < 4 || layer.output_height < 4)
		board_guest_error(kpu->device.board, kpu->device.name,
				  "layer %" PRIu64 " gives %ux%u pixels: not known to work below "
				  "4x4",
				  kpu->layers_done, layer.output_width, layer.output_height);
}

static const char *compute(struct kpu *kpu)
{
	struct board *board = kpu->device.board;
	struct kpu_memory memory = { .context = board, .map = map_memory };
	size_t size = output_bytes(kpu);
	const char *problem;

	if (size > K210_AI_SRAM_SIZE)
		return "the output is larger than the AI SRAM";
	report_unproven(kpu);
	/* The engine's own reads of AI SRAM tables are no conflict. */
	kpu->computing = false;
	problem = kpu_run_layer(&board->options.kpu, kpu->layer, kpu->eight_bit, board->ai_sram,
				&memory, size ? kpu->output : NULL);
	kpu->computing = true;
	if (problem)
		return problem;
	kpu->computed = true;
	if (size) {
		memset(kpu->output + size, 0, 8);
		kpu->output_size = (size + 7) & ~(size_t)7;
		kpu->output_read = 0;
	}
	return NULL;
}

static void stick(struct kpu *kpu, const char *problem)
{
	board_guest_error(kpu->device.board, kpu->device.name,
			  "layer %" PRIu64 ": %s; the engine hangs until it is reset",
			  kpu->layers_done, problem);
	kpu->stuck = true;
	board_cancel(kpu->device.board, &kpu->done_event);
}

/* Takes the next layer if the engine is free. */
static void start_layer(struct kpu *kpu)
{
	const char *problem = NULL;

	if (kpu->computing || kpu->stuck || kpu->fifo_count == 0 || output_waits(kpu))
		return;
	memcpy(kpu->layer, kpu->fifo[kpu->fifo_head], sizeof(kpu->layer));
	kpu->fifo_head = (kpu->fifo_head + 1) % FIFO_LAYERS;
	kpu->fifo_count--;
	if (kpu->fifo_count <= (kpu->threshold >> K210_KPU_THRESHOLD_EMPTY_SHIFT & 0xf))
		kpu->raw |= K210_KPU_INT_CFG_ALMOST_EMPTY;
	kpu->computing = true;
	kpu->computed = false;
	board_schedule_completion(kpu->device.board, &kpu->done_event, duration(kpu));
	if (board_jitter_flip(kpu->device.board))
		problem = compute(kpu);
	if (problem)
		stick(kpu, problem);
	update_irq(kpu);
}

static void finish_layer(struct kpu *kpu)
{
	kpu->layers_done++;
	if (kpu->layer[0] & 1)
		kpu->raw |= K210_KPU_INT_CALC_DONE;
	start_layer(kpu);
	update_irq(kpu);
}

static void fire_done(void *context)
{
	struct kpu *kpu = context;
	const char *problem;

	log_layer(kpu);
	problem = kpu->computed ? NULL : compute(kpu);
	if (problem) {
		stick(kpu, problem);
		return;
	}
	kpu->computing = false;
	if (output_waits(kpu))
		dmac_request_changed(kpu->device.board->dmac, K210_DMA_REQ_KPU_RX);
	else
		finish_layer(kpu);
}

static void push_word(struct kpu *kpu, uint64_t word)
{
	struct board *board = kpu->device.board;
	unsigned slot = (kpu->fifo_head + kpu->fifo_count) % FIFO_LAYERS;

	if (kpu->fifo_count == FIFO_LAYERS) {
		board_guest_error(board, kpu->device.name, "layer FIFO overflow: word lost");
		return;
	}
	kpu->fifo[slot][kpu->words++] = word;
	if (kpu->words < WORDS)
		return;
	kpu->words = 0;
	kpu->fifo_count++;
	if (kpu->fifo_count >= (kpu->threshold & 0xf))
		kpu->raw |= K210_KPU_INT_CFG_ALMOST_FULL;
	start_layer(kpu);
	update_irq(kpu);
}

static uint64_t pop_output(struct kpu *kpu)
{
	uint64_t word = 0;

	/* While the layer still computes, its output (jitter mode) is not there yet. */
	if (!output_waits(kpu) || kpu->computing) {
		board_guest_error(kpu->device.board, kpu->device.name,
				  "read of the empty output FIFO");
		return 0;
	}
	memcpy(&word, kpu->output + kpu->output_read, sizeof(word));
	kpu->output_read += sizeof(word);
	if (!output_waits(kpu))
		finish_layer(kpu);
	return word;
}

static enum dma_request output_request(void *context)
{
	struct kpu *kpu = context;

	return output_waits(kpu) && !kpu->computing ? DMA_REQUEST_BURST : DMA_REQUEST_NONE;
}

static void flush(struct kpu *kpu)
{
	if (!(kpu->fifo_ctrl & K210_KPU_FIFO_CTRL_CFG)) {
		kpu->fifo_count = 0;
		kpu->words = 0;
	}
	if (!(kpu->fifo_ctrl & K210_KPU_FIFO_CTRL_DMA) && !kpu->computing && output_waits(kpu)) {
		kpu->output_read = kpu->output_size;
		finish_layer(kpu);
	}
}

static bool kpu_load(struct device *device, uint32_t offset, uint64_t *value)
{
	struct kpu *kpu = (struct kpu *)device;

	*value = 0;
	switch (offset) {
	case K210_KPU_INTERRUPT_STATUS:
		*value = kpu->raw & ~kpu->mask;
		break;
	case K210_KPU_INTERRUPT_RAW:
		*value = kpu->raw;
		break;
	case K210_KPU_INTERRUPT_MASK:
		*value = kpu->mask;
		break;
	case K210_KPU_FIFO_THRESHOLD:
		*value = kpu->threshold;
		break;
	case K210_KPU_FIFO_DATA_OUT:
		*value = pop_output(kpu);
		break;
	case K210_KPU_FIFO_CTRL:
		*value = kpu->fifo_ctrl;
		break;
	case K210_KPU_EIGHT_BIT_MODE:
		*value = kpu->eight_bit;
		break;
	default:
		break;
	}
	return true;
}

static bool kpu_store(struct device *device, uint32_t offset, uint64_t value)
{
	struct kpu *kpu = (struct kpu *)device;

	switch (offset) {
	case K210_KPU_LAYER_ARGUMENT_FIFO:
		push_word(kpu, value);
		break;
	case K210_KPU_INTERRUPT_MASK:
		kpu->mask = value & K210_KPU_INT_ALL;
		break;
	case K210_KPU_INTERRUPT_CLEAR:
		kpu->raw &= ~(uint32_t)value;
		break;
	case K210_KPU_FIFO_THRESHOLD:
		kpu->threshold = value & 0xff;
		break;
	case K210_KPU_FIFO_CTRL:
		kpu->fifo_ctrl = value & K210_KPU_FIFO_CTRL_ALL;
		flush(kpu);
		break;
	case K210_KPU_EIGHT_BIT_MODE:
		if (kpu->computing || kpu->fifo_count)
			board_guest_error(device->board, device->name,
					  "eight_bit_mode written while layers are queued");
		kpu->eight_bit = value & 1;
		break;
	default:
		board_guest_error(device->board, device->name, "store to read-only register +0x%x",
				  offset);
		break;
	}
	update_irq(kpu);
	return true;
}

static void kpu_reset(struct device *device)
{
	struct kpu *kpu = (struct kpu *)device;

	board_cancel(device->board, &kpu->done_event);
	kpu->fifo_head = kpu->fifo_count = kpu->words = 0;
	kpu->raw = 0;
	kpu->mask = K210_KPU_INT_ALL;
	kpu->threshold = 0x1a;
	kpu->fifo_ctrl = K210_KPU_FIFO_CTRL_ALL;
	kpu->eight_bit = 0;
	kpu->computing = kpu->computed = kpu->stuck = false;
	kpu->output_size = kpu->output_read = 0;
	update_irq(kpu);
}

static void kpu_free(struct device *device)
{
	free(((struct kpu *)device)->output);
}

static const struct device_ops kpu_ops = {
	.load = kpu_load,
	.store = kpu_store,
	.reset = kpu_reset,
	.free = kpu_free,
};

bool kpu_create(struct board *board)
{
	struct kpu *kpu = calloc(1, sizeof(*kpu));

	if (!kpu)
		return false;
	kpu->device = (struct device){ .ops = &kpu_ops,
				       .board = board,
				       .name = "kpu",
				       .base = K210_KPU_BASE,
				       .size = K210_KPU_SIZE,
				       .width = 8,
				       .clock_gate = K210_PERI_AI };
	event_init(&kpu->done_event, EVENT_WORK, fire_done, kpu);
	board->dma_peers[K210_DMA_REQ_KPU_RX] = (struct dma_peer){ output_request, kpu };
	board->kpu = kpu;
	if (!board_add_device(board, &kpu->device))
		return false;
	kpu->output = malloc(K210_AI_SRAM_SIZE + 8);
	return kpu->output != NULL;
}
