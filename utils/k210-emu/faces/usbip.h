/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Inside of the USB/IP face: the connection (usbip.c) and the requests on it (usbip_requests.c). */
#ifndef K210_EMU_FACES_USBIP_H
#define K210_EMU_FACES_USBIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "utils/k210-emu/faces/face.h"
#include "utils/k210-emu/faces/usb_device.h"

/* What one request may carry; a peer that asks for more is disconnected. */
#define USBIP_TRANSFER_MAX (256u * 1024)
/* What may wait; further requests end with "no memory". */
#define USBIP_WAITING_MAX       1024u
#define USBIP_WAITING_BYTES_MAX (8u * 1024 * 1024)
/* A peer that does not read its replies is disconnected. */
#define USBIP_REPLY_MAX  (4u * 1024 * 1024)
#define USBIP_INPUT_SIZE (USBIP_TRANSFER_MAX + 64u * 1024)

enum usb_pipe {
	PIPE_BULK_IN,
	PIPE_BULK_OUT,
	PIPE_INTERRUPT_IN,
	PIPE_COUNT,
};

/* A request that waits for data, or for room on the way to the board. */
struct usb_request {
	struct usb_request *next;
	uint32_t seqnum, length, done;
	uint32_t size;  /* bytes of data */
	uint8_t data[]; /* of an OUT request */
};

struct usbip_face {
	struct face face;
	const struct usb_device *device;
	struct usb_serial serial;
	bool external_power;
	int listener, connection; /* -1: none */

	uint8_t *input; /* USBIP_INPUT_SIZE */
	size_t input_size;
	uint8_t *reply;
	size_t reply_start, reply_end, reply_capacity;
	bool failed; /* the connection must be dropped */

	struct usb_request *waiting[PIPE_COUNT], **waiting_end[PIPE_COUNT];
	size_t waiting_count, waiting_bytes;
};

/* Handles as many complete messages of the input as there are. */
void usbip_handle_input(struct usbip_face *usbip);
/* Moves bytes between waiting requests and the bridge. */
void usbip_transfer(struct usbip_face *usbip);
void usbip_drop_requests(struct usbip_face *usbip);
/* Appends to the replies; sets failed when they grow out of bounds. */
void usbip_reply(struct usbip_face *usbip, const void *bytes, size_t size);

#endif
