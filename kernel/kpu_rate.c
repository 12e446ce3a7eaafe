// SPDX-License-Identifier: GPL-2.0-only
// SPDX-FileCopyrightText: the kpu authors
/*
 * Rate of the line. A board starts at KPU_BOOT_BAUD and keeps a raised rate only until it restarts.
 * So without a session all rates that it may have are tried in turn: that of the boot, the wanted
 * one, the last one that worked, and the last one it was asked for, whose answer may have been
 * lost. A board found at another rate than the wanted one is asked to change. Errors at a raised
 * rate lower the wanted one step by step, and the driver does not go above it again. All functions
 * need the device's lock; the engine makes the change itself, without it.
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

/*
 * Errors are looked at in windows of at least this time and number of packets. When one packet in
 * eight was damaged in three windows in a row, a lower rate carries more: the link then sends small
 * fragments, and many of them twice.
 */
#define KPU_RATE_WINDOW_US      USEC_PER_SEC
#define KPU_RATE_WINDOW_PACKETS 32
#define KPU_RATE_BAD_SHARE      8
#define KPU_RATE_BAD_WINDOWS    3
/* For the runs on the board to end before the rate is lowered, so that no result is lost. */
#define KPU_RATE_DRAIN_US (3 * USEC_PER_SEC)

/* Bytes per second; all of them can be set at all bridges and UARTs that reach them. */
static const u32 kpu_rate_steps[] = { 300000, 200000, 150000, 100000, 92160, 46080, 23040 };

static bool kpu_rate_fixed(const struct kpu_device *device)
{
	return !device->transport->ops->set_rate || !device->rate_wanted;
}

void kpu_rate_init(struct kpu_device *device)
{
	device->rate_wanted = atomic_read(&device->rate);
	device->rate_due = kpu_now_us() + KPU_RATE_TRY_US;
}

void kpu_rate_session_up(struct kpu_device *device)
{
	device->rate_due = U64_MAX;
	device->rate_last = atomic_read(&device->rate);
}

void kpu_rate_session_down(struct kpu_device *device)
{
	device->rate_next = 0;
	device->rate_due = kpu_now_us() + KPU_RATE_TRY_US;
	device->rate_drain_until = 0;
}

void kpu_rate_stop(struct kpu_device *device)
{
	device->rate_next = 0;
	device->rate_due = U64_MAX;
	device->rate_drain_until = 0;
}

void kpu_rate_want(struct kpu_device *device, u32 rate)
{
	if (rate && device->rate_ceiling)
		rate = min(rate, device->rate_ceiling);
	if (rate)
		WRITE_ONCE(device->rate_wanted, rate);
}

/* The board has agreed: the line follows when it has switched. */
static void kpu_rate_follow(struct kpu_device *device, u32 agreed)
{
	device->rate_wanted = agreed;
	device->rate_next = agreed;
	device->rate_due = kpu_now_us() + KPU_RATE_SETTLE_US;
	kpu_engine_kick(device);
}

/*
 * No answer, or that to the request's repetition in another session: where the board is now shows
 * in the next session, which leads here again by way of INFO.
 */
static void kpu_rate_unknown(struct kpu_device *device)
{
	if (device->session.state == KPU_SESSION_ESTABLISHED)
		kpu_session_resync(&device->session, kpu_now_us());
}

static void kpu_rate_done(struct kpu_transaction *transaction)
{
	struct kpu_device *device = transaction->owner;
	u32 agreed = 0;

	device->rate_pending = false;
	if (device->gone || device->state == KPU_DEVICE_STATE_DEAD ||
	    transaction->status == KPU_STATUS_BOARD_RESET)
		return;
	if (device->rate_syncs != device->session.counters.syncs ||
	    transaction->status == KPU_STATUS_TIMEOUT || transaction->status == KPU_STATUS_BUSY ||
	    transaction->status == KPU_STATUS_RESULT_LOST) {
		kpu_rate_unknown(device);
		return;
	}
	if (transaction->status == KPU_STATUS_OK && transaction->result_length >= 4)
		agreed = kpu_get_u32(transaction->results) / 10;
	if (agreed >= KPU_RATE_BOOT && agreed <= device->rate_wanted &&
	    agreed != atomic_read(&device->rate)) {
		kpu_rate_follow(device, agreed);
		return;
	}
	/* It cannot: stay where it works. */
	device->rate_wanted = atomic_read(&device->rate);
	kpu_recovery_ready(device);
}

