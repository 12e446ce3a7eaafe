/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Camera interface. Registers: k210/dvp.h.
 *
 * The camera has a clock of its own: its frames come at its rate in both clocks of the board, while
 * it has its clock, is not in reset and not powered down. The first twentieth of a frame is blank,
 * so that a program that sets DVP_EN in the interrupt of the frame's start gets that frame.
 *
 * Eight bits a channel in the planes are the five or six bits of the wire with zeros below; the
 * first of two pixels of the display is in the upper half of the word, the order in which a display
 * at SPI0 takes 32-bit frames. Neither is in a document; both follow from what the public programs
 * do with the result.
 *
 * Not modelled: lines arriving one after the other (a frame is there when it ends, in jitter mode
 * sometimes when it begins), reverse, the AXI burst length, cameras of another format than the
 * register says, sizes other than the register's.
 */
#include "utils/k210-emu/devices/dvp.h"

#include <stdlib.h>
#include <string.h>

#include "k210/dvp.h"
#include "k210/sysctl.h"
#include "utils/k210-emu/board.h"
#include "utils/k210-emu/devices/camera.h"

/* SCCB (OmniVision's specification): nine bits a byte, at most 400 kHz. */
#define SCCB_HZ          400000
#define SCCB_FAST_CYCLES 50
#define BLANK_FRACTION   20

struct dvp {
	struct device device;
	uint32_t words[K210_DVP_END / 4];
	struct camera *camera; /* NULL: nothing is plugged in */
	struct event sccb_event, frame_event;
	bool blank;     /* the frame has started, its lines have not */
	bool capturing; /* the lines go to memory */
	bool captured;  /* they are there already */
	uint64_t frames;
};

static uint32_t word(const struct dvp *dvp, uint32_t offset)
{
	return dvp->words[offset / 4];
}

static void update_irq(struct dvp *dvp)
{
	uint32_t status = word(dvp, K210_DVP_STS), enabled = word(dvp, K210_DVP_CFG);

	board_set_irq(dvp->device.board, K210_IRQ_DVP,
		      ((status & K210_DVP_STS_FRAME_START) && (enabled & K210_DVP_CFG_START_INT)) ||
			      ((status & K210_DVP_STS_FRAME_FINISH) &&
			       (enabled & K210_DVP_CFG_FINISH_INT)));
}

void dvp_set_camera(struct dvp *dvp, struct camera *camera)
{
	camera_free(dvp->camera);
	dvp->camera = camera;
}

uint64_t dvp_frames(const struct dvp *dvp)
{
	return dvp->frames;
}

/* ---- frames ---- */

static bool camera_runs(const struct dvp *dvp)
{
	uint32_t control = word(dvp, K210_DVP_CMOS_CFG);

	return dvp->camera && (control & K210_DVP_CMOS_CLOCK_ENABLE) &&
	       (control & K210_DVP_CMOS_RESET) && !(control & K210_DVP_CMOS_POWER_DOWN);
}

static void picture_size(const struct dvp *dvp, unsigned *width, unsigned *height)
{
	uint32_t config = word(dvp, K210_DVP_CFG);
	unsigned burst = config & K210_DVP_CFG_BURST ? 32 : 8;

	*width = (config >> K210_DVP_CFG_HREF_BURST_SHIFT & 0xff) * burst;
	*height = config >> K210_DVP_CFG_LINES_SHIFT & 0x3ff;
}

/* What the wires carry of a pixel: RGB565, or only its brightness. */
static void wire_pixel(const struct dvp *dvp, unsigned x, unsigned y, unsigned width,
		       unsigned height, uint8_t rgb[3])
{
	unsigned format = word(dvp, K210_DVP_CFG) >> K210_DVP_CFG_FORMAT_SHIFT & 3;

	camera_pixel(dvp->camera, x, y, width, height, rgb);
	if (format == K210_DVP_FORMAT_Y) /* ITU-R BT.601 */
		rgb[0] = rgb[1] = rgb[2] =
			(uint8_t)((299 * rgb[0] + 587 * rgb[1] + 114 * rgb[2] + 500) / 1000);
	rgb[0] &= 0xf8;
	rgb[1] &= 0xfc;
	rgb[2] &= 0xf8;
}

static uint8_t *find_output(struct dvp *dvp, const char *what, uint32_t address, size_t size)
{
	uint8_t *bytes = bus_memory_to_write(dvp->device.board, address, size, "dvp");

	if (!bytes)
		board_guest_error(dvp->device.board, dvp->device.name,
				  "%s output of %zu bytes at %08x: no memory there", what, size,
				  address);
	return bytes;
}

