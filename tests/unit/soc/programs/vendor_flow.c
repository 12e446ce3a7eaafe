/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * What the vendor's detection demo does from start to result: clocks, console on UART3, a model
 * (here: a list of two layers) from flash by quad DMA, a camera's frame into AI SRAM and the
 * display's buffer, the layers one by one from the KPU's interrupt, the last one's output by DMA
 * handshake 22 with its own interrupt, the picture on the display, the second core for what comes
 * after. Handlers nest by the threshold, as the SDK's do. What it must print and show is computed
 * by test_vendor.c.
 */
#include "k210/dvp.h"
#include "vendor.h"

#define KPU(offset)  REG64(K210_KPU_BASE + (offset))
#define DVP(offset)  REG32(K210_DVP_BASE + (offset))
#define SPI3(offset) REG32(K210_SPI3_BASE + (offset))

#define WIDTH        64
#define HEIGHT       16
#define PLANE        (WIDTH * HEIGHT)
#define RESULT_BYTES (2 * PLANE)
#define LAYER_WORDS  12

#define FLASH_LIST 0xa00000
#define LIST_MAGIC 0x5453494c /* "LIST" */
#define LIST_MAX   4096
#define CHUNK      1024

/* At the start of the list; layers follow as twelve 64-bit words each. */
struct list {
	u32 magic, layers, bytes, reserved;
	u64 words[2][LAYER_WORDS];
};

static u8 list_bytes[LIST_MAX] __attribute__((aligned(128)));
static u32 transfer[CHUNK + 2] __attribute__((aligned(64)));
static u32 display[PLANE / 2] __attribute__((aligned(64)));
static u64 result[RESULT_BYTES / 8] __attribute__((aligned(64)));

static volatile u32 frame_done, result_done, layer_interrupts, nested, depth;
static volatile u64 wake_up, core1_done, hash;
static u32 next_layer;

static struct list *list(void)
{
	return (struct list *)UNCACHED(list_bytes);
}

/* ---- flash: EBh with a mode byte, one byte in each 32-bit word ---- */

static void flash_start(void)
{
	SYSCTL(K210_SYSCTL_CLK_EN_PERI) |= 1u << K210_PERI_SPI3;
	SYSCTL(K210_SYSCTL_CLK_SEL0) |= K210_CLK_SEL0_SPI3_PLL0;
	SPI3(K210_SPI_BAUDR) = 32;
}

static void flash_begin(u32 control, u32 format)
{
	SPI3(K210_SPI_SER) = 0;
	SPI3(K210_SPI_SSIENR) = 0;
	SPI3(K210_SPI_CTRLR0) = control;
	SPI3(K210_SPI_SPI_CTRLR0) = format;
	SPI3(K210_SPI_DMATDLR) = 0x10;
	SPI3(K210_SPI_DMARDLR) = 0;
	SPI3(K210_SPI_ENDIAN) = 0;
}

static void flash_send(u32 first, u32 second, u32 third, u32 count)
{
	flash_begin(K210_SPI_TMOD_TX << K210_SPI3_CTRLR0_TMOD_SHIFT | 7, 0);
	SPI3(K210_SPI_SSIENR) = 1;
	SPI3(K210_SPI_DR) = first;
	if (count > 1) {
		SPI3(K210_SPI_DR) = second;
		SPI3(K210_SPI_DR) = third;
	}
	SPI3(K210_SPI_SER) = 1;
	while ((SPI3(K210_SPI_SR) & 5) != 4)
		;
	flash_begin(7, 0);
}

static u32 flash_status(u32 command)
{
	u32 value;

	flash_begin(K210_SPI_TMOD_EEPROM << K210_SPI3_CTRLR0_TMOD_SHIFT | 7, 0);
	SPI3(K210_SPI_CTRLR1) = 0;
	SPI3(K210_SPI_SSIENR) = 1;
	SPI3(K210_SPI_DR) = command;
	SPI3(K210_SPI_SER) = 1;
	while (!SPI3(K210_SPI_RXFLR))
		;
	value = SPI3(K210_SPI_DR);
	flash_begin(7, 0);
	return value;
}

static void flash_enable_quad(void)
{
	if (flash_status(0x35) & 2)
		return;
	flash_send(0x06, 0, 0, 1);
	flash_send(0x01, 0x00, 0x02, 3);
	while (flash_status(0x05) & 1)
		;
}

