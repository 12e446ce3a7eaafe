/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <stdlib.h>
#include <string.h>

#include "utils/k210-emu/faces/usbip.h"
#include "utils/k210-emu/faces/usbip_wire.h"

static void reply_submit(struct usbip_face *usbip, uint32_t seqnum, int status, const void *data,
			 uint32_t length)
{
	uint8_t header[USBIP_HEADER_SIZE] = { 0 };

	usbip_put(header, USBIP_COMMAND, USBIP_RET_SUBMIT);
	usbip_put(header, USBIP_SEQNUM, seqnum);
	usbip_put(header, USBIP_RETURN_STATUS, (uint32_t)status);
	usbip_put(header, USBIP_RETURN_LENGTH, length);
	usbip_reply(usbip, header, sizeof(header));
	if (data)
		usbip_reply(usbip, data, length);
}

/* @data: what an OUT request carries, NULL for an IN request. */
static void wait_on(struct usbip_face *usbip, enum usb_pipe pipe, uint32_t seqnum, uint32_t length,
		    const uint8_t *data)
{
	uint32_t size = data ? length : 0;
	struct usb_request *request = NULL;

	if (usbip->waiting_count < USBIP_WAITING_MAX &&
	    usbip->waiting_bytes + size <= USBIP_WAITING_BYTES_MAX)
		request = malloc(sizeof(*request) + size);
	if (!request) {
		reply_submit(usbip, seqnum, USBIP_NO_MEMORY, NULL, 0);
		return;
	}
	*request = (struct usb_request){ .seqnum = seqnum, .length = length, .size = size };
	if (size)
		memcpy(request->data, data, size);
	*usbip->waiting_end[pipe] = request;
	usbip->waiting_end[pipe] = &request->next;
	usbip->waiting_count++;
	usbip->waiting_bytes += size;
}

/* Frees the request that *@link points to. */
static void take_out(struct usbip_face *usbip, enum usb_pipe pipe, struct usb_request **link)
{
	struct usb_request *request = *link;

	*link = request->next;
	if (!request->next)
		usbip->waiting_end[pipe] = link;
	usbip->waiting_count--;
	usbip->waiting_bytes -= request->size;
	free(request);
}

void usbip_drop_requests(struct usbip_face *usbip)
{
	for (unsigned pipe = 0; pipe < PIPE_COUNT; pipe++) {
		usbip->waiting_end[pipe] = &usbip->waiting[pipe];
		while (usbip->waiting[pipe])
			take_out(usbip, pipe, &usbip->waiting[pipe]);
	}
}

static void transfer_out(struct usbip_face *usbip)
{
	struct bridge *bridge = usbip->face.board->bridge;
	struct usb_request *request;

	while ((request = usbip->waiting[PIPE_BULK_OUT]) != NULL) {
		size_t size = bridge_space(bridge);

		if (size > request->length - request->done)
			size = request->length - request->done;
		bridge_from_host(bridge, request->data + request->done, size);
		request->done += (uint32_t)size;
		if (request->done < request->length)
			break;
		reply_submit(usbip, request->seqnum, USBIP_OK, NULL, request->length);
		take_out(usbip, PIPE_BULK_OUT, &usbip->waiting[PIPE_BULK_OUT]);
	}
}

void usbip_transfer(struct usbip_face *usbip)
{
	struct bridge *bridge = usbip->face.board->bridge;
	struct usb_request *request;

	transfer_out(usbip);
	while ((request = usbip->waiting[PIPE_BULK_IN]) != NULL && !usbip->failed) {
		size_t size;
		const uint8_t *bytes = bridge_output(bridge, &size);

		if (size == 0)
			break;
		if (size > request->length)
			size = request->length;
		reply_submit(usbip, request->seqnum, USBIP_OK, bytes, (uint32_t)size);
		bridge_consume(bridge, size);
		take_out(usbip, PIPE_BULK_IN, &usbip->waiting[PIPE_BULK_IN]);
	}
}

static void handle_control(struct usbip_face *usbip, const uint8_t *header, const uint8_t *out)
{
	const uint8_t *raw = header + USBIP_SUBMIT_SETUP;
	struct usb_setup setup = { .request_type = raw[0],
				   .request = raw[1],
				   .value = (uint16_t)(raw[2] | raw[3] << 8),
				   .index = (uint16_t)(raw[4] | raw[5] << 8),
				   .length = (uint16_t)(raw[6] | raw[7] << 8) };
	bool in = usbip_get(header, USBIP_DIRECTION) == USBIP_DIRECTION_IN;
	uint32_t seqnum = usbip_get(header, USBIP_SEQNUM);
	uint32_t length = usbip_get(header, USBIP_SUBMIT_LENGTH);
	uint8_t data[USB_CONTROL_MAX] = { 0 };
	int answered;

	/* A request without data may be marked either way; one with data must agree. */
	if (setup.length && in != !!(setup.request_type & USB_REQUEST_IN)) {
		reply_submit(usbip, seqnum, USBIP_STALL, NULL, 0);
		return;
	}
	if (setup.length > length)
		setup.length = (uint16_t)length;
	if (setup.length > sizeof(data))
		setup.length = sizeof(data);
	if (!in && setup.length)
		memcpy(data, out, setup.length);
	answered = usb_control(usbip->device, &usbip->serial, &setup, data);
	if (answered < 0)
		reply_submit(usbip, seqnum, USBIP_STALL, NULL, 0);
	else if (in)
		reply_submit(usbip, seqnum, USBIP_OK, data, (uint32_t)answered);
	else
		reply_submit(usbip, seqnum, USBIP_OK, NULL, setup.length);
}

