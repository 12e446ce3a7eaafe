// SPDX-License-Identifier: GPL-2.0-only
// SPDX-FileCopyrightText: the kpu authors
/* The thread that turns bytes of the transport into packets and back: one for each board. */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/kthread.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "kpu_internal.h"

#define KPU_SILENCE_LIMIT_US 2000000u
/* A transport that had no room is asked again after this time, should it forget to wake us. */
#define KPU_WRITE_RETRY_US 20000u
/* Between two events of a state: a restless board shall not keep all of user space busy. */
#define KPU_NOTIFY_PAUSE_US (100 * USEC_PER_MSEC)

void kpu_engine_kick(struct kpu_device *device)
{
	set_bit(KPU_FLAG_KICKED, &device->flags);
	wake_up(&device->wake);
}

size_t kpu_transport_receive(struct kpu_transport *transport, const u8 *bytes, size_t length)
{
	struct kpu_device *device = transport->device;
	size_t taken = kfifo_in(&device->received, bytes, length);

	if (taken < length)
		set_bit(KPU_FLAG_RECEIVE_BLOCKED, &device->flags);
	kpu_engine_kick(device);
	return taken;
}
EXPORT_SYMBOL_GPL(kpu_transport_receive);

u64 kpu_transport_now(void)
{
	return kpu_now_us();
}
EXPORT_SYMBOL_GPL(kpu_transport_now);

size_t kpu_transport_next_packet(struct kpu_transport *transport, u8 *packet, size_t room)
{
	struct kpu_device *device = transport->device;
	size_t length;

	mutex_lock(&device->lock);
	length = kpu_session_output_packet(&device->session, packet, room, kpu_now_us());
	mutex_unlock(&device->lock);
	return length;
}
EXPORT_SYMBOL_GPL(kpu_transport_next_packet);

void kpu_transport_take_packet(struct kpu_transport *transport, const u8 *packet, size_t length)
{
	struct kpu_device *device = transport->device;

	mutex_lock(&device->lock);
	kpu_session_input_packet(&device->session, packet, length, kpu_now_us());
	mutex_unlock(&device->lock);
}
EXPORT_SYMBOL_GPL(kpu_transport_take_packet);

void kpu_transport_silent(struct kpu_transport *transport)
{
	struct kpu_device *device = transport->device;

	mutex_lock(&device->lock);
	kpu_session_resync(&device->session, kpu_now_us());
	mutex_unlock(&device->lock);
}
EXPORT_SYMBOL_GPL(kpu_transport_silent);

void kpu_transport_wake(struct kpu_transport *transport)
{
	kpu_engine_kick(transport->device);
}
EXPORT_SYMBOL_GPL(kpu_transport_wake);

void kpu_transport_overrun(struct kpu_transport *transport, unsigned int count)
{
	atomic_add(count, &transport->device->overruns);
}
EXPORT_SYMBOL_GPL(kpu_transport_overrun);

void kpu_transport_set_rate(struct kpu_transport *transport, u32 bytes_per_second)
{
	struct kpu_device *device = transport->device;

	atomic_set(&device->rate, bytes_per_second);
	/* What somebody else sets is what is wanted. */
	if (current != device->thread && !kpu_transport_booting(transport)) {
		WRITE_ONCE(device->rate_ceiling, 0);
		WRITE_ONCE(device->rate_wanted, bytes_per_second);
	}
	kpu_engine_kick(transport->device);
}
EXPORT_SYMBOL_GPL(kpu_transport_set_rate);

static bool kpu_engine_receive(struct kpu_device *device)
{
	unsigned int length = kfifo_out(&device->received, device->chunk, KPU_CHUNK_BYTES);

	if (length) {
		mutex_lock(&device->lock);
		kpu_session_input(&device->session, device->chunk, length, kpu_now_us());
		mutex_unlock(&device->lock);
	}
	if (test_bit(KPU_FLAG_RECEIVE_BLOCKED, &device->flags) &&
	    kfifo_len(&device->received) < KPU_RECEIVE_QUEUE_BYTES / 2) {
		clear_bit(KPU_FLAG_RECEIVE_BLOCKED, &device->flags);
		if (device->transport->ops->receive_ready)
			device->transport->ops->receive_ready(device->transport);
	}
	return length;
}

/* The session counts in 32 bits, users see 64. */
static void kpu_engine_count(struct kpu_device *device)
{
	struct kpu_link_totals *totals = &device->totals;
	struct kpu_link_counters *now = &device->session.counters;

	now->overruns = atomic_read(&device->overruns);
	totals->bytes_sent += now->bytes_sent - totals->last.bytes_sent;
	totals->bytes_received += now->bytes_received - totals->last.bytes_received;
	totals->packets_sent += now->packets_sent - totals->last.packets_sent;
	totals->packets_received += now->packets_received - totals->last.packets_received;
	totals->last = *now;
}

