/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The USB/IP face follows; asking for it is an error until then. */
#include "utils/k210-emu/faces/face.h"

struct face *usbip_face_new(struct board *board, const char *device, const char *address,
			    bool external_power, const char **problem)
{
	(void)board;
	(void)device;
	(void)address;
	(void)external_power;
	*problem = "this build has no USB/IP face";
	return NULL;
}
