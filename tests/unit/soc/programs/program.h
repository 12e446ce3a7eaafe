/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* What the test programs share. They report on UARTHS at IO5, as the mask ROM leaves it. */
#ifndef SOC_PROGRAM_H
#define SOC_PROGRAM_H

#include "k210/clint.h"
#include "k210/dmac.h"
#include "k210/fpioa.h"
#include "k210/gpiohs.h"
#include "k210/kpu_registers.h"
#include "k210/memory_map.h"
#include "k210/plic.h"
#include "k210/sysctl.h"
#include "k210/uart.h"
#include "k210/wdt.h"

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long u64;

#define REG32(address) (*(volatile u32 *)(u64)(address))
#define REG64(address) (*(volatile u64 *)(u64)(address))

#define csr_read(name)                                          \
	({                                                      \
		u64 value_;                                     \
		asm volatile("csrr %0, " #name : "=r"(value_)); \
		value_;                                         \
	})
#define csr_set(name, bits)   asm volatile("csrs " #name ", %0" : : "r"((u64)(bits)) : "memory")
#define csr_clear(name, bits) asm volatile("csrc " #name ", %0" : : "r"((u64)(bits)) : "memory")

#define MSTATUS_MIE (1 << 3)
#define MIE_MSIE    (1 << 3)
#define MIE_MTIE    (1 << 7)
#define MIE_MEIE    (1 << 11)

#define INTERRUPT(number) (1ul << 63 | (number))

/* By hart: CSRs as they were at the first instruction (start.S). */
extern const struct entry_state {
	u64 mstatus, mie, mip, unused;
} entry_state[2];

/* Every program has these three. */
void main(void);
void main_hart1(void);
u64 trap_handler(u64 cause, u64 pc, u64 value);

#define UART3(offset) REG32(K210_UART3_BASE + (offset))

static inline void put_character(u8 c)
{
#ifdef CONSOLE_UART3 /* with programmable THRE mode, where bit 5 means "full" */
	while (UART3(K210_UART_LSR) & K210_UART_LSR_THRE)
		;
	UART3(K210_UART_THR) = c;
#else
	while (REG32(K210_UARTHS_BASE + K210_UARTHS_TXDATA) & K210_UARTHS_TXDATA_FULL)
		;
	REG32(K210_UARTHS_BASE + K210_UARTHS_TXDATA) = c;
#endif
}

static inline void put_text(const char *text)
{
	while (*text)
		put_character((u8)*text++);
}

/* "name=hexadecimal\n" */
static inline void put_value(const char *name, u64 value)
{
	int shift = 60;

	put_text(name);
	put_character('=');
	while (shift && !(value >> shift))
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		put_character((u8) "0123456789abcdef"[value >> shift & 15]);
	put_character('\n');
}

static inline void interrupts_on(u64 which)
{
	csr_set(mie, which);
	csr_set(mstatus, MSTATUS_MIE);
}

static inline void plic_enable(unsigned hart, unsigned source, unsigned priority)
{
	REG32(K210_PLIC_BASE + K210_PLIC_PRIORITY(source)) = priority;
	REG32(K210_PLIC_BASE + K210_PLIC_ENABLE(2 * hart) + 4 * (source / 32)) |= 1u
										  << (source % 32);
}

static inline u32 plic_claim(unsigned hart)
{
	return REG32(K210_PLIC_BASE + K210_PLIC_CLAIM(2 * hart));
}

static inline void plic_complete(unsigned hart, u32 source)
{
	REG32(K210_PLIC_BASE + K210_PLIC_CLAIM(2 * hart)) = source;
}

static inline void clock_enable(unsigned peripheral)
{
	REG32(K210_SYSCTL_BASE + K210_SYSCTL_CLK_EN_PERI) |= 1u << peripheral;
}

/* PLL1 at 26 MHz * 60 / 4 = 390 MHz, and the AI clock on. */
static inline void ai_clock_start(void)
{
	volatile u32 *pll = &REG32(K210_SYSCTL_BASE + K210_SYSCTL_PLL1);
	u32 factors = 59 << K210_PLL_CLKF_SHIFT | 3 << K210_PLL_CLKOD_SHIFT;

	*pll = factors | K210_PLL_POWER | K210_PLL_RESET;
	*pll = factors | K210_PLL_POWER;
	while (!(REG32(K210_SYSCTL_BASE + K210_SYSCTL_PLL_LOCK) & K210_PLL_LOCK_PLL1))
		;
	*pll = factors | K210_PLL_POWER | K210_PLL_OUT_EN;
	clock_enable(K210_PERI_AI);
}

/* UART3 with the FIFOs on, @divisor in sixteenths of an APB0 clock per bit. */
static inline void uart3_start(u32 divisor, u32 fifo_control)
{
	clock_enable(K210_PERI_UART3);
	UART3(K210_UART_LCR) = K210_UART_LCR_8N1 | K210_UART_LCR_DLAB;
	UART3(K210_UART_DLH) = divisor >> 12;
	UART3(K210_UART_DLL) = divisor >> 4 & 255;
	UART3(K210_UART_DLF) = divisor & 15;
	UART3(K210_UART_LCR) = K210_UART_LCR_8N1;
	UART3(K210_UART_FCR) = fifo_control | K210_UART_FCR_ENABLE;
}

/* Moves the bridge's pins from UARTHS to UART3. */
static inline void uart3_connect(void)
{
	REG32(K210_FPIOA_BASE + K210_FPIOA_IO(4)) = K210_FPIOA_UART_RX(K210_FUNCTION_UART3_RX);
	REG32(K210_FPIOA_BASE + K210_FPIOA_IO(5)) = K210_FPIOA_UART_TX(K210_FUNCTION_UART3_TX);
}

/* Waits until everything that UARTHS was given has left. */
static inline void flush_text(void)
{
	volatile u32 *control = &REG32(K210_UARTHS_BASE + K210_UARTHS_TXCTRL);

	*control = K210_UARTHS_CTRL_ENABLE | 1 << K210_UARTHS_LEVEL_SHIFT;
	while (!(REG32(K210_UARTHS_BASE + K210_UARTHS_IP) & K210_UARTHS_TX_WATERMARK))
		;
	*control = K210_UARTHS_CTRL_ENABLE;
	/* The character in the shift register: ten bits of 3385 clocks, with jitter five times. */
	for (u64 start = csr_read(mcycle); csr_read(mcycle) - start < 200000;)
		;
}

static inline void no_trap_expected(u64 cause, u64 pc, u64 value)
{
	put_value("unexpected trap cause", cause);
	put_value("pc", pc);
	put_value("value", value);
	csr_clear(mie, ~0ul);
	for (;;)
		asm volatile("wfi");
}

#endif