/* One step under the lock: clocks, queues, the next bytes to send. Returns when to come again. */
static u64 kpu_engine_step(struct kpu_device *device)
{
	u32 rate = atomic_read(&device->rate);
	u64 now, deadline;

	mutex_lock(&device->lock);
	now = kpu_now_us();
	if (rate != device->session.config.bytes_per_second)
		kpu_session_set_rate(&device->session, rate);
	kpu_host_poll(&device->host, now);
	kpu_recovery_poll(device, now);
	kpu_boot_poll(device, now);
	kpu_rate_watch(device, now);
	kpu_scheduler_expire(device, now);
	kpu_scheduler_run(device);
	if (device->staged == device->staged_taken && !device->transport->ops->exchange) {
		device->staged_taken = 0;
		device->staged =
			kpu_session_output(&device->session, device->staging, KPU_CHUNK_BYTES, now);
	}
	kpu_scheduler_stamp(device);
	kpu_engine_count(device);
	device->rate_switch = kpu_rate_poll(device, now);
	deadline = min(device->rate_due,
		       min(kpu_host_deadline(&device->host), kpu_recovery_deadline(device)));
	deadline = min(deadline, min(device->job_deadline, device->boot_deadline));
	mutex_unlock(&device->lock);
	return deadline;
}

static bool kpu_engine_write(struct kpu_device *device)
{
	size_t left = device->staged - device->staged_taken;
	int taken = 0;

	if (!left)
		return false;
	mutex_lock(&device->line_lock);
	if (kpu_transport_booting(device->transport))
		device->staged = device->staged_taken = 0;
	else
		taken = device->transport->ops->write(device->transport,
						      device->staging + device->staged_taken, left);
	mutex_unlock(&device->line_lock);
	if (taken <= 0)
		return false;
	device->staged_taken += min_t(size_t, taken, left);
	return true;
}

/* What was to be sent at the old rate is lost; the new session makes up for it. */
static bool kpu_engine_switch_rate(struct kpu_device *device)
{
	u32 rate = device->rate_switch;
	int error = 0;

	if (!rate)
		return false;
	device->rate_switch = 0;
	device->staged = 0;
	device->staged_taken = 0;
	mutex_lock(&device->line_lock);
	if (kpu_transport_booting(device->transport))
		error = -EBUSY;
	else if (rate != atomic_read(&device->rate))
		error = device->transport->ops->set_rate(device->transport, rate);
	mutex_unlock(&device->line_lock);
	if (error)
		return false;
	mutex_lock(&device->lock);
	if (device->boot_phase != KPU_BOOT_RUNNING) {
		atomic_set(&device->rate, rate);
		kpu_session_set_rate(&device->session, rate);
		kpu_session_resync(&device->session, kpu_now_us());
	}
	mutex_unlock(&device->lock);
	return true;
}

static void kpu_engine_tell_transport(struct kpu_device *device)
{
	if (test_and_clear_bit(KPU_FLAG_BOOT_CHANGED, &device->flags) &&
	    device->transport->ops->boot_changed)
		device->transport->ops->boot_changed(device->transport);
}

/* Returns when it is to be called again. */
static u64 kpu_engine_notify(struct kpu_device *device)
{
	char state[32], reason[KPU_REASON_BYTES + 16];
	char *environment[3] = { state, reason };
	u64 now = kpu_now_us();

	if (!test_bit(KPU_FLAG_NOTIFY, &device->flags))
		return U64_MAX;
	if (now < device->notify_at)
		return device->notify_at;
	device->notify_at = now + KPU_NOTIFY_PAUSE_US;
	clear_bit(KPU_FLAG_NOTIFY, &device->flags);
	mutex_lock(&device->lock);
	snprintf(state, sizeof(state), "KPU_STATE=%s", kpu_state_name(device->state));
	snprintf(reason, sizeof(reason), "KPU_REASON=%s", device->reason);
	mutex_unlock(&device->lock);
	kobject_uevent_env(&device->dev.kobj, KOBJ_CHANGE, environment);
	sysfs_notify(&device->dev.kobj, NULL, "state");
	return U64_MAX;
}

static bool kpu_engine_has_work(struct kpu_device *device)
{
	return test_bit(KPU_FLAG_KICKED, &device->flags) || kthread_should_stop() ||
	       kthread_should_park();
}

