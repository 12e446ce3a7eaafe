// SPDX-License-Identifier: GPL-2.0-only
// SPDX-FileCopyrightText: the kpu authors
/*
 * The board's flash, a piece at a time. The board works on one piece of all clients and answers
 * other commands meanwhile; the pieces of several threads take turns here.
 */
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/slab.h>

#include "kpu_internal.h"
#include "link/bytes.h"

/* A piece erased sector by sector at 400 ms each, and patience with the line's other users. */
#define KPU_FLASH_MARGIN_MS 30000u
#define KPU_FLASH_MOST_MS   (3600u * 1000)
/* Of CHECK: slower than any clock that the chips are read at. */
#define KPU_FLASH_BYTES_PER_MS 500u

static_assert(KPU_FLASH_BYTES_MAX == KPU_FLASH_PIECE_MAX);

struct kpu_flash_work {
	struct kpu_device *device;
	struct kpu_transaction transaction;
	struct kpu_buffer *buffer;
	struct list_head link; /* device->flash_turns: the first one has its turn */
	bool turn, done;       /* set locked */
};

static u16 kpu_flash_opcode(u32 operation)
{
	switch (operation) {
	case KPU_FLASH_INFO:
		return KPU_OP_FLASH_INFO;
	case KPU_FLASH_READ:
		return KPU_OP_FLASH_READ;
	case KPU_FLASH_WRITE:
		return KPU_OP_FLASH_WRITE;
	case KPU_FLASH_ERASE:
		return KPU_OP_FLASH_ERASE;
	case KPU_FLASH_CHECK:
		return KPU_OP_FLASH_CHECK;
	default:
		return 0;
	}
}

static bool kpu_flash_request_valid(const struct kpu_ioctl_flash *request)
{
	u32 operation = request->operation;

	if (!kpu_flash_opcode(operation) || request->flags || request->reserved)
		return false;
	if (operation == KPU_FLASH_INFO)
		return !request->address && !request->size;
	if (!request->size || request->size > U32_MAX - request->address)
		return false;
	return operation == KPU_FLASH_CHECK || request->size <= KPU_FLASH_BYTES_MAX;
}

static void kpu_flash_done(struct kpu_transaction *transaction)
{
	struct kpu_flash_work *work = transaction->owner;

	WRITE_ONCE(work->done, true);
	wake_up_all(&work->device->ended);
}

/* Locked. */
static void kpu_flash_next_turn(struct kpu_device *device)
{
	struct kpu_flash_work *next =
		list_first_entry_or_null(&device->flash_turns, struct kpu_flash_work, link);

	if (!next)
		return;
	WRITE_ONCE(next->turn, true);
	wake_up_all(&device->ended);
}

static void kpu_flash_leave(struct kpu_device *device, struct kpu_flash_work *work)
{
	mutex_lock(&device->lock);
	list_del(&work->link);
	kpu_flash_next_turn(device);
	mutex_unlock(&device->lock);
}

/* Returns what is left of @limit. Without one it ends, too: those before have time-outs. */
static long kpu_flash_enter(struct kpu_device *device, struct kpu_flash_work *work, long limit)
{
	long left;

	mutex_lock(&device->lock);
	list_add_tail(&work->link, &device->flash_turns);
	kpu_flash_next_turn(device);
	mutex_unlock(&device->lock);
	left = kpu_sleep_until(device->ended, READ_ONCE(work->turn), limit, TASK_KILLABLE);
	if (left > 0)
		return left;
	kpu_flash_leave(device, work);
	return left ? -EINTR : -EBUSY;
}

/* For a caller who names no limit. */
static unsigned int kpu_flash_timeout_ms(struct kpu_device *device,
					 const struct kpu_ioctl_flash *request)
{
	u32 rate = atomic_read(&device->rate);
	u64 ms = KPU_FLASH_MARGIN_MS + request->size / KPU_FLASH_BYTES_PER_MS;

	if (request->operation != KPU_FLASH_CHECK)
		ms += div_u64(5000ull * request->size, rate ? rate : KPU_BOOT_BAUD / 10);
	return ms;
}

static int kpu_flash_prepare(struct kpu_client *client, struct kpu_flash_work *work,
			     const struct kpu_ioctl_flash *request)
{
	struct kpu_transaction *transaction = &work->transaction;
	struct kpu_flash_range range = { .address = request->address, .length = request->size };
	bool reads = request->operation == KPU_FLASH_READ;

	transaction->opcode = kpu_flash_opcode(request->operation);
	transaction->complete = kpu_flash_done;
	transaction->owner = work;
	if (request->operation != KPU_FLASH_INFO)
		transaction->argument_length =
			kpu_encode_flash_range(transaction->arguments, &range);
	if (!reads && request->operation != KPU_FLASH_WRITE)
		return 0;
	work->buffer = kpu_buffer_get(client, request->buffer, request->offset, request->size);
	if (IS_ERR(work->buffer)) {
		int error = PTR_ERR(work->buffer);

		work->buffer = NULL;
		return error;
	}
	if (reads) {
		transaction->bulk_in = work->buffer->address + request->offset;
		transaction->bulk_in_limit = request->size;
		transaction->repeatable = true;
	} else {
		transaction->bulk_out = work->buffer->address + request->offset;
		transaction->bulk_out_length = request->size;
	}
	return 0;
}

