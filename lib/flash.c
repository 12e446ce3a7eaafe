/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The board's flash: ranges are checked and cut into pieces here, backends move one piece. */
#include <string.h>

#include "lib/api.h"
#include "lib/flash_turn.h"
#include "lib/object.h"

static int refuse(struct kpu_device *device)
{
	struct kpu_error error;
	int rc = kpu_fail(&error, KPU_ERR_NOT_IMPLEMENT,
			  "the firmware or the driver of this board cannot reach its flash");

	kpu_error_advise(&error, "attach the board again with the firmware of this release");
	return kpu_device_note(device, rc, &error);
}

KPU_API int kpu_flash_info(struct kpu_device *device, struct kpu_flash_info *info)
{
	const struct kpu_backend_ops *ops;
	struct kpu_flash_turn turn = { 0 };
	struct kpu_error error;
	int rc;

	if (!device || !info)
		return kpu_device_null(device);
	memset(info, 0, sizeof(*info));
	ops = device->backend->ops;
	if (!ops->flash_info)
		return refuse(device);
	do {
		rc = ops->flash_info(device->backend, info, &error);
	} while (kpu_flash_turn_again(&turn, rc, KPU_FLASH_TURN_MS));
	/* Nobody drives the line when a chip does not know the command. */
	if (info->unique_id == UINT64_MAX)
		info->unique_id = 0;
	kpu_flash_explain(rc, 0, &error);
	return rc == -KPU_ERR_NOT_IMPLEMENT ? refuse(device) : kpu_device_note(device, rc, &error);
}

typedef int (*piece_function)(struct kpu_backend *backend, uint32_t address, uint8_t *data,
			      uint32_t size, struct kpu_error *error);

static int read_piece(struct kpu_backend *backend, uint32_t address, uint8_t *data, uint32_t size,
		      struct kpu_error *error)
{
	return backend->ops->flash_read(backend, address, data, size, error);
}

static int write_piece(struct kpu_backend *backend, uint32_t address, uint8_t *data, uint32_t size,
		       struct kpu_error *error)
{
	return backend->ops->flash_write(backend, address, data, size, error);
}

static int erase_piece(struct kpu_backend *backend, uint32_t address, uint8_t *data, uint32_t size,
		       struct kpu_error *error)
{
	(void)data;
	return backend->ops->flash_erase(backend, address, size, error);
}

/* What is to be done with a range. */
struct work {
	piece_function piece;
	uint32_t address, size;
	uint8_t *data;
	bool changes, erases;
	kpu_flash_progress progress;
	void *context;
};

/* The backend can do it, the chip is there and holds the range. */
static int check_work(struct kpu_device *device, const struct work *work, bool possible)
{
	struct kpu_flash_info info;
	int rc = possible ? kpu_flash_info(device, &info) : refuse(device);

	if (rc < 0)
		return rc;
	if (!info.size)
		return kpu_device_fail(device, KPU_ERR_NO_DEVICE,
				       "the board has no flash that the firmware knows (JEDEC id "
				       "%06x)",
				       info.jedec_id);
	if (work->address > info.size || work->size > info.size - work->address)
		return kpu_device_fail(device, KPU_ERR_PARAM,
				       "%#x and %u bytes from there are not inside the flash of %u "
				       "bytes",
				       work->address, work->size, info.size);
	if (work->erases && (!info.erase_bytes || work->address % info.erase_bytes ||
			     work->size % info.erase_bytes))
		return kpu_device_fail(device, KPU_ERR_PARAM,
				       "the chip erases pieces of %u bytes; %#x and %u are no "
				       "multiples of that",
				       info.erase_bytes, work->address, work->size);
	return 0;
}

/* Pieces end at multiples of their size, where the chip's large erase blocks do. */
static uint32_t piece_at(uint32_t address, uint32_t left)
{
	uint32_t piece = KPU_FLASH_PIECE - address % KPU_FLASH_PIECE;

	return piece < left ? piece : left;
}

static int do_work(struct kpu_device *device, const struct work *work, bool possible)
{
	uint32_t done = 0, limit = work->changes ? KPU_FLASH_CHANGE_TURN_MS : KPU_FLASH_TURN_MS;
	struct kpu_error error;
	int rc = check_work(device, work, possible);

	if (rc < 0)
		return rc;
	while (rc == 0 && done < work->size) {
		uint32_t piece = piece_at(work->address + done, work->size - done);
		struct kpu_flash_turn turn = { 0 };

		if (work->progress && !work->progress(work->context, done, work->size))
			return kpu_device_fail(device, KPU_ERR_CANCELLED,
					       "cancelled after %u of %u bytes", done, work->size);
		do {
			rc = work->piece(device->backend, work->address + done,
					 work->data ? work->data + done : NULL, piece, &error);
		} while (kpu_flash_turn_again(&turn, rc, limit));
		kpu_flash_explain(rc, work->address + done, &error);
		done += piece;
	}
	if (rc == 0 && work->progress)
		work->progress(work->context, work->size, work->size);
	return kpu_device_note(device, rc, &error);
}

KPU_API int kpu_flash_read(struct kpu_device *device, uint32_t address, void *data, uint32_t size,
			   kpu_flash_progress progress, void *context)
{
	struct work work = { .piece = read_piece,
			     .address = address,
			     .size = size,
			     .data = data,
			     .progress = progress,
			     .context = context };

	if (!device || !data)
		return kpu_device_null(device);
	return do_work(device, &work, device->backend->ops->flash_read != NULL);
}

KPU_API int kpu_flash_write(struct kpu_device *device, uint32_t address, const void *data,
			    uint32_t size, kpu_flash_progress progress, void *context)
{
	struct work work = { .piece = write_piece,
			     .address = address,
			     .size = size,
			     .data = (uint8_t *)(uintptr_t)data, /* which is only read from */
			     .changes = true,
			     .progress = progress,
			     .context = context };

	if (!device || !data)
		return kpu_device_null(device);
	return do_work(device, &work, device->backend->ops->flash_write != NULL);
}

KPU_API int kpu_flash_erase(struct kpu_device *device, uint32_t address, uint32_t size,
			    kpu_flash_progress progress, void *context)
{
	struct work work = { .piece = erase_piece,
			     .address = address,
			     .size = size,
			     .changes = true,
			     .erases = true,
			     .progress = progress,
			     .context = context };

	if (!device)
		return -KPU_ERR_PARAM;
	return do_work(device, &work, device->backend->ops->flash_erase != NULL);
}

KPU_API int kpu_flash_check(struct kpu_device *device, uint32_t address, uint32_t size,
			    uint32_t *crc32)
{
	struct work work = { .address = address, .size = size };
	struct kpu_flash_turn turn = { 0 };
	struct kpu_error error;
	int rc;

	if (!device || !crc32)
		return kpu_device_null(device);
	*crc32 = 0;
	rc = check_work(device, &work, device->backend->ops->flash_check != NULL);
	if (rc < 0)
		return rc;
	do {
		rc = device->backend->ops->flash_check(device->backend, address, size, crc32,
						       &error);
	} while (kpu_flash_turn_again(&turn, rc, KPU_FLASH_TURN_MS));
	return kpu_device_note(device, kpu_flash_explain(rc, address, &error), &error);
}
