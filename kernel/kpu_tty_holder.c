// SPDX-License-Identifier: GPL-2.0-only
// SPDX-FileCopyrightText: the kpu authors
/*
 * The program that holds a tty and boots its board on demand: who it is, how it is asked, and the
 * raw mode in which the line's bytes are its own. include/uapi/kpu.h tells how it looks from there.
 *
 * read and write block no longer than raw mode lasts, which the core bounds.
 */
#include <linux/capability.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/tty_flip.h>
#include <linux/uaccess.h>

#include <uapi/kpu.h>

#include "kpu_tty.h"

int kpu_tty_holder_init(struct kpu_tty *line)
{
	mutex_init(&line->holder_lock);
	mutex_init(&line->read_lock);
	return kfifo_alloc(&line->raw, KPU_BOOT_READ_AHEAD, GFP_KERNEL);
}

void kpu_tty_holder_exit(struct kpu_tty *line)
{
	put_pid(line->holder);
	kfifo_free(&line->raw);
	mutex_destroy(&line->read_lock);
	mutex_destroy(&line->holder_lock);
}

static void kpu_tty_wake_holder(struct kpu_tty *line)
{
	wake_up_interruptible_all(&line->tty->read_wait);
	wake_up_interruptible_all(&line->tty->write_wait);
}

void kpu_tty_boot_changed(struct kpu_transport *transport)
{
	kpu_tty_wake_holder(container_of(transport, struct kpu_tty, transport));
}

/* --- raw mode --------------------------------------------------------------------------------- */

size_t kpu_tty_raw_receive(struct kpu_tty *line, const u8 *bytes, size_t count)
{
	size_t taken = kfifo_in(&line->raw, bytes, count);

	if (taken < count) {
		WRITE_ONCE(line->held_back, true);
		/* A reader may have made room before it could see that. */
		smp_mb();
		taken += kfifo_in(&line->raw, bytes + taken, count - taken);
	}
	if (taken)
		wake_up_interruptible_poll(&line->tty->read_wait, EPOLLIN);
	return taken;
}

/* There is room again: the tty layer shall offer what it kept. */
static void kpu_tty_raw_go_on(struct kpu_tty *line)
{
	/* After the fifo, before the flag: the other side looks at them the other way round. */
	smp_mb();
	if (!READ_ONCE(line->held_back))
		return;
	WRITE_ONCE(line->held_back, false);
	tty_flip_buffer_push(line->tty->port);
	tty_unthrottle(line->tty);
}

static size_t kpu_tty_raw_take(struct kpu_tty *line, u8 *bytes, size_t count)
{
	size_t taken;

	mutex_lock(&line->read_lock);
	taken = kfifo_out(&line->raw, bytes, count);
	mutex_unlock(&line->read_lock);
	if (taken)
		kpu_tty_raw_go_on(line);
	return taken;
}

void kpu_tty_raw_flush(struct tty_struct *tty)
{
	struct kpu_tty *line = tty->disc_data;

	if (!line)
		return;
	mutex_lock(&line->read_lock);
	kfifo_reset_out(&line->raw);
	mutex_unlock(&line->read_lock);
	kpu_tty_raw_go_on(line);
}

static bool kpu_tty_raw_over(struct kpu_tty *line, struct file *file)
{
	return tty_hung_up_p(file) || test_bit(TTY_OTHER_CLOSED, &line->tty->flags) ||
	       !kpu_transport_booting(&line->transport);
}

/* The tty layer asks for pieces; a cookie tells it that there is more, which must not block. */
ssize_t kpu_tty_raw_read(struct tty_struct *tty, struct file *file, u8 *bytes, size_t count,
			 void **cookie, unsigned long offset)
{
	struct kpu_tty *line = tty->disc_data;
	bool more = *cookie;
	size_t taken;
	int error;

	*cookie = NULL;
	for (;;) {
		if (kpu_tty_raw_over(line, file))
			return -EIO;
		taken = count ? kpu_tty_raw_take(line, bytes, count) : 0;
		if (taken && !kfifo_is_empty(&line->raw))
			*cookie = line;
		if (taken || more || !count)
			return taken;
		if (tty_io_nonblock(tty, file))
			return -EAGAIN;
		error = wait_event_interruptible(tty->read_wait,
						 !kfifo_is_empty(&line->raw) ||
							 kpu_tty_raw_over(line, file));
		if (error)
			return error;
	}
}

ssize_t kpu_tty_raw_write(struct tty_struct *tty, struct file *file, const u8 *bytes, size_t count)
{
	struct kpu_tty *line = tty->disc_data;
	size_t done = 0;
	int taken, error;

	while (done < count) {
		if (kpu_tty_raw_over(line, file))
			return done ? (ssize_t)done : -EIO;
		set_bit(TTY_DO_WRITE_WAKEUP, &tty->flags);
		taken = tty->ops->write(tty, bytes + done, count - done);
		if (taken < 0)
			return done ? (ssize_t)done : taken;
		done += taken;
		if (done == count || taken)
			continue;
		if (tty_io_nonblock(tty, file))
			return done ? (ssize_t)done : -EAGAIN;
		error = wait_event_interruptible(
			tty->write_wait, tty_write_room(tty) > 0 || kpu_tty_raw_over(line, file));
		if (error)
			return done ? (ssize_t)done : error;
	}
	return done;
}

