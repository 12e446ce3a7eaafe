/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* A serial port as a transport: raw bytes, any rate, ours alone. */
#ifndef KPU_LIB_SERIAL_H
#define KPU_LIB_SERIAL_H

#include <kpu.h>

/* Opens, locks and configures @path at @baud. Returns the descriptor (not blocking) or an error. */
int kpu_serial_open(const char *path, uint32_t baud, struct kpu_error *error);
bool kpu_serial_set_baud(int fd, uint32_t baud);

#endif
