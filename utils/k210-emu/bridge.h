/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The board's side of the USB-serial bridge: pins IO4 and IO5, the reset and boot lines.
 *
 * A face (faces/) feeds bytes in and takes bytes out; whichever UART the FPIOA routes to the pins
 * is at the other end. Bytes wait here until a UART takes them, at the line's rate in real time.
 *
 * Between the two lie what the bridge can do (a highest rate) and what the line does (noise).
 *
 * Not modelled: parity and stop bits of the bridge, break, breaks in transmission between bytes.
 */
#ifndef K210_EMU_BRIDGE_H
#define K210_EMU_BRIDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "utils/k210-emu/board.h"
#include "utils/k210-emu/line_noise.h"

struct bridge;

/* How DTR and RTS are wired. */
enum bridge_style {
	BRIDGE_STYLE_NONE,  /* not wired */
	BRIDGE_STYLE_DAN,   /* RTS resets, DTR pulls the boot pin: dan, bit, trainer */
	BRIDGE_STYLE_KD233, /* DTR resets, RTS pulls the boot pin: kd233, goE, maixduino, bit_mic */
	/*
	 * The old debugger firmware of the Maix Go, seen from what the known clients send it: while
	 * DTR stays asserted, letting RTS go pulls the boot pin and pulses reset, asserting RTS
	 * lets the boot pin go and pulses reset. No wiring alone fits both of their sequences.
	 */
	BRIDGE_STYLE_GOD,
};

struct bridge *bridge_new(struct board *board);
void bridge_free(struct bridge *bridge);
/*
 * Power-on empties both directions. The reset pin leaves what the board has sent; what it was sent
 * would have gone over the wire meanwhile and is lost. Other resets leave both.
 */
void bridge_reset(struct bridge *bridge, enum reset_cause cause);
void bridge_set_style(struct bridge *bridge, enum bridge_style style);
/*
 * The highest bit rate the bridge can do, 0: any. One that follows the UART (a face without a rate
 * of its own) stays at this rate when the UART goes above.
 */
void bridge_set_rate_limit(struct bridge *bridge, uint32_t rate);
/* From now on, both ways; a given time counts from the last reset. */
void bridge_set_noise(struct bridge *bridge, const struct line_noise *noise);

/* ---- for faces ---- */

/* How many bytes bridge_from_host() takes now. */
size_t bridge_space(const struct bridge *bridge);
void bridge_from_host(struct bridge *bridge, const uint8_t *bytes, size_t size);
/* Bytes from the board; valid until the board runs or bridge_consume() is called. */
const uint8_t *bridge_output(const struct bridge *bridge, size_t *size);
void bridge_consume(struct bridge *bridge, size_t size);
/*
 * Bit rate of the bridge; 0 follows the UART. More than 3 % off, bytes arrive garbled. False: the
 * bridge cannot go that fast and keeps its rate.
 */
bool bridge_set_rate(struct bridge *bridge, uint32_t rate);
/* true = asserted = low on the pin. While the reset line is low the chip stays in reset. */
void bridge_set_lines(struct bridge *bridge, bool dtr, bool rts);
/* The same from one line at a time. */
void bridge_set_dtr(struct bridge *bridge, bool asserted);
void bridge_set_rts(struct bridge *bridge, bool asserted);
/* A button from the boot pin to ground, independent of the lines. */
void bridge_press_boot(struct bridge *bridge, bool pressed);

/* ---- for UARTs ---- */

size_t bridge_input_size(const struct bridge *bridge);
/*
 * Takes one byte that arrives at a UART of @rate bit/s; only if bridge_input_size() is not 0.
 * False: the line lost it, the UART sees nothing.
 */
bool bridge_receive(struct bridge *bridge, uint64_t rate, uint8_t *byte, bool *framing_error);
void bridge_transmit(struct bridge *bridge, uint8_t byte, uint64_t rate);
/* Tells the UART at the pins that there is input: new bytes, or the pins were re-routed. */
void bridge_offer_input(struct bridge *bridge);

struct bridge_counters {
	uint64_t from_host, to_host;
	uint64_t garbled; /* sent or received at the wrong rate */
	uint64_t noisy;   /* damaged or lost by noise */
	uint64_t dropped;
};
const struct bridge_counters *bridge_counters(const struct bridge *bridge);

#endif
