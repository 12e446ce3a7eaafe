/* SPDX-License-Identifier: GPL-2.0-only */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Differences between kernel versions, all of them. Oldest supported: 6.1. Dropped when the driver
 * goes into the kernel's own tree.
 *
 * Whatever could be avoided is not here: the class is static (class_create() changed in 6.4), there
 * are no timers of our own (del_timer() and hrtimer_init() went in 6.15), mappings need no vm_flags
 * (6.3), and nothing is seekable by default (no_llseek went in 6.12).
 */
#ifndef KPU_COMPAT_H
#define KPU_COMPAT_H

#include <linux/types.h>
#include <linux/version.h>

/* Types of the line discipline's receive callbacks: u8 and size_t since 6.6. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
typedef u8 kpu_tty_flag_t;
typedef size_t kpu_tty_count_t;
#else
typedef char kpu_tty_flag_t;
typedef int kpu_tty_count_t;
#endif

/* Argument of struct class.devnode: const since 6.2. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
typedef const struct device kpu_devnode_device_t;
#else
typedef struct device kpu_devnode_device_t;
#endif

#endif
