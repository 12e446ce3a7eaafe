/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * UART3 on the console pins IO4/IO5, the line to the host. Receives by interrupt into a ring that
 * takes everything the credit given to the host allows; sends from a ring by interrupt.
 *
 * The main loop owns the reading end of the receive ring and the writing end of the transmit ring;
 * the interrupt handler owns the other ends.
 */
#ifndef FIRMWARE_HAL_UART_H
#define FIRMWARE_HAL_UART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Routes the pins and starts at @baud. @receive_ring holds at least one byte more than the host
 * may have under way. Both rings stay in use for ever. */
void uart_init(uint32_t baud, uint8_t *receive_ring, size_t receive_size, uint8_t *transmit_ring,
	       size_t transmit_size);
/* Lets go of both rings, for ever: nothing is received or sent any more. */
void uart_stop(void);
/* Nearest rate that the divisor can make, in baud; 0 if there is none within 1.5 %. */
uint32_t uart_nearest_rate(uint32_t baud);
/* Switches at once, whatever comes in: wait for uart_transmit_idle() before. */
void uart_set_rate(uint32_t baud);

/* Oldest received bytes that lie one behind the other: sets *@bytes and returns how many. */
size_t uart_received(const uint8_t **bytes);
/* The caller is done with the first @count of them. */
void uart_receive_done(size_t count);

/* Room to write to in one piece: sets *@bytes and returns how many. */
size_t uart_transmit_room(uint8_t **bytes);
/* @count bytes have been put there: send them. */
void uart_transmit(size_t count);
/* Everything has left the shift register. */
bool uart_transmit_idle(void);

/* Bytes lost because the hardware's FIFO or the ring was full. */
uint32_t uart_overruns(void);

void uart_interrupt(void);

#endif
