/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The board's flash through the kernel module. */
#include <errno.h>
#include <string.h>

#include "lib/driver.h"
#include "lib/error.h"

_Static_assert(KPU_FLASH_PIECE <= KPU_FLASH_BYTES_MAX, "the driver takes the library's pieces");

static int work(struct kpu_driver *driver, struct kpu_ioctl_flash *request, const char *what,
		struct kpu_error *error)
{
	int rc = kpu_driver_ioctl(driver, KPU_IOCTL_FLASH, request);

	if (!rc)
		return 0;
	if (!kpu_error_known((int)request->status))
		return kpu_driver_fail(driver, rc, what, error);
	rc = kpu_driver_check_dead(driver, rc, error);
	if (rc < 0)
		return rc;
	return kpu_fail(error, (int)request->status, "%s: cannot %s: %s", driver->path, what,
			kpu_strerror((int)request->status));
}

int kpu_driver_flash_info(struct kpu_backend *backend, struct kpu_flash_info *info,
			  struct kpu_error *error)
{
	struct kpu_ioctl_flash request = { .operation = KPU_FLASH_INFO };
	int rc = work((struct kpu_driver *)backend, &request, "ask for the flash", error);

	info->jedec_id = request.jedec_id;
	info->size = request.chip_bytes;
	info->unique_id = request.unique_id;
	info->erase_bytes = request.erase_bytes;
	info->program_bytes = request.program_bytes;
	info->clock_hz = request.clock_hz;
	return rc;
}

/* One of @in and @out is NULL. */
static int transfer(struct kpu_driver *driver, struct kpu_ioctl_flash *request, const void *in,
		    void *out, const char *what, struct kpu_error *error)
{
	void *memory = kpu_driver_memory_alloc(&driver->base, request->size);
	int rc;

	if (!memory || !kpu_driver_find_buffer(driver, memory, &request->buffer))
		return kpu_driver_fail(driver, ENOMEM, "make a buffer for the flash", error);
	if (in)
		memcpy(memory, in, request->size);
	rc = work(driver, request, what, error);
	if (rc == 0 && out)
		memcpy(out, memory, request->size);
	kpu_driver_memory_free(&driver->base, memory);
	return rc;
}

int kpu_driver_flash_read(struct kpu_backend *backend, uint32_t address, void *data, uint32_t size,
			  struct kpu_error *error)
{
	struct kpu_ioctl_flash request = {
		.operation = KPU_FLASH_READ,
		.address = address,
		.size = size,
	};

	return transfer((struct kpu_driver *)backend, &request, NULL, data, "read the flash",
			error);
}

int kpu_driver_flash_write(struct kpu_backend *backend, uint32_t address, const void *data,
			   uint32_t size, struct kpu_error *error)
{
	struct kpu_ioctl_flash request = {
		.operation = KPU_FLASH_WRITE,
		.address = address,
		.size = size,
	};

	return transfer((struct kpu_driver *)backend, &request, data, NULL, "write the flash",
			error);
}

int kpu_driver_flash_erase(struct kpu_backend *backend, uint32_t address, uint32_t size,
			   struct kpu_error *error)
{
	struct kpu_ioctl_flash request = {
		.operation = KPU_FLASH_ERASE,
		.address = address,
		.size = size,
	};

	return work((struct kpu_driver *)backend, &request, "erase the flash", error);
}

int kpu_driver_flash_check(struct kpu_backend *backend, uint32_t address, uint32_t size,
			   uint32_t *crc32, struct kpu_error *error)
{
	struct kpu_ioctl_flash request = {
		.operation = KPU_FLASH_CHECK,
		.address = address,
		.size = size,
	};
	int rc = work((struct kpu_driver *)backend, &request, "check the flash", error);

	*crc32 = request.crc32;
	return rc;
}

int kpu_driver_load_flash(struct kpu_backend *backend, const struct kpu_backend_flash_model *where,
			  const struct kpu_load_options *options, uint32_t *model,
			  struct kpu_error *error)
{
	struct kpu_driver *driver = (struct kpu_driver *)backend;
	struct kpu_ioctl_model_load_flash request = {
		.address = where->address,
		.size = where->size,
		.flags = (where->stream ? KPU_MODEL_FLASH_STREAM : 0) |
			 (where->dual_buffer ? KPU_MODEL_FLASH_DUAL_BUFFER : 0),
		.batch_bytes = where->batch_bytes,
		.clock_hz = where->clock_hz,
		.timeout_ms = options->timeout_ms,
	};
	struct kpu_ioctl_model_load answer = { 0 };
	int rc = kpu_driver_ioctl(driver, KPU_IOCTL_MODEL_LOAD_FLASH, &request);

	*model = request.model;
	if (!rc)
		return 0;
	answer.status = request.status;
	answer.problem_layer = request.problem_layer;
	memcpy(answer.problem, request.problem, sizeof(answer.problem));
	return kpu_driver_refused(driver, rc, &answer, error);
}