/* The device has no isochronous endpoint; the host wants its packet descriptors back. */
static void refuse_isochronous(struct usbip_face *usbip, const uint8_t *header,
			       const uint8_t *descriptors, uint32_t packets)
{
	uint8_t reply[USBIP_HEADER_SIZE] = { 0 };

	usbip_put(reply, USBIP_COMMAND, USBIP_RET_SUBMIT);
	usbip_put(reply, USBIP_SEQNUM, usbip_get(header, USBIP_SEQNUM));
	usbip_put(reply, USBIP_RETURN_STATUS, (uint32_t)USBIP_STALL);
	usbip_put(reply, USBIP_RETURN_PACKETS, packets);
	usbip_put(reply, USBIP_RETURN_ERRORS, packets);
	usbip_reply(usbip, reply, sizeof(reply));
	for (uint32_t i = 0; i < packets; i++) {
		uint8_t descriptor[USBIP_ISO_SIZE] = { 0 };

		/* Offset and length; nothing was moved. */
		memcpy(descriptor, descriptors + (size_t)i * USBIP_ISO_SIZE, 8);
		usbip_put(descriptor, USBIP_ISO_STATUS, (uint32_t)USBIP_STALL);
		usbip_reply(usbip, descriptor, sizeof(descriptor));
	}
}

static void handle_submit(struct usbip_face *usbip, const uint8_t *header, const uint8_t *out,
			  uint32_t length)
{
	const struct usb_device *device = usbip->device;
	bool in = usbip_get(header, USBIP_DIRECTION) == USBIP_DIRECTION_IN;
	uint32_t endpoint = usbip_get(header, USBIP_ENDPOINT);
	uint32_t seqnum = usbip_get(header, USBIP_SEQNUM);

	if (endpoint == 0)
		handle_control(usbip, header, out);
	else if (in && endpoint == device->bulk_in && length)
		wait_on(usbip, PIPE_BULK_IN, seqnum, length, NULL);
	else if (in && endpoint == device->interrupt_in)
		wait_on(usbip, PIPE_INTERRUPT_IN, seqnum, length, NULL);
	else if (!in && endpoint == device->bulk_out)
		wait_on(usbip, PIPE_BULK_OUT, seqnum, length, out);
	else
		reply_submit(usbip, seqnum, USBIP_STALL, NULL, 0);
}

static bool forget(struct usbip_face *usbip, enum usb_pipe pipe, uint32_t seqnum)
{
	struct usb_request **link = &usbip->waiting[pipe];

	while (*link && (*link)->seqnum != seqnum)
		link = &(*link)->next;
	if (!*link)
		return false;
	take_out(usbip, pipe, link);
	return true;
}

/* A request that was answered already is unlinked with status 0: its reply is on the way. */
static void handle_unlink(struct usbip_face *usbip, const uint8_t *header)
{
	uint32_t victim = usbip_get(header, USBIP_UNLINK_SEQNUM);
	uint8_t reply[USBIP_HEADER_SIZE] = { 0 };
	bool found = false;

	for (unsigned pipe = 0; pipe < PIPE_COUNT && !found; pipe++)
		found = forget(usbip, pipe, victim);
	usbip_put(reply, USBIP_COMMAND, USBIP_RET_UNLINK);
	usbip_put(reply, USBIP_SEQNUM, usbip_get(header, USBIP_SEQNUM));
	usbip_put(reply, USBIP_RETURN_STATUS, (uint32_t)(found ? USBIP_UNLINKED : USBIP_OK));
	usbip_reply(usbip, reply, sizeof(reply));
}

/* Bytes of the message at the start of the input; 0: incomplete, or nonsense (failed is set). */
static size_t handle_message(struct usbip_face *usbip, const uint8_t *message, size_t size)
{
	uint32_t command, length, packets, data;
	size_t total;

	if (size < USBIP_HEADER_SIZE)
		return 0;
	command = usbip_get(message, USBIP_COMMAND);
	if (command == USBIP_CMD_UNLINK) {
		handle_unlink(usbip, message);
		return USBIP_HEADER_SIZE;
	}
	length = usbip_get(message, USBIP_SUBMIT_LENGTH);
	packets = usbip_get(message, USBIP_SUBMIT_PACKETS);
	if (packets == UINT32_MAX) /* newer hosts mark transfers without packets so */
		packets = 0;
	if (command != USBIP_CMD_SUBMIT || length > USBIP_TRANSFER_MAX || packets > 1024) {
		usbip->failed = true;
		return 0;
	}
	data = usbip_get(message, USBIP_DIRECTION) == USBIP_DIRECTION_IN ? 0 : length;
	total = USBIP_HEADER_SIZE + (size_t)data + (size_t)packets * USBIP_ISO_SIZE;
	if (size < total)
		return 0;
	if (packets)
		refuse_isochronous(usbip, message, message + USBIP_HEADER_SIZE + data, packets);
	else
		handle_submit(usbip, message, message + USBIP_HEADER_SIZE, length);
	return total;
}

void usbip_handle_input(struct usbip_face *usbip)
{
	size_t used = 0, size;

	while (!usbip->failed &&
	       (size = handle_message(usbip, usbip->input + used, usbip->input_size - used)) != 0)
		used += size;
	usbip->input_size -= used;
	memmove(usbip->input, usbip->input + used, usbip->input_size);
}
