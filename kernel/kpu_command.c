// SPDX-License-Identifier: GPL-2.0-only
// SPDX-FileCopyrightText: the kpu authors
/* A request without bulk data, sent for a caller that waits for the reply. */
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/slab.h>

#include "kpu_internal.h"

/* At a time, of all callers. A crowd of them must not hold up runs, or what cancels one. */
#define KPU_COMMANDS_MAX 2

static void kpu_command_done(struct kpu_transaction *transaction)
{
	struct kpu_command *command = transaction->owner;

	WRITE_ONCE(command->done, true);
	wake_up_all(&command->device->ended);
}

/* Returns how many milliseconds are left, at least 1; 0: time over; -ERESTARTNOHAND. */
static int kpu_command_enter(struct kpu_device *device, unsigned int timeout_ms)
{
	long left;

	left = kpu_sleep_until(device->ended,
			       atomic_add_unless(&device->commands, 1, KPU_COMMANDS_MAX),
			       msecs_to_jiffies(timeout_ms), TASK_INTERRUPTIBLE);
	if (left < 0)
		return -ERESTARTNOHAND;
	return left ? max(jiffies_to_msecs(left), 1u) : 0;
}

static void kpu_command_leave(struct kpu_device *device)
{
	atomic_dec(&device->commands);
	wake_up_all(&device->ended);
}

static int kpu_command_wait(struct kpu_device *device, struct kpu_command *command,
			    unsigned int timeout_ms)
{
	long left;

	/* The transaction's own time-out comes first, this one is the net below it. */
	left = kpu_sleep_until(device->ended, READ_ONCE(command->done),
			       msecs_to_jiffies(timeout_ms + 500), TASK_INTERRUPTIBLE);
	mutex_lock(&device->lock);
	if (!command->done)
		kpu_host_abandon(&device->host, &command->transaction, KPU_STATUS_TIMEOUT);
	mutex_unlock(&device->lock);
	return left < 0 ? -ERESTARTNOHAND : 0;
}

static int kpu_command_send(struct kpu_device *device, struct kpu_command *command,
			    unsigned int timeout_ms)
{
	int error;

	command->transaction.timeout_us = timeout_ms * 1000;
	mutex_lock(&device->lock);
	error = kpu_device_usable(device);
	if (!error)
		kpu_host_submit(&device->host, &command->transaction, kpu_now_us());
	mutex_unlock(&device->lock);
	if (error)
		return error;
	kpu_engine_kick(device);
	error = kpu_command_wait(device, command, timeout_ms);
	return error ? error : kpu_status_errno(kpu_status_known(command->transaction.status));
}

int kpu_command_run(struct kpu_device *device, u16 opcode, unsigned int timeout_ms,
		    struct kpu_command **out)
{
	struct kpu_command *command;
	int left, error;

	command = kzalloc(sizeof(*command), GFP_KERNEL_ACCOUNT);
	if (!command)
		return -ENOMEM;
	command->device = device;
	command->transaction.opcode = opcode;
	command->transaction.complete = kpu_command_done;
	command->transaction.owner = command;
	left = kpu_command_enter(device, timeout_ms);
	error = left ? left : -ETIMEDOUT;
	if (left > 0) {
		error = kpu_command_send(device, command, left);
		kpu_command_leave(device);
	}
	if (error) {
		kfree(command);
		return error;
	}
	*out = command;
	return 0;
}