static void write_plane(struct dvp *dvp, unsigned channel, unsigned width, unsigned height)
{
	uint32_t address = word(dvp, K210_DVP_R_ADDR + 4 * channel);
	size_t size = (size_t)width * height;
	uint8_t *bytes = find_output(dvp, "KPU", address, size);
	uint8_t rgb[3];

	if (!bytes)
		return;
	for (unsigned y = 0; y < height; y++) {
		for (unsigned x = 0; x < width; x++) {
			wire_pixel(dvp, x, y, width, height, rgb);
			*bytes++ = rgb[channel];
		}
	}
	bus_memory_written(dvp->device.board, address, size);
}

static void write_display(struct dvp *dvp, unsigned width, unsigned height)
{
	uint32_t address = word(dvp, K210_DVP_RGB_ADDR);
	size_t size = (size_t)width * height * 2;
	uint8_t *bytes = find_output(dvp, "display", address, size);
	uint8_t rgb[3];

	if (!bytes)
		return;
	for (unsigned y = 0; y < height; y++) {
		for (unsigned x = 0; x < width; x++) {
			uint8_t *pixel = bytes + 2 * ((size_t)y * width + (x ^ 1));
			unsigned value;

			wire_pixel(dvp, x, y, width, height, rgb);
			value = (unsigned)(rgb[0] << 8 | rgb[1] << 3 | rgb[2] >> 3);
			pixel[0] = (uint8_t)value;
			pixel[1] = (uint8_t)(value >> 8);
		}
	}
	bus_memory_written(dvp->device.board, address, size);
}

static void write_frame(struct dvp *dvp)
{
	unsigned width, height;

	dvp->captured = true;
	picture_size(dvp, &width, &height);
	if (!width || !height || width > K210_DVP_WIDTH_MAX || height > K210_DVP_HEIGHT_MAX) {
		board_guest_error(dvp->device.board, dvp->device.name,
				  "a picture of %u x %u pixels: at most 640 x 480", width, height);
		return;
	}
	if (word(dvp, K210_DVP_CFG) & K210_DVP_CFG_AI_OUT) {
		for (unsigned channel = 0; channel < 3; channel++)
			write_plane(dvp, channel, width, height);
	}
	if (word(dvp, K210_DVP_CFG) & K210_DVP_CFG_DISPLAY_OUT)
		write_display(dvp, width, height);
}

static uint64_t frame_cycles(const struct dvp *dvp)
{
	return board_cycles(dvp->device.board, 1, camera_rate(dvp->camera));
}

static void start_frame(struct dvp *dvp)
{
	uint64_t cycles = frame_cycles(dvp);

	dvp->blank = true;
	dvp->words[K210_DVP_STS / 4] |= K210_DVP_STS_FRAME_START;
	board_schedule(dvp->device.board, &dvp->frame_event, cycles / BLANK_FRACTION);
}

static void start_lines(struct dvp *dvp)
{
	uint64_t cycles = frame_cycles(dvp);

	dvp->blank = false;
	dvp->captured = false;
	dvp->capturing = word(dvp, K210_DVP_STS) & K210_DVP_STS_DVP_EN;
	if (dvp->capturing && board_jitter_flip(dvp->device.board))
		write_frame(dvp);
	board_schedule(dvp->device.board, &dvp->frame_event, cycles - cycles / BLANK_FRACTION);
}

static void end_frame(struct dvp *dvp)
{
	if (dvp->capturing) {
		if (!dvp->captured)
			write_frame(dvp);
		dvp->frames++;
		dvp->words[K210_DVP_STS / 4] |= K210_DVP_STS_FRAME_FINISH;
		if (!(word(dvp, K210_DVP_CFG) & K210_DVP_CFG_AUTO))
			dvp->words[K210_DVP_STS / 4] &= ~(uint32_t)K210_DVP_STS_DVP_EN;
		dvp->capturing = false;
	}
	start_frame(dvp);
}

static void fire_frame(void *context)
{
	struct dvp *dvp = context;

	if (dvp->blank)
		start_lines(dvp);
	else
		end_frame(dvp);
	update_irq(dvp);
}

/* The camera was switched on or off. */
static void update_camera(struct dvp *dvp)
{
	bool runs = camera_runs(dvp);

	if (dvp->camera && !(word(dvp, K210_DVP_CMOS_CFG) & K210_DVP_CMOS_RESET))
		camera_reset(dvp->camera);
	if (!runs) {
		board_cancel(dvp->device.board, &dvp->frame_event);
		dvp->capturing = false;
	} else if (!dvp->frame_event.queued) {
		dvp->blank = dvp->capturing = false;
		board_schedule(dvp->device.board, &dvp->frame_event, frame_cycles(dvp));
	}
}

/* ---- control bus ---- */

