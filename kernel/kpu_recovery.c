// SPDX-License-Identifier: GPL-2.0-only
// SPDX-FileCopyrightText: the kpu authors
/*
 * State of the board as users see it, and the way back when something is wrong. The ladder, with
 * its bounds in docs/uapi.md: the link retransmits; it starts the session again, at each rate that
 * the board may have; the holder of the line boots the board (kpu_boot.c), or, without one, a board
 * that still answers packets is told to reboot; then it is dead. A dead board that answers again is
 * taken back. All functions need the device's lock.
 */
#include <linux/ktime.h>

#include "kpu_internal.h"

#define KPU_COMMAND_TIMEOUT_US (3 * USEC_PER_SEC)
#define KPU_INFO_ATTEMPTS      3
/* Without a session for so long: the holder boots the board. Enough to try each rate twice. */
#define KPU_SILENCE_BOOT_US (5 * USEC_PER_SEC)
/* The same, but there is nobody who boots it, or it does not help. Longer than any board takes. */
#define KPU_SILENCE_DEAD_US (15 * USEC_PER_SEC)

/*
 * The same of a transport that keeps packets apart by itself: it has no rates to try. The board's
 * own watchdog and its boot from flash take less.
 */
#define KPU_SILENCE_BOOT_PACKETS_US (3 * USEC_PER_SEC)
#define KPU_SILENCE_DEAD_PACKETS_US (6 * USEC_PER_SEC)

/* A dead board that has a session is asked again so often. */
#define KPU_DEAD_RETRY_US (5 * USEC_PER_SEC)

/* Between two attempts to free models that nobody owns. */
#define KPU_RELEASE_PAUSE_US USEC_PER_SEC

/* A board that has acknowledged a REBOOT goes at the latest so much later. */
#define KPU_REBOOT_US (3 * USEC_PER_SEC)
/* It waits for its line to be idle: let it be. */
#define KPU_REBOOT_ASK_US (100 * USEC_PER_MSEC)

static const char *const kpu_state_names[] = {
	[KPU_DEVICE_STATE_CONNECTING] = "connecting", [KPU_DEVICE_STATE_READY] = "ready",
	[KPU_DEVICE_STATE_RECOVERING] = "recovering", [KPU_DEVICE_STATE_DEAD] = "dead",
	[KPU_DEVICE_STATE_BOOTING] = "booting",
};

const char *kpu_state_name(u32 state)
{
	return state < ARRAY_SIZE(kpu_state_names) ? kpu_state_names[state] : "unknown";
}

static void kpu_recovery_set_state(struct kpu_device *device, u32 state, const char *reason)
{
	if (device->gone)
		return;
	strscpy(device->reason, reason, sizeof(device->reason));
	if (*reason)
		strscpy(device->last_reason, reason, sizeof(device->last_reason));
	if (device->state == state)
		return;
	WRITE_ONCE(device->state, state);
	dev_info_ratelimited(&device->dev, "%s%s%s\n", kpu_state_name(state), *reason ? ": " : "",
			     reason);
	set_bit(KPU_FLAG_NOTIFY, &device->flags);
	kpu_engine_kick(device);
}

void kpu_recovery_die(struct kpu_device *device, u16 status, const char *reason)
{
	if (device->state == KPU_DEVICE_STATE_DEAD)
		return;
	device->dead_status = status;
	device->counters.deaths++;
	device->retry_at = kpu_now_us() + KPU_DEAD_RETRY_US;
	kpu_recovery_set_state(device, KPU_DEVICE_STATE_DEAD, reason);
	kpu_scheduler_fail_queued(device, status);
	kpu_host_fail_all(&device->host, status);
}

/* The next step of the ladder is the last one that there is a way to take. */
static void kpu_recovery_boot_or_die(struct kpu_device *device, u32 boot_reason, u16 status,
				     const char *reason)
{
	if (!kpu_boot_ask(device, boot_reason, reason)) {
		kpu_recovery_die(device, status, reason);
		return;
	}
	if (device->state == KPU_DEVICE_STATE_READY)
		kpu_recovery_set_state(device, KPU_DEVICE_STATE_RECOVERING, reason);
}

void kpu_recovery_protocol_error(struct kpu_device *device, const char *what)
{
	device->counters.protocol_errors++;
	dev_warn_ratelimited(&device->dev, "protocol error: %s\n", what);
}

