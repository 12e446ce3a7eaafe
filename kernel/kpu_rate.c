// SPDX-License-Identifier: GPL-2.0-only
// SPDX-FileCopyrightText: the kpu authors
/*
 * Rate of the line. A board starts at KPU_BOOT_BAUD and keeps a raised rate only until it restarts.
 * So without a session both rates are tried in turn, that of the boot and the one the line was
 * attached with, and a board found at the former is asked to raise it. All functions need the
 * device's lock; the engine makes the change itself, without it.
 */
#include <linux/ktime.h>

#include "kpu_internal.h"
#include "link/bytes.h"

#define KPU_RATE_BOOT (KPU_BOOT_BAUD / 10)
/* Enough for several SYNCs at the boot rate, and for the board to give up a rate that fails. */
#define KPU_RATE_TRY_US (1200 * USEC_PER_MSEC)
/* For the board to see its reply acknowledged and to switch: link/wire.h, SET_RATE. */
#define KPU_RATE_SETTLE_US (40 * USEC_PER_MSEC)
#define KPU_RATE_ATTEMPTS  2

static bool kpu_rate_fixed(const struct kpu_device *device)
{
	return !device->transport->ops->set_rate || device->rate_wanted == KPU_RATE_BOOT ||
	       !device->rate_wanted;
}

void kpu_rate_init(struct kpu_device *device)
{
	device->rate_wanted = atomic_read(&device->rate);
	device->rate_due = kpu_now_us() + KPU_RATE_TRY_US;
}

void kpu_rate_session_up(struct kpu_device *device)
{
	device->rate_due = U64_MAX;
}

void kpu_rate_session_down(struct kpu_device *device)
{
	device->rate_next = 0;
	device->rate_due = kpu_now_us() + KPU_RATE_TRY_US;
}

static void kpu_rate_raise_done(struct kpu_transaction *transaction)
{
	struct kpu_device *device = transaction->owner;
	u32 agreed = 0;

	device->rate_pending = false;
	if (device->gone || device->state == KPU_DEVICE_STATE_DEAD ||
	    transaction->status == KPU_STATUS_BOARD_RESET)
		return;
	if (transaction->status == KPU_STATUS_OK && transaction->result_length >= 4)
		agreed = kpu_get_u32(transaction->results) / 10;
	/* The session may have been lost after the board had switched, and found again there. */
	if (agreed && agreed == atomic_read(&device->rate)) {
		kpu_recovery_ready(device);
		return;
	}
	if (agreed > KPU_RATE_BOOT && agreed <= device->rate_wanted) {
		device->rate_next = agreed;
		device->rate_due = kpu_now_us() + KPU_RATE_SETTLE_US;
		kpu_engine_kick(device);
		return;
	}
	/* It cannot: stay where it works. */
	device->rate_wanted = KPU_RATE_BOOT;
	kpu_recovery_ready(device);
}

bool kpu_rate_raise(struct kpu_device *device)
{
	struct kpu_transaction *raise = &device->rate_transaction;

	if (device->rate_pending)
		return true;
	if (kpu_rate_fixed(device) || atomic_read(&device->rate) != KPU_RATE_BOOT) {
		device->rate_attempts = 0;
		return false;
	}
	if (device->rate_attempts++ >= KPU_RATE_ATTEMPTS) {
		dev_warn(&device->dev, "the line does not work at %u baud\n",
			 device->rate_wanted * 10);
		device->rate_wanted = KPU_RATE_BOOT;
		return false;
	}
	memset(raise, 0, sizeof(*raise));
	raise->opcode = KPU_OP_SET_RATE;
	kpu_put_u32(raise->arguments, device->rate_wanted * 10);
	raise->argument_length = 4;
	raise->timeout_us = 3 * USEC_PER_SEC;
	raise->complete = kpu_rate_raise_done;
	raise->owner = device;
	device->rate_pending = true;
	kpu_host_submit(&device->host, raise, kpu_now_us());
	kpu_engine_kick(device);
	return true;
}

void kpu_rate_restart(struct kpu_device *device)
{
	device->rate_attempts = 0;
	device->rate_next = KPU_RATE_BOOT;
	device->rate_due = kpu_now_us();
	/* A line whose rate cannot be changed is as it should be. */
	if (!device->transport->ops->set_rate)
		kpu_session_start(&device->session, kpu_now_us());
	kpu_engine_kick(device);
}

u32 kpu_rate_poll(struct kpu_device *device, u64 now)
{
	u32 current_rate = atomic_read(&device->rate), next = device->rate_next;

	if (now < device->rate_due)
		return 0;
	device->rate_next = 0;
	device->rate_due = now + KPU_RATE_TRY_US;
	if (device->boot_phase == KPU_BOOT_RUNNING || !device->transport->ops->set_rate)
		return 0;
	/* Also if it is the one that the line has: a new session begins. */
	if (next)
		return next;
	if (kpu_rate_fixed(device))
		return 0;
	return current_rate == KPU_RATE_BOOT ? device->rate_wanted : KPU_RATE_BOOT;
}
