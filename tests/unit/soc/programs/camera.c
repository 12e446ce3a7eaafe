/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The camera interface in the manner of the vendor's driver: identify the sensor over the control
 * bus, frames by interrupt (the start interrupt asks for the frame), planes for the KPU and RGB565
 * for a display. The picture is the one of test_camera.c.
 */
#include "k210/dvp.h"
#include "program.h"

#define DVP(offset) REG32(K210_DVP_BASE + (offset))

#define WIDTH  64
#define HEIGHT 48
#define PLANE  (WIDTH * HEIGHT)

#define AI_SRAM ((volatile u8 *)K210_AI_SRAM_UNCACHED_BASE)

static u32 display[PLANE / 2] __attribute__((aligned(64)));
static volatile u32 starts, finishes, unexpected;
static volatile u32 wanted;

static void sccb_transfer(void)
{
	DVP(K210_DVP_STS) = K210_DVP_STS_SCCB_EN | K210_DVP_STS_SCCB_EN_WE;
	while (DVP(K210_DVP_STS) & K210_DVP_STS_SCCB_EN)
		;
}

static void sccb_bytes(u32 count)
{
	DVP(K210_DVP_SCCB_CFG) = (DVP(K210_DVP_SCCB_CFG) & ~3u) | (count - 1);
}

/* @wide: the number of a register has two bytes. */
static void sccb_write(u32 address, u32 wide, u32 number, u32 value)
{
	sccb_bytes(wide ? 4 : 3);
	DVP(K210_DVP_SCCB_CTL) =
		wide ? address | (number >> 8) << 8 | (number & 255) << 16 | value << 24
		     : address | number << 8 | value << 16;
	sccb_transfer();
}

static u32 sccb_read(u32 address, u32 wide, u32 number)
{
	sccb_bytes(wide ? 3 : 2);
	DVP(K210_DVP_SCCB_CTL) =
		wide ? address | (number >> 8) << 8 | (number & 255) << 16 : address | number << 8;
	sccb_transfer();
	DVP(K210_DVP_SCCB_CTL) = address | 1;
	sccb_transfer();
	return DVP(K210_DVP_SCCB_CFG) >> K210_DVP_SCCB_RDATA_SHIFT;
}

static void identify(void)
{
	sccb_write(0x60, 0, 0xff, 0x01);
	put_value("ov2640", sccb_read(0x60, 0, 0x0a) << 8 | sccb_read(0x60, 0, 0x0b));
	sccb_write(0x60, 0, 0xff, 0x00);
	put_value("other bank", sccb_read(0x60, 0, 0x0a));
	put_value("ov5640", sccb_read(0x78, 1, 0x300a) << 8 | sccb_read(0x78, 1, 0x300b));
	put_value("gc0328", sccb_read(0x42, 0, 0xf0));
	sccb_write(0x60, 0, 0x44, 0x5a);
	sccb_write(0x60, 0, 0x45, 0xa5);
	put_value("kept", sccb_read(0x60, 0, 0x44));
}

static void clear_frame(u32 flags)
{
	/* Read, modify, write: flags without their write enable stay. */
	DVP(K210_DVP_STS) |= flags | flags << 1;
}

u64 trap_handler(u64 cause, u64 pc, u64 value)
{
	u32 source;

	if (cause != INTERRUPT(11))
		no_trap_expected(cause, pc, value);
	source = plic_claim(0);
	if (source != K210_IRQ_DVP)
		unexpected++;
	if (DVP(K210_DVP_STS) & K210_DVP_STS_FRAME_FINISH) {
		clear_frame(K210_DVP_STS_FRAME_START | K210_DVP_STS_FRAME_FINISH);
		finishes++;
	} else {
		if (finishes < wanted)
			DVP(K210_DVP_STS) = K210_DVP_STS_DVP_EN | K210_DVP_STS_DVP_EN_WE;
		clear_frame(K210_DVP_STS_FRAME_START);
		starts++;
	}
	plic_complete(0, source);
	return pc;
}

static u8 red(u32 x)
{
	return (u8)(x * 4) & 0xf8;
}

static u8 green(u32 y)
{
	return (u8)(y * 5) & 0xfc;
}