void kpu_recovery_ready(struct kpu_device *device)
{
	kpu_recovery_set_state(device, KPU_DEVICE_STATE_READY, "");
	kpu_boot_board_ready(device);
	kpu_recovery_release_strays(device);
}

static void kpu_recovery_take_info(struct kpu_device *device, const struct kpu_board_info *info)
{
	u64 now = kpu_now_us();

	/* Still the life that is about to end: nobody may hear when that happens, so ask again. */
	if (now < device->reboot_until) {
		device->ask_at = now + KPU_REBOOT_ASK_US;
		return;
	}
	device->info = *info;
	kpu_sanitise(device->info.name, sizeof(device->info.name), info->name, sizeof(info->name));
	device->info.max_runs_in_flight =
		clamp_t(u16, info->max_runs_in_flight, 1, KPU_WIRE_BULK_REQUESTS_MAX);
	device->info_valid = true;
	if (!kpu_rate_adjust(device))
		kpu_recovery_ready(device);
}

static void kpu_recovery_ask_info(struct kpu_device *device);

static void kpu_recovery_info_done(struct kpu_transaction *transaction)
{
	struct kpu_device *device = transaction->owner;
	struct kpu_board_info info = {};

	device->info_pending = false;
	if (device->gone)
		return;
	if (transaction->status == KPU_STATUS_BOARD_RESET)
		return; /* session_up() asks again */
	if (transaction->status == KPU_STATUS_OK &&
	    kpu_decode_board_info(transaction->results, transaction->result_length, &info)) {
		kpu_recovery_take_info(device, &info);
		return;
	}
	if (transaction->status == KPU_STATUS_OK)
		kpu_recovery_protocol_error(device, "bad reply to INFO");
	/* Ended by the death of the device itself: session_up() asks again. */
	if (device->state == KPU_DEVICE_STATE_DEAD)
		return;
	if (++device->info_attempts < KPU_INFO_ATTEMPTS)
		kpu_recovery_ask_info(device);
	else
		kpu_recovery_boot_or_die(device, KPU_BOOT_REASON_STUCK, KPU_STATUS_PROTOCOL,
					 "board does not tell what it is");
}

static void kpu_recovery_ask_info(struct kpu_device *device)
{
	struct kpu_transaction *info = &device->info_transaction;

	if (device->info_pending)
		return;
	device->ask_at = U64_MAX;
	memset(info, 0, sizeof(*info));
	info->opcode = KPU_OP_INFO;
	info->timeout_us = KPU_COMMAND_TIMEOUT_US;
	info->complete = kpu_recovery_info_done;
	info->owner = device;
	device->info_pending = true;
	kpu_host_submit(&device->host, info, kpu_now_us());
	kpu_engine_kick(device);
}

static void kpu_recovery_service_done(struct kpu_transaction *transaction)
{
	struct kpu_device *device = transaction->owner;

	device->service_pending = false;
	if (device->gone)
		return;
	if (transaction->opcode == KPU_OP_RELEASE_ALL) {
		/* Whatever went wrong, it may not have happened. */
		if (transaction->status != KPU_STATUS_OK)
			device->stray_model = true;
		return;
	}
	if (transaction->opcode == KPU_OP_REBOOT && transaction->status == KPU_STATUS_OK) {
		device->reboot_until = kpu_now_us() + KPU_REBOOT_US;
		if (device->session.state == KPU_SESSION_ESTABLISHED)
			kpu_session_resync(&device->session, kpu_now_us());
	}
	if (transaction->status == KPU_STATUS_TIMEOUT)
		kpu_recovery_boot_or_die(device, KPU_BOOT_REASON_STUCK, KPU_STATUS_TIMEOUT,
					 "board does not answer commands");
}

/* A command of our own without arguments; at most one at a time. */
static bool kpu_recovery_service(struct kpu_device *device, u16 opcode)
{
	struct kpu_transaction *service = &device->service_transaction;

	if (device->service_pending || device->gone)
		return false;
	memset(service, 0, sizeof(*service));
	service->opcode = opcode;
	service->timeout_us = KPU_COMMAND_TIMEOUT_US;
	service->complete = kpu_recovery_service_done;
	service->owner = device;
	device->service_pending = true;
	kpu_host_submit(&device->host, service, kpu_now_us());
	kpu_engine_kick(device);
	return true;
}