/* After this nothing of the transaction is in use any more. */
static int kpu_flash_run(struct kpu_device *device, struct kpu_flash_work *work,
			 unsigned int timeout_ms, u32 *status)
{
	long left;
	int error;

	work->transaction.timeout_us = min_t(u64, (u64)timeout_ms * 1000, U32_MAX);
	mutex_lock(&device->lock);
	error = kpu_device_usable(device);
	if (error)
		*status = device->gone ? KPU_STATUS_DEVICE_GONE : device->dead_status;
	else
		kpu_host_submit(&device->host, &work->transaction, kpu_now_us());
	mutex_unlock(&device->lock);
	if (error)
		return error;
	kpu_engine_kick(device);
	left = kpu_sleep_until(device->ended, READ_ONCE(work->done),
			       msecs_to_jiffies(timeout_ms + 500), TASK_KILLABLE);
	mutex_lock(&device->lock);
	if (!work->done)
		kpu_host_abandon(&device->host, &work->transaction,
				 left < 0 ? KPU_STATUS_CANCELLED : KPU_STATUS_TIMEOUT);
	mutex_unlock(&device->lock);
	*status = kpu_status_known(work->transaction.status);
	return left == -ERESTARTSYS ? -EINTR : kpu_status_errno(*status);
}

static bool kpu_flash_take_result(const struct kpu_transaction *transaction,
				  struct kpu_ioctl_flash *request)
{
	struct kpu_flash_chip chip = {};

	switch (request->operation) {
	case KPU_FLASH_INFO:
		if (!kpu_decode_flash_chip(transaction->results, transaction->result_length, &chip))
			return false;
		request->jedec_id = chip.jedec_id;
		request->chip_bytes = chip.size;
		request->unique_id = chip.unique_id;
		request->erase_bytes = chip.erase_bytes;
		request->program_bytes = chip.program_bytes;
		request->clock_hz = chip.clock_hz;
		return true;
	case KPU_FLASH_CHECK:
		if (transaction->result_length < 4)
			return false;
		request->crc32 = kpu_get_u32(transaction->results);
		return true;
	case KPU_FLASH_READ:
		return transaction->bulk_in_length == request->size;
	default:
		return true;
	}
}

static int kpu_flash_work(struct kpu_client *client, struct kpu_flash_work *work,
			  struct kpu_ioctl_flash *request)
{
	unsigned int limit_ms = min(request->timeout_ms, KPU_FLASH_MOST_MS);
	struct kpu_device *device = client->device;
	long left;
	int error;

	error = kpu_flash_prepare(client, work, request);
	if (error)
		return error;
	left = kpu_flash_enter(device, work,
			       limit_ms ? msecs_to_jiffies(limit_ms) : MAX_SCHEDULE_TIMEOUT);
	if (left < 0) {
		request->status = left == -EBUSY ? KPU_STATUS_BUSY : KPU_STATUS_CANCELLED;
		return left;
	}
	limit_ms =
		limit_ms ? max(jiffies_to_msecs(left), 1u) : kpu_flash_timeout_ms(device, request);
	error = kpu_flash_run(device, work, limit_ms, &request->status);
	kpu_flash_leave(device, work);
	if (error || kpu_flash_take_result(&work->transaction, request))
		return error;
	mutex_lock(&device->lock);
	kpu_recovery_protocol_error(device, "bad reply about the flash");
	mutex_unlock(&device->lock);
	request->status = KPU_STATUS_PROTOCOL;
	return kpu_status_errno(KPU_STATUS_PROTOCOL);
}

int kpu_flash(struct kpu_client *client, void *argument)
{
	struct kpu_ioctl_flash *request = argument;
	struct kpu_flash_work *work;
	int error;

	request->status = KPU_STATUS_OK;
	if (!kpu_flash_request_valid(request))
		return -EINVAL;
	work = kzalloc(sizeof(*work), GFP_KERNEL_ACCOUNT);
	if (!work)
		return -ENOMEM;
	work->device = client->device;
	error = kpu_flash_work(client, work, request);
	if (work->buffer)
		kpu_buffer_put(work->buffer);
	kfree(work);
	return error;
}
