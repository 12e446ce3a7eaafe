// SPDX-License-Identifier: GPL-2.0-only
// SPDX-FileCopyrightText: the kpu authors
/*
 * Transport over a tty: a line discipline on top of the kernel's own UART and USB bridge drivers.
 * A program opens the tty, sets rate and raw mode, attaches the discipline with TIOCSETD and keeps
 * the file open; kpuctl attach does that. Each attached tty is one board.
 */
#include <linux/capability.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/tty.h>
#include <linux/tty_driver.h>
#include <linux/tty_flip.h>
#include <linux/tty_ldisc.h>
#include <linux/uaccess.h>

#include <uapi/kpu.h>

#include "kpu_compat.h"
#include "kpu_tty.h"

/* A byte takes a start bit, eight data bits and a stop bit. */
#define KPU_TTY_BITS_PER_BYTE 10

static int line_discipline = N_DEVELOPMENT;
module_param(line_discipline, int, 0444);
MODULE_PARM_DESC(line_discipline, "Number of the line discipline (default: N_DEVELOPMENT)");

static int kpu_tty_write(struct kpu_transport *transport, const u8 *bytes, size_t length)
{
	struct tty_struct *tty = container_of(transport, struct kpu_tty, transport)->tty;

	/* Set before writing: a driver that takes less will call us. */
	set_bit(TTY_DO_WRITE_WAKEUP, &tty->flags);
	return tty->ops->write(tty, bytes, length);
}

static int kpu_tty_set_rate(struct kpu_transport *transport, u32 bytes_per_second)
{
	struct tty_struct *tty = container_of(transport, struct kpu_tty, transport)->tty;
	u32 baud = bytes_per_second * KPU_TTY_BITS_PER_BYTE;
	struct ktermios settings;

	down_read(&tty->termios_rwsem);
	settings = tty->termios;
	up_read(&tty->termios_rwsem);
	tty_termios_encode_baud_rate(&settings, baud, baud);
	return tty_set_termios(tty, &settings);
}

static void kpu_tty_receive_ready(struct kpu_transport *transport)
{
	struct tty_struct *tty = container_of(transport, struct kpu_tty, transport)->tty;

	/* Makes the tty layer offer again what it kept; then the driver may go on. */
	tty_flip_buffer_push(tty->port);
	tty_unthrottle(tty);
}

static const struct kpu_transport_ops kpu_tty_transport_ops = {
	.write = kpu_tty_write,
	.set_rate = kpu_tty_set_rate,
	.receive_ready = kpu_tty_receive_ready,
	.boot_changed = kpu_tty_boot_changed,
};

static u32 kpu_tty_rate(struct tty_struct *tty)
{
	return tty_get_baud_rate(tty) / KPU_TTY_BITS_PER_BYTE;
}

