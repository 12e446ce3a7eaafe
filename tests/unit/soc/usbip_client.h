/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The host's side of USB/IP, written from the protocol document and apart from the emulator's own
 * header. All calls fail the test when the other side takes longer than a few seconds.
 */
#ifndef TESTS_UNIT_SOC_USBIP_CLIENT_H
#define TESTS_UNIT_SOC_USBIP_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#define CLIENT_CONTROL_IN 0x80

struct usbip_answer {
	uint32_t command, seqnum;
	int32_t status;
	uint32_t length;
	uint8_t data[65536];
};

/* Sends a submit; returns its sequence number. @data is sent when not NULL (OUT). */
uint32_t client_submit(int fd, unsigned endpoint, int in, const uint8_t setup[8], const void *data,
		       uint32_t length);
uint32_t client_unlink(int fd, uint32_t victim);
/* @in: the answer to an IN request carries data. */
void client_receive(int fd, int in, struct usbip_answer *answer);
/* True if the other side closes the connection. */
int client_is_closed(int fd);

/* A control transfer; returns the status, and the bytes in *answer for IN. */
int32_t client_control(int fd, unsigned type, unsigned request, unsigned value, unsigned index,
		       const void *data, unsigned length, struct usbip_answer *answer);
void client_write_all(int fd, const void *bytes, size_t size);

#endif
