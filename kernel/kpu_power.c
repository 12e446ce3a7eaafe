// SPDX-License-Identifier: GPL-2.0-only
// SPDX-FileCopyrightText: the kpu authors
/*
 * Sleep of the host. The device lies below its line in the driver model, so it is suspended before
 * the line is and resumed after it. Going to sleep: no new runs, a moment for those on the board,
 * then the engine parks. Callers that wait are frozen where they wait and notice nothing.
 *
 * Waking up: the engine goes on when programs do, because the holder of the line must run to boot a
 * board that has lost its power. What has become of the board shows in a new session: if it is the
 * one that it was it gets the open requests again by number, any other one ends them as a reset.
 */
#include <linux/kthread.h>
#include <linux/pm.h>
#include <linux/workqueue.h>

#include "kpu_internal.h"

/* For work on the board to end; what takes longer goes on there and is asked for afterwards. */
#define KPU_SUSPEND_DRAIN_MS 1000

static bool kpu_power_drained(const struct kpu_device *device)
{
	return !READ_ONCE(device->runs_on_board) || READ_ONCE(device->gone) ||
	       READ_ONCE(device->state) != KPU_DEVICE_STATE_READY;
}

static void kpu_power_resume_work(struct work_struct *work)
{
	kpu_engine_unpark(container_of(work, struct kpu_device, resume_work));
}

void kpu_power_init(struct kpu_device *device)
{
	INIT_WORK(&device->resume_work, kpu_power_resume_work);
}

void kpu_power_exit(struct kpu_device *device)
{
	cancel_work_sync(&device->resume_work);
}

static int kpu_power_suspend(struct device *dev)
{
	struct kpu_device *device = kpu_device_of(dev);

	/* Hibernation suspends twice, and programs do not run in between. */
	cancel_work_sync(&device->resume_work);
	mutex_lock(&device->lock);
	device->suspended = true;
	mutex_unlock(&device->lock);
	wait_event_timeout(device->ended, kpu_power_drained(device),
			   msecs_to_jiffies(KPU_SUSPEND_DRAIN_MS));
	kpu_engine_park(device);
	return 0;
}

/* This queue stands still as long as programs do. */
static int kpu_power_resume(struct device *dev)
{
	struct kpu_device *device = kpu_device_of(dev);

	mutex_lock(&device->lock);
	if (!device->gone)
		queue_work(system_freezable_wq, &device->resume_work);
	mutex_unlock(&device->lock);
	return 0;
}

DEFINE_SIMPLE_DEV_PM_OPS(kpu_power_operations, kpu_power_suspend, kpu_power_resume);

void kpu_power_asleep(struct kpu_device *device)
{
	device->suspended_at = kpu_now_us();
}

void kpu_power_awake(struct kpu_device *device)
{
	u64 now = kpu_now_us();

	if (!device->suspended)
		return;
	device->suspended = false;
	if (device->gone)
		return;
	device->counters.suspends++;
	kpu_scheduler_postpone(device, now - device->suspended_at);
	kpu_boot_postpone(device, now - device->suspended_at);
	kpu_recovery_host_awake(device);
}