static void flash_read(u32 address, volatile u8 *bytes, u32 size)
{
	volatile u32 *words = (volatile u32 *)UNCACHED(transfer);

	while (size) {
		u32 part = size < CHUNK ? size : CHUNK;

		flash_begin(0x00800c07, 0x2221);
		SPI3(K210_SPI_CTRLR1) = part - 1;
		SPI3(K210_SPI_DMACR) = 3;
		SPI3(K210_SPI_SSIENR) = 1;
		words[0] = 0xeb;
		words[1] = address << 8;
		dma_select(0, K210_DMA_REQ_SPI3_TX);
		dma_select(1, K210_DMA_REQ_SPI3_RX);
		dma_start(1, K210_SPI3_BASE + K210_SPI_DR, UNCACHED(transfer) + 8, part, 1,
			  DMA_FROM_DEVICE);
		dma_start(0, UNCACHED(transfer), K210_SPI3_BASE + K210_SPI_DR, 2, 0, DMA_TO_DEVICE);
		SPI3(K210_SPI_SER) = 1;
		dma_wait(0);
		dma_wait(1);
		flash_begin(7, 0);
		for (u32 i = 0; i < part; i++)
			*bytes++ = (u8)words[2 + i];
		address += part;
		size -= part;
	}
}

/* Offsets of tables become addresses. */
static void load_list(void)
{
	flash_read(FLASH_LIST, (volatile u8 *)list(), sizeof(struct list));
	put_value("list", list()->magic == LIST_MAGIC);
	put_value("layers", list()->layers);
	if (list()->magic != LIST_MAGIC || list()->bytes > LIST_MAX)
		return;
	flash_read(FLASH_LIST, (volatile u8 *)list(), list()->bytes);
	for (u32 i = 0; i < list()->layers; i++) {
		list()->words[i][4] += UNCACHED(list_bytes) << 32;
		list()->words[i][5] += UNCACHED(list_bytes) << 32;
		list()->words[i][7] += UNCACHED(list_bytes) << 32;
	}
}

/* ---- camera ---- */

static void camera_start(void)
{
	SYSCTL(K210_SYSCTL_CLK_EN_PERI) |= 1u << K210_PERI_DVP;
	SYSCTL(K210_SYSCTL_PERI_RESET) |= 1u << K210_PERI_DVP;
	SYSCTL(K210_SYSCTL_PERI_RESET) &= ~(1u << K210_PERI_DVP);
	DVP(K210_DVP_CMOS_CFG) = 3 | K210_DVP_CMOS_CLOCK_ENABLE;
	DVP(K210_DVP_CMOS_CFG) |= K210_DVP_CMOS_RESET;
	DVP(K210_DVP_SCCB_CFG) = 2;
	DVP(K210_DVP_SCCB_CTL) = 0x60 | 0xff << 8 | 0x01 << 16;
	DVP(K210_DVP_STS) = K210_DVP_STS_SCCB_EN | K210_DVP_STS_SCCB_EN_WE;
	while (DVP(K210_DVP_STS) & K210_DVP_STS_SCCB_EN)
		;
	DVP(K210_DVP_CFG) = K210_DVP_CFG_BURST | WIDTH / 32 << K210_DVP_CFG_HREF_BURST_SHIFT |
			    HEIGHT << K210_DVP_CFG_LINES_SHIFT | K210_DVP_CFG_AI_OUT |
			    K210_DVP_CFG_DISPLAY_OUT;
	DVP(K210_DVP_R_ADDR) = K210_AI_SRAM_UNCACHED_BASE;
	DVP(K210_DVP_G_ADDR) = K210_AI_SRAM_UNCACHED_BASE + PLANE;
	DVP(K210_DVP_B_ADDR) = K210_AI_SRAM_UNCACHED_BASE + 2 * PLANE;
	DVP(K210_DVP_RGB_ADDR) = (u32)UNCACHED(display);
	DVP(K210_DVP_STS) |= 3 | 3 << 8;
	DVP(K210_DVP_CFG) |= K210_DVP_CFG_START_INT | K210_DVP_CFG_FINISH_INT;
}

static void handle_camera(void)
{
	if (DVP(K210_DVP_STS) & K210_DVP_STS_FRAME_FINISH) {
		DVP(K210_DVP_STS) |= 3 | 3 << 8;
		frame_done = 1;
	} else {
		if (!frame_done)
			DVP(K210_DVP_STS) = K210_DVP_STS_DVP_EN | K210_DVP_STS_DVP_EN_WE;
		DVP(K210_DVP_STS) |= 3;
	}
}

/* ---- KPU ---- */

static void push_layer(void)
{
	u32 index = next_layer++;

	if (next_layer == list()->layers) {
		KPU(K210_KPU_INTERRUPT_MASK) = K210_KPU_INT_ALL;
		dma_select(5, K210_DMA_REQ_KPU_RX);
		CHANNEL(5, K210_DMAC_CH_INTSTATUS_EN) = K210_DMAC_INT_TRANSFER_DONE;
		dma_start(5, K210_KPU_BASE + K210_KPU_FIFO_DATA_OUT, UNCACHED(result),
			  RESULT_BYTES / 8, 1,
			  DMA_FIXED | 3 << K210_DMAC_CTL_SRC_WIDTH | 3 << K210_DMAC_CTL_DST_WIDTH |
				  2 << K210_DMAC_CTL_SRC_MSIZE | 1 << K210_DMAC_CTL_DMS);
	}
	for (u32 i = 0; i < LAYER_WORDS; i++)
		KPU(K210_KPU_LAYER_ARGUMENT_FIFO) = list()->words[index][i];
}