void kpu_recovery_release_strays(struct kpu_device *device)
{
	u64 now = kpu_now_us();

	if (!device->stray_model || device->models_on_board || device->loads ||
	    device->state != KPU_DEVICE_STATE_READY || now < device->release_at)
		return;
	device->release_at = now + KPU_RELEASE_PAUSE_US;
	if (kpu_recovery_service(device, KPU_OP_RELEASE_ALL))
		device->stray_model = false;
}

void kpu_recovery_board_stuck(struct kpu_device *device, const char *why)
{
	if (device->gone || device->state != KPU_DEVICE_STATE_READY)
		return;
	kpu_recovery_set_state(device, KPU_DEVICE_STATE_RECOVERING, why);
	if (kpu_boot_ask(device, KPU_BOOT_REASON_STUCK, why))
		return;
	device->lost_at = kpu_now_us();
	if (!kpu_recovery_service(device, KPU_OP_REBOOT))
		kpu_recovery_die(device, KPU_STATUS_TIMEOUT, why);
}

/* It has been told to, or is about to be. */
static bool kpu_recovery_reboots(const struct kpu_device *device)
{
	return kpu_now_us() < device->reboot_until ||
	       (device->service_pending && device->service_transaction.opcode == KPU_OP_REBOOT);
}

int kpu_recovery_reset(struct kpu_device *device)
{
	const char *why = "reset asked for";

	if (device->gone)
		return -ENODEV;
	if (device->boot_phase == KPU_BOOT_RUNNING || kpu_recovery_reboots(device))
		return -EBUSY;
	kpu_boot_new_chance(device);
	if (!kpu_boot_ask(device, KPU_BOOT_REASON_REQUEST, why)) {
		if (device->session.state != KPU_SESSION_ESTABLISHED ||
		    !kpu_recovery_service(device, KPU_OP_REBOOT))
			return -EIO;
		device->lost_at = kpu_now_us();
	}
	if (device->state != KPU_DEVICE_STATE_DEAD)
		kpu_recovery_set_state(device, KPU_DEVICE_STATE_RECOVERING, why);
	return 0;
}

/* The board has started anew: everything it knew of us is gone. */
static void kpu_recovery_forget_board(struct kpu_device *device)
{
	device->generation++;
	device->models_on_board = 0;
	device->stray_model = false;
	device->info_valid = false;
	device->reboot_until = 0;
	kpu_scheduler_fail_queued(device, KPU_STATUS_BOARD_RESET);
}

void kpu_recovery_booting(struct kpu_device *device, const char *reason)
{
	kpu_recovery_set_state(device, KPU_DEVICE_STATE_BOOTING, reason);
	device->lost_at = 0;
	kpu_recovery_forget_board(device);
	kpu_host_expect_reset(&device->host);
	kpu_session_stop(&device->session);
	kpu_rate_stop(device);
	device->after_boot = true;
}

void kpu_recovery_booted(struct kpu_device *device)
{
	kpu_recovery_set_state(device, KPU_DEVICE_STATE_CONNECTING, "waiting for the firmware");
	device->lost_at = kpu_now_us();
}

void kpu_recovery_host_awake(struct kpu_device *device)
{
	u64 now = kpu_now_us();

	if (device->boot_phase == KPU_BOOT_RUNNING)
		return;
	if (device->state == KPU_DEVICE_STATE_READY)
		kpu_recovery_set_state(device, KPU_DEVICE_STATE_RECOVERING, "the host has slept");
	kpu_session_resync(&device->session, now);
	if (device->state == KPU_DEVICE_STATE_DEAD)
		device->retry_at = now;
	else
		device->lost_at = now;
}

static void kpu_recovery_session_up(void *context, bool kept)
{
	struct kpu_device *device = context;

	if (device->after_boot) {
		device->counters.board_resets += device->had_session;
		device->had_session = true;
		device->after_boot = false;
		/* It has not been reset after all. */
		device->stray_model = kept;
	} else if (!device->had_session) {
		device->had_session = true;
	} else if (kept) {
		/* A change of the rate is no trouble. */
		if (device->loss != KPU_LOSS_RESYNC)
			device->counters.session_restarts++;
	} else {
		device->counters.board_resets++;
		kpu_recovery_forget_board(device);
	}
	device->lost_at = 0;
	device->info_attempts = 0;
	kpu_rate_session_up(device);
	/* Also when it is known: an answer to a command shows that the board is really back. */
	kpu_recovery_ask_info(device);
}