static unsigned sccb_bytes(const struct dvp *dvp)
{
	return (word(dvp, K210_DVP_SCCB_CFG) >> K210_DVP_SCCB_BYTES_SHIFT & 3) + 1;
}

static void start_sccb(struct dvp *dvp)
{
	struct board *board = dvp->device.board;
	uint64_t cycles = SCCB_FAST_CYCLES;

	if (board_is_real(board))
		cycles = board_cycles(board, sccb_bytes(dvp) * 9, SCCB_HZ);
	dvp->words[K210_DVP_STS / 4] |= K210_DVP_STS_SCCB_EN;
	board_schedule_completion(board, &dvp->sccb_event, cycles);
}

static void fire_sccb(void *context)
{
	struct dvp *dvp = context;
	uint32_t control = word(dvp, K210_DVP_SCCB_CTL);
	uint8_t bytes[4], value = 0xff; /* nobody pulls the line down */

	for (unsigned i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(control >> K210_DVP_SCCB_CTL_BYTE(i));
	dvp->words[K210_DVP_STS / 4] &= ~(uint32_t)K210_DVP_STS_SCCB_EN;
	if (dvp->camera && (bytes[0] & 1))
		camera_read(dvp->camera, bytes[0], &value);
	else if (dvp->camera)
		camera_write(dvp->camera, bytes, sccb_bytes(dvp));
	dvp->words[K210_DVP_SCCB_CFG / 4] &= (1u << K210_DVP_SCCB_RDATA_SHIFT) - 1;
	dvp->words[K210_DVP_SCCB_CFG / 4] |= (uint32_t)value << K210_DVP_SCCB_RDATA_SHIFT;
}

/* ---- registers ---- */

static void store_status(struct dvp *dvp, uint32_t value)
{
	uint32_t *status = &dvp->words[K210_DVP_STS / 4];

	if (value & K210_DVP_STS_FRAME_START_WE && value & K210_DVP_STS_FRAME_START)
		*status &= ~(uint32_t)K210_DVP_STS_FRAME_START;
	if (value & K210_DVP_STS_FRAME_FINISH_WE && value & K210_DVP_STS_FRAME_FINISH)
		*status &= ~(uint32_t)K210_DVP_STS_FRAME_FINISH;
	if (value & K210_DVP_STS_DVP_EN_WE)
		*status =
			(*status & ~(uint32_t)K210_DVP_STS_DVP_EN) | (value & K210_DVP_STS_DVP_EN);
	if (value & K210_DVP_STS_SCCB_EN_WE && value & K210_DVP_STS_SCCB_EN)
		start_sccb(dvp);
}

static bool dvp_load(struct device *device, uint32_t offset, uint64_t *value)
{
	struct dvp *dvp = (struct dvp *)device;

	*value = offset < K210_DVP_END ? word(dvp, offset) : 0;
	return true;
}

static bool dvp_store(struct device *device, uint32_t offset, uint64_t value)
{
	struct dvp *dvp = (struct dvp *)device;

	if (offset >= K210_DVP_END) {
		board_guest_error(device->board, device->name, "store to unknown register +0x%x",
				  offset);
		return true;
	}
	if (offset == K210_DVP_STS)
		store_status(dvp, (uint32_t)value);
	else
		dvp->words[offset / 4] = (uint32_t)value;
	if (offset == K210_DVP_CMOS_CFG)
		update_camera(dvp);
	update_irq(dvp);
	return true;
}

static void dvp_reset(struct device *device)
{
	struct dvp *dvp = (struct dvp *)device;

	memset(dvp->words, 0, sizeof(dvp->words));
	board_cancel(device->board, &dvp->sccb_event);
	update_camera(dvp);
	update_irq(dvp);
}

static void dvp_free(struct device *device)
{
	camera_free(((struct dvp *)device)->camera);
}

static const struct device_ops dvp_ops = {
	.load = dvp_load,
	.store = dvp_store,
	.reset = dvp_reset,
	.free = dvp_free,
};

bool dvp_create(struct board *board)
{
	struct dvp *dvp = calloc(1, sizeof(*dvp));

	if (!dvp)
		return false;
	dvp->device = (struct device){ .ops = &dvp_ops,
				       .board = board,
				       .name = "dvp",
				       .base = K210_DVP_BASE,
				       .size = 0x1000,
				       .width = 4,
				       .clock_gate = K210_PERI_DVP };
	/* The camera is outside of the board: an idle board waits for it in the host's time. */
	event_init(&dvp->frame_event, EVENT_TIMER, fire_frame, dvp);
	event_init(&dvp->sccb_event, EVENT_WORK, fire_sccb, dvp);
	board->dvp = dvp;
	return board_add_device(board, &dvp->device);
}