static void kpu_engine_sleep(struct kpu_device *device, u64 deadline)
{
	u64 now = kpu_now_us(), left;

	if (device->staged != device->staged_taken)
		deadline = min(deadline, now + KPU_WRITE_RETRY_US);
	/* One second at most, so that a clock nobody thought of is never missed for long. */
	left = deadline <= now ? 0 : min_t(u64, deadline - now, USEC_PER_SEC);
	wait_event_interruptible_hrtimeout(device->wake, kpu_engine_has_work(device),
					   ns_to_ktime(left * NSEC_PER_USEC));
}

/* The host sleeps meanwhile. What was to be sent is lost; the new session makes up for it. */
static void kpu_engine_stand_still(struct kpu_device *device)
{
	/* What has come still counts. */
	while (kpu_engine_receive(device))
		;
	mutex_lock(&device->lock);
	kpu_power_asleep(device);
	mutex_unlock(&device->lock);
	kthread_parkme();
	device->staged = 0;
	device->staged_taken = 0;
	mutex_lock(&device->lock);
	kpu_power_awake(device);
	mutex_unlock(&device->lock);
}

static int kpu_engine_thread(void *data)
{
	struct kpu_device *device = data;
	u64 deadline;
	bool progress;

	set_user_nice(current, MIN_NICE);
	while (!kthread_should_stop()) {
		if (kthread_should_park())
			kpu_engine_stand_still(device);
		clear_bit(KPU_FLAG_KICKED, &device->flags);
		do {
			progress = kpu_engine_receive(device);
			deadline = kpu_engine_step(device);
			progress |= kpu_engine_write(device);
			if (device->transport->ops->exchange)
				progress |= device->transport->ops->exchange(device->transport,
									     &deadline);
			progress |= kpu_engine_switch_rate(device);
			kpu_engine_tell_transport(device);
			deadline = min(deadline, kpu_engine_notify(device));
			cond_resched();
		} while (progress && !kthread_should_stop() && !kthread_should_park());
		kpu_engine_sleep(device, deadline);
	}
	return 0;
}

static int kpu_engine_alloc(struct kpu_device *device)
{
	u32 rate = atomic_read(&device->rate);
	struct kpu_session_config config = {
		.role = KPU_SESSION_HOST,
		.max_payload = kpu_session_payload_for_rate(rate),
		.window = KPU_WIRE_WINDOW_MAX,
		.bytes_per_second = rate,
		/* New for each start: the board then frees what a former host left behind. */
		.identity = get_random_u64(),
		.silence_limit_us = KPU_SILENCE_LIMIT_US,
	};
	size_t memory = KPU_SESSION_MEMORY(KPU_WIRE_PAYLOAD_MAX, KPU_WIRE_WINDOW_MAX);
	int error;

	if (device->transport->max_payload)
		config.max_payload = min(config.max_payload, device->transport->max_payload);
	error = kfifo_alloc(&device->received, KPU_RECEIVE_QUEUE_BYTES, GFP_KERNEL);
	if (error)
		return error;
	device->session_memory = vzalloc(memory);
	device->chunk = kmalloc(KPU_CHUNK_BYTES, GFP_KERNEL);
	device->staging = kmalloc(KPU_CHUNK_BYTES, GFP_KERNEL);
	if (!device->session_memory || !device->chunk || !device->staging)
		return -ENOMEM;
	if (!kpu_session_init(&device->session, &config, &kpu_host_session_ops, &device->host,
			      device->session_memory, memory))
		return -EINVAL;
	kpu_host_init(&device->host, &device->session);
	kpu_recovery_init(device);
	return 0;
}

int kpu_engine_start(struct kpu_device *device)
{
	struct task_struct *thread;
	int error;

	error = kpu_engine_alloc(device);
	if (error)
		return error;
	kpu_session_start(&device->session, kpu_now_us());
	thread = kthread_run(kpu_engine_thread, device, "kpu%d", device->number);
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	device->thread = thread;
	return 0;
}

void kpu_engine_stop(struct kpu_device *device)
{
	mutex_lock(&device->thread_lock);
	if (device->thread)
		kthread_stop(device->thread);
	device->thread = NULL;
	mutex_unlock(&device->thread_lock);
}

void kpu_engine_park(struct kpu_device *device)
{
	mutex_lock(&device->thread_lock);
	if (device->thread && !device->parked)
		device->parked = !kthread_park(device->thread);
	mutex_unlock(&device->thread_lock);
}

void kpu_engine_unpark(struct kpu_device *device)
{
	mutex_lock(&device->thread_lock);
	if (device->thread && device->parked)
		kthread_unpark(device->thread);
	device->parked = false;
	mutex_unlock(&device->thread_lock);
}

void kpu_engine_free(struct kpu_device *device)
{
	kfree(device->staging);
	kfree(device->chunk);
	vfree(device->session_memory);
	kfifo_free(&device->received);
}
