/* SPDX-License-Identifier: GPL-2.0-only */
/* SPDX-FileCopyrightText: the kpu authors */
/* What the two halves of kpu_tty.ko share: the discipline and the holder's side of it. */
#ifndef KPU_TTY_H
#define KPU_TTY_H

#include <linux/kfifo.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/tty.h>

#include "kpu_transport.h"

struct kpu_tty {
	struct kpu_transport transport;
	struct tty_struct *tty;

	struct mutex holder_lock;
	struct pid *holder; /* NULL: nobody boots the board */

	/* Raw mode: one producer (the tty layer), readers in turn. */
	struct mutex read_lock;
	struct kfifo raw;
	bool held_back; /* the tty layer keeps bytes that did not fit in */
};

/* kpu_tty_holder.c */
int kpu_tty_holder_init(struct kpu_tty *line);
void kpu_tty_holder_exit(struct kpu_tty *line);
int kpu_tty_holder_ioctl(struct kpu_tty *line, unsigned int command, void __user *address);
__poll_t kpu_tty_holder_poll(struct tty_struct *tty, struct file *file,
			     struct poll_table_struct *table);
/* Of struct kpu_transport_ops. */
void kpu_tty_boot_changed(struct kpu_transport *transport);

/* Bytes from the board in raw mode; returns how many were taken. */
size_t kpu_tty_raw_receive(struct kpu_tty *line, const u8 *bytes, size_t count);
/* Drops what has not been read. */
void kpu_tty_raw_flush(struct tty_struct *tty);
ssize_t kpu_tty_raw_read(struct tty_struct *tty, struct file *file, u8 *bytes, size_t count,
			 void **cookie, unsigned long offset);
ssize_t kpu_tty_raw_write(struct tty_struct *tty, struct file *file, const u8 *bytes, size_t count);

#endif
