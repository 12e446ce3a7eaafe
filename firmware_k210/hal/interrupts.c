/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* PLIC and trap dispatch; initialisation order after K210 standalone SDK lib/drivers/plic.c. */
#include "firmware_k210/hal/interrupts.h"

#include "firmware_k210/hal/dmac.h"
#include "firmware_k210/hal/flash.h"
#include "firmware_k210/hal/kpu.h"
#include "firmware_k210/hal/mmio.h"
#include "firmware_k210/hal/spi_slave.h"
#include "firmware_k210/hal/timer.h"
#include "firmware_k210/hal/uart.h"
#include "k210/memory_map.h"
#include "k210/plic.h"

#define PLIC(offset)   (K210_PLIC_BASE + (uintptr_t)(offset))
#define CONTEXT        K210_PLIC_MACHINE_CONTEXT(0)
#define CAUSE_TIMER    7u
#define CAUSE_EXTERNAL 11u

static volatile uint32_t taken;

static void plic_enable(unsigned source, unsigned priority)
{
	uintptr_t word = PLIC(K210_PLIC_ENABLE(CONTEXT) + 4 * (source / 32));

	mmio_write32(PLIC(K210_PLIC_PRIORITY(source)), priority);
	mmio_update32(word, 1u << source % 32, 1u << source % 32);
}

static void write_enables(unsigned context, uint32_t value)
{
	for (unsigned word = 0; word < 3; word++)
		mmio_write32(PLIC(K210_PLIC_ENABLE(context) + 4 * word), value);
}

static void plic_clear(void)
{
	for (unsigned source = 1; source < K210_IRQ_COUNT; source++)
		mmio_write32(PLIC(K210_PLIC_PRIORITY(source)), 0);
	/* A claim that the program before never completed would block its source for ever, and a
	 * completion only counts while the source is enabled. Priority 0 keeps it quiet. */
	write_enables(CONTEXT, 0xffffffffu);
	for (unsigned source = 1; source < K210_IRQ_COUNT; source++)
		mmio_write32(PLIC(K210_PLIC_CLAIM(CONTEXT)), source);
	for (unsigned context = 0; context < K210_PLIC_CONTEXT_COUNT; context++)
		write_enables(context, 0);
	mmio_write32(PLIC(K210_PLIC_THRESHOLD(CONTEXT)), 0);
	for (unsigned attempt = 0; attempt < 100; attempt++) {
		uint32_t source = mmio_read32(PLIC(K210_PLIC_CLAIM(CONTEXT)));

		if (!source)
			break;
		mmio_write32(PLIC(K210_PLIC_CLAIM(CONTEXT)), source);
	}
}

void interrupts_init(void)
{
	plic_clear();
	/* The receiver has 16 bytes of patience, the others have all the time in the world. */
	plic_enable(K210_IRQ_UART3, 7);
	plic_enable(K210_IRQ_GPIOHS0 + SPI_SLAVE_SENSE_GPIO, 6);
	plic_enable(K210_IRQ_KPU, 1);
	plic_enable(K210_IRQ_DMA0 + KPU_DMA_CHANNEL, 1);
	plic_enable(K210_IRQ_DMA0 + FLASH_DMA_CHANNEL, 1);
	__asm__ volatile("csrw mie, %0" ::"r"(MIE_MEIE));
	interrupts_enable();
}

uint32_t interrupts_count(void)
{
	return taken;
}

void interrupts_wait(void)
{
	__asm__ volatile("wfi" ::: "memory");
	interrupts_enable();
}

static void external_interrupt(void)
{
	uint32_t source;

	while ((source = mmio_read32(PLIC(K210_PLIC_CLAIM(CONTEXT))))) {
		switch (source) {
		case K210_IRQ_UART3:
			uart_interrupt();
			break;
		case K210_IRQ_GPIOHS0 + SPI_SLAVE_SENSE_GPIO:
			spi_slave_interrupt();
			break;
		case K210_IRQ_KPU:
			kpu_interrupt();
			break;
		case K210_IRQ_DMA0 + KPU_DMA_CHANNEL:
			dmac_interrupt(KPU_DMA_CHANNEL);
			break;
		case K210_IRQ_DMA0 + FLASH_DMA_CHANNEL:
			dmac_interrupt(FLASH_DMA_CHANNEL);
			break;
		default:
			/* Not one of ours: silence it. */
			mmio_write32(PLIC(K210_PLIC_PRIORITY(source)), 0);
			break;
		}
		mmio_write32(PLIC(K210_PLIC_CLAIM(CONTEXT)), source);
	}
}

void trap_interrupt(uint64_t cause)
{
	taken++;
	switch (cause & 0xff) {
	case CAUSE_EXTERNAL:
		external_interrupt();
		break;
	case CAUSE_TIMER:
		timer_interrupt();
		break;
	default:
		__asm__ volatile("csrc mie, %0" ::"r"(1ul << (cause & 63)));
		break;
	}
}