__poll_t kpu_tty_holder_poll(struct tty_struct *tty, struct file *file,
			     struct poll_table_struct *table)
{
	struct kpu_tty *line = tty->disc_data;
	__poll_t events = 0;

	poll_wait(file, &tty->read_wait, table);
	poll_wait(file, &tty->write_wait, table);
	if (tty_hung_up_p(file) || test_bit(TTY_OTHER_CLOSED, &tty->flags))
		events |= EPOLLHUP | EPOLLERR;
	if (!line)
		return events;
	if (kpu_transport_boot_wanted(&line->transport))
		events |= EPOLLPRI;
	if (!kpu_transport_booting(&line->transport))
		return events;
	if (!kfifo_is_empty(&line->raw))
		events |= EPOLLIN | EPOLLRDNORM;
	if (tty_write_room(tty) > 0)
		events |= EPOLLOUT | EPOLLWRNORM;
	return events;
}

/* --- ioctls ----------------------------------------------------------------------------------- */

static bool kpu_tty_holder_lives(const struct kpu_tty *line)
{
	bool lives;

	rcu_read_lock();
	lives = line->holder && pid_task(line->holder, PIDTYPE_TGID);
	rcu_read_unlock();
	return lives;
}

static int kpu_tty_holder_set(struct kpu_tty *line, const __u32 __user *address)
{
	__u32 flags;
	int error = 0;

	if (get_user(flags, address))
		return -EFAULT;
	if (flags & ~KPU_TTY_HOLDER_BOOTS)
		return -EINVAL;
	if (!capable(CAP_NET_ADMIN) && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	mutex_lock(&line->holder_lock);
	if (line->holder != task_tgid(current) && kpu_tty_holder_lives(line)) {
		error = -EBUSY;
	} else {
		put_pid(line->holder);
		line->holder = flags ? get_pid(task_tgid(current)) : NULL;
		kpu_transport_can_boot(&line->transport, flags & KPU_TTY_HOLDER_BOOTS);
	}
	mutex_unlock(&line->holder_lock);
	return error;
}

/* Both: under the holder's lock. */
static int kpu_tty_boot_begin(struct kpu_tty *line, void __user *address, size_t size)
{
	struct kpu_tty_boot_request request = {};
	int error;

	if (size < offsetofend(struct kpu_tty_boot_request, baud))
		return -EINVAL;
	/* Before anything happens: a bad address, and what a longer structure has beyond ours. */
	if (clear_user(address, size))
		return -EFAULT;
	if (!kpu_transport_booting(&line->transport))
		kpu_tty_raw_flush(line->tty);
	error = kpu_transport_boot_begin(&line->transport, &request);
	if (error)
		return error;
	return copy_to_user(address, &request, min(size, sizeof(request))) ? -EFAULT : 0;
}

static int kpu_tty_boot_end(struct kpu_tty *line, const void __user *address, size_t size)
{
	struct kpu_tty_boot_result result;
	int error;

	if (size < offsetofend(struct kpu_tty_boot_result, baud))
		return -EINVAL;
	error = copy_struct_from_user(&result, sizeof(result), address, size);
	if (error)
		return error;
	error = kpu_transport_boot_end(&line->transport, &result);
	if (error)
		return error;
	kpu_tty_raw_flush(line->tty);
	kpu_tty_wake_holder(line);
	return 0;
}

int kpu_tty_holder_ioctl(struct kpu_tty *line, unsigned int command, void __user *address)
{
	unsigned int kind = command & ~(_IOC_SIZEMASK << _IOC_SIZESHIFT);
	size_t size = _IOC_SIZE(command);
	int error;

	if (command == KPU_TTY_IOCTL_HOLDER)
		return kpu_tty_holder_set(line, address);
	if (kind != (KPU_TTY_IOCTL_BOOT_BEGIN & ~(_IOC_SIZEMASK << _IOC_SIZESHIFT)) &&
	    kind != (KPU_TTY_IOCTL_BOOT_END & ~(_IOC_SIZEMASK << _IOC_SIZESHIFT)))
		return -ENOTTY;
	mutex_lock(&line->holder_lock);
	if (line->holder != task_tgid(current))
		error = -EPERM;
	else if (_IOC_DIR(command) & _IOC_READ)
		error = kpu_tty_boot_begin(line, address, size);
	else
		error = kpu_tty_boot_end(line, address, size);
	mutex_unlock(&line->holder_lock);
	return error;
}