static void run_model(void)
{
	KPU(K210_KPU_INTERRUPT_CLEAR) = K210_KPU_INT_ALL;
	KPU(K210_KPU_FIFO_THRESHOLD) =
		10 << K210_KPU_THRESHOLD_FULL_SHIFT | 1 << K210_KPU_THRESHOLD_EMPTY_SHIFT;
	KPU(K210_KPU_EIGHT_BIT_MODE) = 1;
	KPU(K210_KPU_INTERRUPT_MASK) = K210_KPU_INT_ALL & ~K210_KPU_INT_CALC_DONE;
	next_layer = 0;
	/* The first step runs with interrupts off, the others in the handler. */
	csr_clear(mstatus, MSTATUS_MIE);
	push_layer();
	csr_set(mstatus, MSTATUS_MIE);
	while (!result_done)
		;
}

/* ---- interrupts ---- */

static void dispatch(u32 source)
{
	switch (source) {
	case K210_IRQ_DVP:
		handle_camera();
		break;
	case K210_IRQ_KPU:
		KPU(K210_KPU_INTERRUPT_CLEAR) = K210_KPU_INT_ALL;
		layer_interrupts++;
		push_layer();
		/* Long enough that a frame, which matters more, comes in between. */
		if (layer_interrupts == 1)
			delay_us(1500);
		break;
	case K210_IRQ_DMA0 + 5:
		CHANNEL(5, K210_DMAC_CH_INTCLEAR) = ~0ul;
		result_done = 1;
		break;
	default:
		put_value("unexpected interrupt", source);
		break;
	}
}

u64 trap_handler(u64 cause, u64 pc, u64 value)
{
	u32 source, threshold;

	if (cause != INTERRUPT(11))
		no_trap_expected(cause, pc, value);
	/* Nothing is claimed unless the line is seen to be up. */
	if (!(csr_read(mip) & MIE_MEIE))
		return pc;
	source = plic_claim(0);
	threshold = PLIC(K210_PLIC_THRESHOLD(0));
	PLIC(K210_PLIC_THRESHOLD(0)) = PLIC(K210_PLIC_PRIORITY(source));
	nested += depth++ != 0;
	csr_set(mstatus, MSTATUS_MIE);
	dispatch(source);
	csr_clear(mstatus, MSTATUS_MIE);
	depth--;
	plic_complete(0, source);
	PLIC(K210_PLIC_THRESHOLD(0)) = threshold;
	csr_set(mstatus, 3 << 11 | 1 << 7);
	return pc;
}

/* ---- the whole ---- */

static void start_clocks(void)
{
	console_flush();
	set_pll(K210_SYSCTL_PLL0, pll_factors(62, 2), K210_PLL_LOCK_PLL0,
		K210_PLL_LOCK_PLL0_SLIP_CLEAR);
	console_set_rate(115200);
	set_pll(K210_SYSCTL_PLL1, pll_factors(60, 4), K210_PLL_LOCK_PLL1,
		K210_PLL_LOCK_PLL1_SLIP_CLEAR);
	SYSCTL(K210_SYSCTL_POWER_SEL) |= 1 << 6 | 1 << 7;
	SYSCTL(K210_SYSCTL_CLK_EN_PERI) |= 1u << K210_PERI_AI;
	SYSCTL(K210_SYSCTL_CLK_TH0) &= ~(15u << K210_CLK_TH0_AI_SHIFT);
}

void main(void)
{
	console_start(115200);
	vendor_dmac_init();
	vendor_plic_init(0);
	put_text("start\n");
	start_clocks();
	put_text("clocks\n");
	flash_start();
	flash_enable_quad();
	load_list();
	display_start();
	camera_start();
	plic_enable(0, K210_IRQ_DVP, 2);
	plic_enable(0, K210_IRQ_KPU, 1);
	plic_enable(0, K210_IRQ_DMA0 + 5, 3);
	interrupts_on(MIE_MEIE);
	while (!frame_done)
		;
	put_text("frame\n");
	run_model();
	put_value("layer interrupts", layer_interrupts);
	put_value("nested", nested != 0);
	DVP(K210_DVP_CMOS_CFG) |= K210_DVP_CMOS_POWER_DOWN;
	display_send(display, PLANE / 2, 32, 0);
	REG32(K210_CLINT_BASE + K210_CLINT_MSIP(1)) = 1;
	wake_up = 1;
	while (!core1_done)
		;
	put_value("hash", hash);
	put_text("end\n");
}

/* FNV-1a over the result. */
void main_hart1(void)
{
	volatile u8 *bytes = (volatile u8 *)UNCACHED(result);
	u64 sum = 0xcbf29ce484222325ul;

	while (!wake_up)
		;
	for (u32 i = 0; i < RESULT_BYTES; i++)
		sum = (sum ^ bytes[i]) * 0x100000001b3ul;
	hash = sum;
	core1_done = 1;
}
