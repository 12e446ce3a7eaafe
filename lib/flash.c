/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The board's flash: ranges are checked and cut into pieces here, backends move one piece. */
#include <string.h>

#include "lib/api.h"
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
	struct kpu_error error;
	int rc;

	if (!device || !info)
		return -KPU_ERR_PARAM;
	memset(info, 0, sizeof(*info));
	ops = device->backend->ops;
	if (!ops->flash_info)
		return refuse(device);
	rc = ops->flash_info(device->backend, info, &error);
	return rc == -KPU_ERR_NOT_IMPLEMENT ? refuse(device) : kpu_device_note(device, rc, &error);
}

/* The chip is there and holds the range. */
static int check_range(struct kpu_device *device, uint32_t address, uint32_t size, bool erase)
{
	struct kpu_flash_info info;
	int rc = kpu_flash_info(device, &info);

	if (rc < 0)
		return rc;
	if (!info.size)
		return kpu_device_fail(device, KPU_ERR_NO_DEVICE,
				       "the board has no flash that the firmware knows (JEDEC id "
				       "%06x)",
				       info.jedec_id);
	if (address > info.size || size > info.size - address)
		return kpu_device_fail(device, KPU_ERR_PARAM,
				       "%#x and %u bytes from there are not inside the flash of %u "
				       "bytes",
				       address, size, info.size);
	if (erase && (!info.erase_bytes || address % info.erase_bytes || size % info.erase_bytes))
		return kpu_device_fail(device, KPU_ERR_PARAM,
				       "the chip erases pieces of %u bytes; %#x and %u are no "
				       "multiples of that",
				       info.erase_bytes, address, size);
	return 0;
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

/* Pieces end at multiples of their size, where the chip's large erase blocks do. */
static uint32_t piece_at(uint32_t address, uint32_t left)
{
	uint32_t piece = KPU_FLASH_PIECE - address % KPU_FLASH_PIECE;

	return piece < left ? piece : left;
}

static int in_pieces(struct kpu_device *device, piece_function function, uint32_t address,
		     uint8_t *data, uint32_t size, kpu_flash_progress progress, void *context)
{
	struct kpu_error error;
	uint32_t done = 0;
	int rc = 0;

	while (rc == 0 && done < size) {
		uint32_t piece = piece_at(address + done, size - done);

		if (progress && !progress(context, done, size))
			return kpu_device_fail(device, KPU_ERR_CANCELLED,
					       "cancelled after %u of %u bytes", done, size);
		rc = function(device->backend, address + done, data ? data + done : NULL, piece,
			      &error);
		done += piece;
	}
	if (rc == 0 && progress)
		progress(context, size, size);
	return kpu_device_note(device, rc, &error);
}

KPU_API int kpu_flash_read(struct kpu_device *device, uint32_t address, void *data, uint32_t size,
			   kpu_flash_progress progress, void *context)
{
	int rc;

	if (!device || !data)
		return -KPU_ERR_PARAM;
	rc = check_range(device, address, size, false);
	if (rc < 0)
		return rc;
	if (!device->backend->ops->flash_read)
		return refuse(device);
	return in_pieces(device, read_piece, address, data, size, progress, context);
}

KPU_API int kpu_flash_write(struct kpu_device *device, uint32_t address, const void *data,
			    uint32_t size, kpu_flash_progress progress, void *context)
{
	int rc;

	if (!device || !data)
		return -KPU_ERR_PARAM;
	rc = check_range(device, address, size, false);
	if (rc < 0)
		return rc;
	if (!device->backend->ops->flash_write)
		return refuse(device);
	/* write_piece() only reads from it. */
	return in_pieces(device, write_piece, address, (uint8_t *)(uintptr_t)data, size, progress,
			 context);
}

KPU_API int kpu_flash_erase(struct kpu_device *device, uint32_t address, uint32_t size,
			    kpu_flash_progress progress, void *context)
{
	int rc;

	if (!device)
		return -KPU_ERR_PARAM;
	rc = check_range(device, address, size, true);
	if (rc < 0)
		return rc;
	if (!device->backend->ops->flash_erase)
		return refuse(device);
	return in_pieces(device, erase_piece, address, NULL, size, progress, context);
}

KPU_API int kpu_flash_check(struct kpu_device *device, uint32_t address, uint32_t size,
			    uint32_t *crc32)
{
	struct kpu_error error;
	int rc;

	if (!device || !crc32)
		return -KPU_ERR_PARAM;
	*crc32 = 0;
	rc = check_range(device, address, size, false);
	if (rc < 0)
		return rc;
	if (!device->backend->ops->flash_check)
		return refuse(device);
	rc = device->backend->ops->flash_check(device->backend, address, size, crc32, &error);
	return kpu_device_note(device, rc, &error);
}
