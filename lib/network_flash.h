/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef KPU_LIB_NETWORK_FLASH_H
#define KPU_LIB_NETWORK_FLASH_H

#include "lib/object.h"

/*
 * The network at @address of the board's flash. Only tables and the beginning of each layer travel
 * over the line, so its data has zeros in place of most parameters: good for shapes and checks of
 * ranges, not for being loaded from here. The board checks the whole. Its checksum is the one of
 * what the flash holds. Errors go to the device.
 */
int kpu_network_from_flash(struct kpu_device *device, uint32_t address,
			   struct kpu_network **network);

#endif