static int kpu_tty_open(struct tty_struct *tty)
{
	struct kpu_tty *line;
	int error;

	/* Bytes of the tty become requests to a device of all users. */
	if (!capable(CAP_NET_ADMIN) && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (!tty->ops->write)
		return -EOPNOTSUPP;
	line = kzalloc(sizeof(*line), GFP_KERNEL);
	if (!line)
		return -ENOMEM;
	line->tty = tty;
	line->transport.ops = &kpu_tty_transport_ops;
	line->transport.parent = tty->dev;
	line->transport.bytes_per_second = kpu_tty_rate(tty);
	snprintf(line->transport.name, sizeof(line->transport.name), "tty %s", tty_name(tty));
	error = kpu_tty_holder_init(line);
	if (error)
		goto free;
	tty_driver_flush_buffer(tty);
	tty->disc_data = line;
	error = kpu_transport_register(&line->transport);
	if (!error)
		return 0;
	tty->disc_data = NULL;
	kpu_tty_holder_exit(line);
free:
	kfree(line);
	return error;
}

static void kpu_tty_hangup(struct tty_struct *tty)
{
	struct kpu_tty *line = tty->disc_data;

	if (line)
		kpu_transport_shutdown(&line->transport);
}

static void kpu_tty_close(struct tty_struct *tty)
{
	struct kpu_tty *line = tty->disc_data;

	if (!line)
		return;
	kpu_transport_unregister(&line->transport);
	clear_bit(TTY_DO_WRITE_WAKEUP, &tty->flags);
	tty->disc_data = NULL;
	kpu_tty_holder_exit(line);
	kfree(line);
}

/* Bytes with a framing or parity error are given to the link all the same: its checksums decide. */
static void kpu_tty_count_errors(struct kpu_tty *line, const kpu_tty_flag_t *flags, size_t count)
{
	unsigned int overruns = 0;
	size_t i;

	for (i = 0; i < count; i++)
		overruns += flags[i] == TTY_OVERRUN;
	if (overruns)
		kpu_transport_overrun(&line->transport, overruns);
}

static kpu_tty_count_t kpu_tty_receive(struct tty_struct *tty, const u8 *bytes,
				       const kpu_tty_flag_t *flags, kpu_tty_count_t count)
{
	struct kpu_tty *line = tty->disc_data;
	size_t taken;

	if (!line)
		return count;
	if (kpu_transport_booting(&line->transport))
		return kpu_tty_raw_receive(line, bytes, count);
	taken = kpu_transport_receive(&line->transport, bytes, count);
	if (flags)
		kpu_tty_count_errors(line, flags, taken);
	return taken;
}

static void kpu_tty_write_wakeup(struct tty_struct *tty)
{
	struct kpu_tty *line = tty->disc_data;

	if (line)
		kpu_transport_wake(&line->transport);
}

static void kpu_tty_set_termios(struct tty_struct *tty, const struct ktermios *old)
{
	struct kpu_tty *line = tty->disc_data;

	if (line)
		kpu_transport_set_rate(&line->transport, kpu_tty_rate(tty));
}

static int kpu_tty_ioctl(struct tty_struct *tty, unsigned int command, unsigned long address)
{
	struct kpu_tty *line = tty->disc_data;

	if (_IOC_TYPE(command) != KPU_IOCTL_TYPE)
		return n_tty_ioctl_helper(tty, command, address);
	if (!line)
		return -ENODEV;
	if (command == KPU_TTY_IOCTL_NUMBER)
		return put_user((__u32)kpu_transport_number(&line->transport),
				(__u32 __user *)address);
	return kpu_tty_holder_ioctl(line, command, (void __user *)address);
}

static struct tty_ldisc_ops kpu_tty_discipline = {
	.owner = THIS_MODULE,
	.name = "kpu",
	.open = kpu_tty_open,
	.close = kpu_tty_close,
	.hangup = kpu_tty_hangup,
	.ioctl = kpu_tty_ioctl,
	.flush_buffer = kpu_tty_raw_flush,
	.read = kpu_tty_raw_read,
	.write = kpu_tty_raw_write,
	.poll = kpu_tty_holder_poll,
	.set_termios = kpu_tty_set_termios,
	.receive_buf2 = kpu_tty_receive,
	.write_wakeup = kpu_tty_write_wakeup,
};

static int __init kpu_tty_init(void)
{
	if (line_discipline < 0 || line_discipline >= NR_LDISCS)
		return -EINVAL;
	kpu_tty_discipline.num = line_discipline;
	return tty_register_ldisc(&kpu_tty_discipline);
}

static void __exit kpu_tty_exit(void)
{
	tty_unregister_ldisc(&kpu_tty_discipline);
}

module_init(kpu_tty_init);
module_exit(kpu_tty_exit);

MODULE_AUTHOR("the kpu authors");
MODULE_DESCRIPTION("Kendryte K210 boards behind a tty");
MODULE_LICENSE("GPL");
MODULE_ALIAS_LDISC(N_DEVELOPMENT);