bool kpu_rate_adjust(struct kpu_device *device)
{
	struct kpu_transaction *change = &device->rate_transaction;
	u32 wanted = device->rate_wanted;

	if (device->rate_pending)
		return true;
	if (kpu_rate_fixed(device) || atomic_read(&device->rate) == wanted) {
		device->rate_attempts = 0;
		return false;
	}
	if (device->rate_attempts++ >= KPU_RATE_ATTEMPTS) {
		dev_warn(&device->dev, "the line does not work at %u baud\n", wanted * 10);
		device->rate_wanted = atomic_read(&device->rate);
		device->rate_attempts = 0;
		return false;
	}
	device->rate_asked = wanted;
	device->rate_syncs = device->session.counters.syncs;
	memset(change, 0, sizeof(*change));
	change->opcode = KPU_OP_SET_RATE;
	kpu_put_u32(change->arguments, wanted * 10);
	change->argument_length = 4;
	change->timeout_us = 3 * USEC_PER_SEC;
	change->complete = kpu_rate_done;
	change->owner = device;
	device->rate_pending = true;
	kpu_host_submit(&device->host, change, kpu_now_us());
	kpu_engine_kick(device);
	return true;
}

/* --- errors at a raised rate ------------------------------------------------------------------ */

static u32 kpu_rate_below(u32 rate)
{
	size_t i;

	/* A small step would not help. */
	for (i = 0; i < ARRAY_SIZE(kpu_rate_steps); i++) {
		if (kpu_rate_steps[i] <= rate / 3 * 2)
			return kpu_rate_steps[i];
	}
	return KPU_RATE_BOOT;
}

static void kpu_rate_lower(struct kpu_device *device, u64 now)
{
	u32 lower = kpu_rate_below(atomic_read(&device->rate));

	if (!device->rate_ceiling)
		dev_warn(&device->dev, "errors on the line: %u baud instead of %u from now on\n",
			 lower * 10, atomic_read(&device->rate) * 10);
	device->rate_ceiling = lower;
	device->rate_wanted = lower;
	device->rate_attempts = 0;
	device->rate_bad_windows = 0;
	device->rate_drain_until = now + KPU_RATE_DRAIN_US;
	device->counters.rate_fallbacks++;
}

static void kpu_rate_look_at_window(struct kpu_device *device, u64 now)
{
	const struct kpu_link_counters *counters = &device->session.counters;
	u32 damaged =
		counters->header_crc_errors + counters->payload_crc_errors + counters->frame_errors;
	/* What the board complained of: what was sent again only because it is slow is no error. */
	u32 errors = damaged + counters->naks_received;
	u32 packets = damaged + counters->packets_received + counters->packets_sent -
		      counters->retransmitted;
	u32 new_errors = errors - device->rate_seen_errors;
	u32 new_packets = packets - device->rate_seen_packets;

	if (now < device->rate_window_end || new_packets < KPU_RATE_WINDOW_PACKETS)
		return;
	device->rate_seen_errors = errors;
	device->rate_seen_packets = packets;
	device->rate_window_end = now + KPU_RATE_WINDOW_US;
	if (new_errors < new_packets / KPU_RATE_BAD_SHARE)
		device->rate_bad_windows = 0;
	else if (++device->rate_bad_windows >= KPU_RATE_BAD_WINDOWS)
		kpu_rate_lower(device, now);
}

void kpu_rate_watch(struct kpu_device *device, u64 now)
{
	if (device->state != KPU_DEVICE_STATE_READY || kpu_rate_fixed(device) ||
	    device->rate_pending || atomic_read(&device->rate) <= KPU_RATE_BOOT)
		return;
	if (!device->rate_drain_until) {
		kpu_rate_look_at_window(device, now);
		return;
	}
	if ((device->runs_on_board || device->loads) && now < device->rate_drain_until)
		return;
	device->rate_drain_until = 0;
	kpu_rate_adjust(device);
}

/* --- the line --------------------------------------------------------------------------------- */

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

static u32 kpu_rate_next_to_try(struct kpu_device *device)
{
	const u32 candidates[] = {
		KPU_RATE_BOOT,
		device->rate_wanted,
		device->rate_last,
		device->rate_asked,
	};
	u32 rate = atomic_read(&device->rate);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(candidates); i++) {
		device->rate_candidate = (device->rate_candidate + 1) % ARRAY_SIZE(candidates);
		if (candidates[device->rate_candidate] &&
		    candidates[device->rate_candidate] != rate)
			return candidates[device->rate_candidate];
	}
	return 0;
}

u32 kpu_rate_poll(struct kpu_device *device, u64 now)
{
	u32 next = device->rate_next;

	if (now < device->rate_due)
		return 0;
	device->rate_next = 0;
	device->rate_due = now + KPU_RATE_TRY_US;
	if (!device->transport->ops->set_rate)
		return 0;
	/* Also if it is the one that the line has: a new session begins. */
	if (next)
		return next;
	return kpu_rate_fixed(device) ? 0 : kpu_rate_next_to_try(device);
}
