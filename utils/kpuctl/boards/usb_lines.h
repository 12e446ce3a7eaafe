/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* USB interfaces that are serial lines. */
#ifndef KPUCTL_USB_LINES_H
#define KPUCTL_USB_LINES_H

#include <stdbool.h>
#include <stdint.h>

struct usb_line {
	uint16_t vendor, product;
	int interface;
	char device[24]; /* name in sysfs: "1-1.4" */
	char name[32];   /* and of the interface: "1-1.4:1.0" */
};

typedef void usb_line_visitor(const struct usb_line *line, void *context);

/* Calls @visit for each, as libusb knows them. False: libusb cannot be used here. */
bool usb_lines_of_system(usb_line_visitor *visit, void *context);
/* The same from the files of a sysfs below @root. */
void usb_lines_of_tree(const char *root, usb_line_visitor *visit, void *context);

#endif