static u8 blue(u32 x, u32 y)
{
	return (u8)(x + y * 2) & 0xf8;
}

static void check_planes(void)
{
	u32 wrong = 0;

	for (u32 y = 0; y < HEIGHT; y++) {
		for (u32 x = 0; x < WIDTH; x++) {
			u32 at = y * WIDTH + x;

			wrong += AI_SRAM[at] != red(x);
			wrong += AI_SRAM[PLANE + at] != green(y);
			wrong += AI_SRAM[2 * PLANE + at] != blue(x, y);
		}
	}
	put_value("planes wrong", wrong);
	put_value("behind", AI_SRAM[3 * PLANE]);
}

/* The first of two pixels is in the upper half of the word. */
static void check_display(void)
{
	volatile u32 *words = (volatile u32 *)((u64)display - K210_CACHED_OFFSET);
	u32 wrong = 0;

	for (u32 y = 0; y < HEIGHT; y++) {
		for (u32 x = 0; x < WIDTH; x++) {
			u32 word = words[(y * WIDTH + x) / 2];
			u32 pixel = x & 1 ? word & 0xffff : word >> 16;

			wrong += pixel != (u32)(red(x) << 8 | green(y) << 3 | blue(x, y) >> 3);
		}
	}
	put_value("display wrong", wrong);
}

static void take_frames(u32 count)
{
	wanted = finishes + count;
	while (finishes < wanted)
		;
}

static void setup(void)
{
	clock_enable(K210_PERI_DVP);
	/* Camera: clock, power, reset pulse. */
	DVP(K210_DVP_CMOS_CFG) = 3 | K210_DVP_CMOS_CLOCK_ENABLE;
	DVP(K210_DVP_CMOS_CFG) |= K210_DVP_CMOS_POWER_DOWN;
	DVP(K210_DVP_CMOS_CFG) &= ~(u32)K210_DVP_CMOS_POWER_DOWN;
	DVP(K210_DVP_CMOS_CFG) &= ~(u32)K210_DVP_CMOS_RESET;
	DVP(K210_DVP_CMOS_CFG) |= K210_DVP_CMOS_RESET;
	DVP(K210_DVP_SCCB_CFG) = 255 << K210_DVP_SCCB_LCNT_SHIFT | 255 << K210_DVP_SCCB_HCNT_SHIFT;
	identify();
	DVP(K210_DVP_CFG) = K210_DVP_CFG_BURST | WIDTH / 32 << K210_DVP_CFG_HREF_BURST_SHIFT |
			    HEIGHT << K210_DVP_CFG_LINES_SHIFT | K210_DVP_CFG_AI_OUT |
			    K210_DVP_CFG_DISPLAY_OUT;
	DVP(K210_DVP_R_ADDR) = K210_AI_SRAM_UNCACHED_BASE;
	DVP(K210_DVP_G_ADDR) = K210_AI_SRAM_UNCACHED_BASE + PLANE;
	DVP(K210_DVP_B_ADDR) = K210_AI_SRAM_UNCACHED_BASE + 2 * PLANE;
	DVP(K210_DVP_RGB_ADDR) = (u32)((u64)display - K210_CACHED_OFFSET);
}

void main(void)
{
	ai_clock_start();
	setup();
	AI_SRAM[3 * PLANE] = 0xee;
	plic_enable(0, K210_IRQ_DVP, 1);
	clear_frame(K210_DVP_STS_FRAME_START | K210_DVP_STS_FRAME_FINISH);
	DVP(K210_DVP_CFG) |= K210_DVP_CFG_START_INT | K210_DVP_CFG_FINISH_INT;
	interrupts_on(MIE_MEIE);
	take_frames(1);
	check_planes();
	check_display();
	AI_SRAM[0] = 1;
	take_frames(1);
	put_value("again", AI_SRAM[0]);
	/* A frame that nobody asked for starts, and does not finish. */
	for (u32 seen = starts; starts < seen + 2;)
		;
	put_value("frames", finishes);
	put_value("unexpected", unexpected);
	DVP(K210_DVP_CMOS_CFG) |= K210_DVP_CMOS_POWER_DOWN;
	put_text("end\n");
}

void main_hart1(void)
{
}
