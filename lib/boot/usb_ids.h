/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef KPU_LIB_BOOT_USB_IDS_H
#define KPU_LIB_BOOT_USB_IDS_H

#include "lib/boot/boards.h"

/*
 * The board behind an open tty by the ids of its USB bridge, from sysfs, which is mounted at
 * @sysfs ("/sys"). NULL: not on USB, or not in the table.
 */
const struct kpu_boot_board *kpu_boot_board_of_tty(int fd, const char *sysfs);
/* The same from the folder of the tty's device in sysfs. */
const struct kpu_boot_board *kpu_boot_board_of_folder(const char *folder);

#endif