static const char *kpu_recovery_loss_text(enum kpu_session_loss loss)
{
	switch (loss) {
	case KPU_LOSS_SILENT:
		return "board is silent";
	case KPU_LOSS_PEER_RESET:
		return "board was reset";
	case KPU_LOSS_PEER_RESTART:
		return "board has lost the session";
	case KPU_LOSS_VERSION:
		return "no common protocol version";
	default:
		return "session starts again";
	}
}

static void kpu_recovery_session_down(void *context, enum kpu_session_loss loss)
{
	struct kpu_device *device = context;

	device->loss = loss;
	if (loss == KPU_LOSS_VERSION) {
		kpu_recovery_boot_or_die(device, KPU_BOOT_REASON_VERSION,
					 KPU_STATUS_VERSION_MISMATCH, kpu_recovery_loss_text(loss));
		return;
	}
	if (loss != KPU_LOSS_RESYNC)
		device->counters.resyncs++;
	device->lost_at = kpu_now_us();
	kpu_rate_session_down(device);
	if (device->state == KPU_DEVICE_STATE_READY)
		kpu_recovery_set_state(device, KPU_DEVICE_STATE_RECOVERING,
				       kpu_recovery_loss_text(loss));
}

static void kpu_recovery_event(void *context, u16 code, const u8 *data, size_t length)
{
	struct kpu_device *device = context;
	char text[128];

	if (code != KPU_EVENT_LOG)
		return;
	kpu_sanitise(text, sizeof(text), (const char *)data, length);
	dev_info_ratelimited(&device->dev, "board: %s\n", text);
}

void kpu_recovery_init(struct kpu_device *device)
{
	device->host.session_up = kpu_recovery_session_up;
	device->host.session_down = kpu_recovery_session_down;
	device->host.event = kpu_recovery_event;
	device->host.context = device;
	device->state = KPU_DEVICE_STATE_CONNECTING;
	device->lost_at = kpu_now_us();
	device->ask_at = U64_MAX;
	kpu_rate_init(device);
}

/*
 * Rubbish on an idle line may be a board that has restarted at another rate. Whether it is still
 * the one we know shows when it is asked.
 */
static void kpu_recovery_notice_rubbish(struct kpu_device *device, u64 now)
{
	const struct kpu_link_counters *counters = &device->session.counters;
	u32 errors = counters->header_crc_errors + counters->frame_errors;

	if (errors == device->errors_seen || now < device->errors_ask_at)
		return;
	device->errors_seen = errors;
	device->errors_ask_at = now + USEC_PER_SEC;
	if (device->state == KPU_DEVICE_STATE_READY && kpu_host_idle(&device->host))
		kpu_recovery_ask_info(device);
}

static u64 kpu_recovery_silence(const struct kpu_device *device)
{
	bool boot = kpu_boot_possible(device);

	if (device->transport->ops->exchange)
		return boot ? KPU_SILENCE_BOOT_PACKETS_US : KPU_SILENCE_DEAD_PACKETS_US;
	return boot ? KPU_SILENCE_BOOT_US : KPU_SILENCE_DEAD_US;
}

/* When the next step of the ladder is due. */
static u64 kpu_recovery_trouble_at(const struct kpu_device *device)
{
	if (device->state == KPU_DEVICE_STATE_DEAD)
		return device->retry_at;
	if (!device->lost_at || device->boot_phase != KPU_BOOT_NONE)
		return U64_MAX;
	return device->lost_at + kpu_recovery_silence(device);
}

void kpu_recovery_poll(struct kpu_device *device, u64 now)
{
	kpu_recovery_notice_rubbish(device, now);
	kpu_recovery_release_strays(device);
	if (device->ask_at <= now)
		kpu_recovery_ask_info(device);
	if (kpu_recovery_trouble_at(device) > now)
		return;
	if (device->state != KPU_DEVICE_STATE_DEAD) {
		kpu_recovery_boot_or_die(device, KPU_BOOT_REASON_SILENT, KPU_STATUS_TIMEOUT,
					 "board is silent");
		return;
	}
	device->retry_at = now + KPU_DEAD_RETRY_US;
	/*
	 * Leads to INFO. A new session, because the board shall forget what it got half of when all
	 * requests ended here, and because one that had no common version may have another by now.
	 */
	if (device->session.state != KPU_SESSION_SYNCING && device->boot_phase != KPU_BOOT_RUNNING)
		kpu_session_resync(&device->session, now);
}

u64 kpu_recovery_deadline(const struct kpu_device *device)
{
	return min(device->ask_at, kpu_recovery_trouble_at(device));
}
