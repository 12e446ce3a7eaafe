/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* A serial port as a transport: raw bytes, any rate, ours alone. */
#ifndef KPU_LIB_SERIAL_H
#define KPU_LIB_SERIAL_H

#include <kpu.h>

/* Opens, locks and configures @path at @baud. Returns the descriptor (not blocking) or an error. */
int kpu_serial_open(const char *path, uint32_t baud, struct kpu_error *error);

/* What a port was like before. */
struct kpu_serial_state {
	bool known;
	unsigned char settings[64]; /* struct termios2 */
	int lines;                  /* TIOCM_* */
};

/* The same; keeps in *before what kpu_serial_put_back() needs. */
int kpu_serial_open_keeping(const char *path, uint32_t baud, struct kpu_serial_state *before,
			    struct kpu_error *error);
void kpu_serial_put_back(int fd, const struct kpu_serial_state *before);

/* DTR and RTS. */
bool kpu_serial_has_lines(int fd);
bool kpu_serial_set_baud(int fd, uint32_t baud);

#endif
