// SPDX-License-Identifier: GPL-2.0-only
// SPDX-FileCopyrightText: the kpu authors
/*
 * The step of the recovery ladder that needs a program: the holder of the transport starts the
 * board anew through its mask ROM, over the line that the driver leaves to it meanwhile. The driver
 * asks, waits for a bounded time, and believes nothing: whether the board runs is shown by the
 * session that follows.
 */
#include <linux/export.h>

#include "kpu_internal.h"

/* Boots in a row after which the board was not ready; more are of no use. */
#define KPU_BOOT_ATTEMPTS 2

static void kpu_boot_set_phase(struct kpu_device *device, enum kpu_boot_phase phase, u32 limit_ms)
{
	WRITE_ONCE(device->boot_phase, phase);
	device->boot_deadline =
		phase == KPU_BOOT_NONE ? U64_MAX : kpu_now_us() + (u64)limit_ms * USEC_PER_MSEC;
	set_bit(KPU_FLAG_BOOT_CHANGED, &device->flags);
	kpu_engine_kick(device);
}

bool kpu_boot_possible(const struct kpu_device *device)
{
	return device->can_boot && !device->gone && device->boot_attempts < KPU_BOOT_ATTEMPTS;
}

bool kpu_boot_ask(struct kpu_device *device, u32 reason, const char *why)
{
	if (device->boot_phase != KPU_BOOT_NONE)
		return true;
	if (!kpu_boot_possible(device))
		return false;
	device->boot_attempts++;
	device->boot_reason = reason;
	strscpy(device->boot_text, why, sizeof(device->boot_text));
	device->counters.boots_asked++;
	kpu_boot_set_phase(device, KPU_BOOT_WANTED, KPU_BOOT_BEGIN_MS);
	return true;
}

void kpu_boot_new_chance(struct kpu_device *device)
{
	device->boot_attempts = 0;
}

void kpu_boot_board_ready(struct kpu_device *device)
{
	device->boot_attempts = 0;
	/* It has come back by itself. */
	if (device->boot_phase == KPU_BOOT_WANTED && device->boot_reason == KPU_BOOT_REASON_SILENT)
		kpu_boot_set_phase(device, KPU_BOOT_NONE, 0);
}

void kpu_boot_poll(struct kpu_device *device, u64 now)
{
	bool running = device->boot_phase == KPU_BOOT_RUNNING;

	if (now < device->boot_deadline)
		return;
	kpu_boot_set_phase(device, KPU_BOOT_NONE, 0);
	device->counters.boots_failed++;
	kpu_recovery_die(device, KPU_STATUS_TIMEOUT,
			 running ? "booting the board took too long"
				 : "the program that attached the board does not boot it");
	/* The board may answer all the same. */
	if (running)
		kpu_rate_restart(device);
}

/* The holder has stood still so long. */
void kpu_boot_postpone(struct kpu_device *device, u64 microseconds)
{
	if (device->boot_phase != KPU_BOOT_NONE)
		device->boot_deadline += microseconds;
	kpu_boot_new_chance(device);
}

void kpu_transport_can_boot(struct kpu_transport *transport, bool can)
{
	struct kpu_device *device = transport->device;

	mutex_lock(&device->lock);
	device->can_boot = can;
	device->boot_attempts = 0;
	mutex_unlock(&device->lock);
	kpu_engine_kick(device);
}
EXPORT_SYMBOL_GPL(kpu_transport_can_boot);

bool kpu_transport_boot_wanted(const struct kpu_transport *transport)
{
	return READ_ONCE(transport->device->boot_phase) == KPU_BOOT_WANTED;
}
EXPORT_SYMBOL_GPL(kpu_transport_boot_wanted);

bool kpu_transport_booting(const struct kpu_transport *transport)
{
	return READ_ONCE(transport->device->boot_phase) == KPU_BOOT_RUNNING;
}
EXPORT_SYMBOL_GPL(kpu_transport_booting);

/* The board and all that it knows of us are given up now, not when it comes back. Locked. */
static void kpu_boot_begin(struct kpu_device *device, struct kpu_tty_boot_request *request)
{
	bool asked = device->boot_phase == KPU_BOOT_WANTED;

	request->reason = asked ? device->boot_reason : KPU_BOOT_REASON_HOLDER;
	request->baud = atomic_read(&device->rate) * 10;
	strscpy(request->reason_text, asked ? device->boot_text : "asked for by the holder",
		sizeof(request->reason_text));
	kpu_boot_set_phase(device, KPU_BOOT_RUNNING, KPU_BOOT_END_MS);
	kpu_recovery_booting(device, request->reason_text);
}

int kpu_transport_boot_begin(struct kpu_transport *transport, struct kpu_tty_boot_request *request)
{
	struct kpu_device *device = transport->device;
	int error = 0;

	mutex_lock(&device->lock);
	if (device->gone)
		error = -ENODEV;
	else if (device->boot_phase == KPU_BOOT_RUNNING)
		error = -EALREADY;
	else
		kpu_boot_begin(device, request);
	mutex_unlock(&device->lock);
	if (error)
		return error;
	/* The engine may be in the middle of a write; from here on it leaves the line alone. */
	mutex_lock(&device->line_lock);
	mutex_unlock(&device->line_lock);
	return 0;
}
EXPORT_SYMBOL_GPL(kpu_transport_boot_begin);

int kpu_transport_boot_end(struct kpu_transport *transport,
			   const struct kpu_tty_boot_result *result)
{
	struct kpu_device *device = transport->device;
	u16 status = kpu_status_known(min_t(u32, result->status, U16_MAX));
	char reason[KPU_REASON_BYTES];
	int error = 0;

	kpu_sanitise(reason, sizeof(reason), result->reason, sizeof(result->reason));
	mutex_lock(&device->lock);
	if (device->gone) {
		error = -ENODEV;
	} else if (device->boot_phase != KPU_BOOT_RUNNING) {
		error = -ECANCELED;
	} else {
		kpu_boot_set_phase(device, KPU_BOOT_NONE, 0);
		kpu_rate_want(device, result->baud / 10);
		if (result->status) {
			device->counters.boots_failed++;
			kpu_recovery_die(device, status,
					 *reason ? reason : "the board could not be booted");
		} else {
			device->counters.boots_done++;
			kpu_recovery_booted(device);
		}
		kpu_rate_restart(device);
	}
	mutex_unlock(&device->lock);
	return error;
}
EXPORT_SYMBOL_GPL(kpu_transport_boot_end);
