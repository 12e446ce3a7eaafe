/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Models in the board's flash. */
#include <stdlib.h>
#include <string.h>

#include "lib/api.h"
#include "lib/network_flash.h"
#include "lib/object.h"

static int check_memory(struct kpu_device *device, const struct kpu_network *network)
{
	struct kpu_memory_plan plan;
	int rc = kpu_memory_plan(device, network, &plan);

	if (rc < 0)
		return rc;
	if (!plan.fits)
		return kpu_device_fail(device, KPU_ERR_NO_MEM,
				       "%s; kpu_load_flash() runs it without that", plan.text);
	return 0;
}

/* Reads what the host has to know of the model and lets the board load it. */
static int load(struct kpu_device *device, struct kpu_backend_flash_model *where,
		const struct kpu_load_options *options, struct kpu_model **model)
{
	struct kpu_network *network;
	int rc = kpu_network_from_flash(device, where->address, &network);

	if (rc < 0)
		return rc;
	where->size = (uint32_t)network->size;
	rc = kpu_model_check_version(device, network);
	if (rc == 0 && !where->stream)
		rc = check_memory(device, network);
	if (rc == 0)
		rc = kpu_model_make(device, network, where, options, model);
	kpu_network_free(network);
	return rc;
}

static int refuse(struct kpu_device *device, uint32_t address)
{
	struct kpu_error error;
	int rc = kpu_fail(&error, KPU_ERR_NOT_IMPLEMENT,
			  "the board's firmware or driver cannot load the model at %#x of its "
			  "flash",
			  address);

	kpu_error_advise(&error, "load the model from a file on this computer");
	return kpu_device_note(device, rc, &error);
}

KPU_API int kpu_load_address(struct kpu_device *device, uint32_t address,
			     const struct kpu_load_options *options, struct kpu_model **model)
{
	struct kpu_backend_flash_model where = { .address = address };

	if (!device || !model)
		return kpu_device_null(device);
	*model = NULL;
	if (!device->backend->ops->load_flash)
		return refuse(device, address);
	return load(device, &where, options, model);
}

KPU_API int kpu_load_flash(struct kpu_device *device, uint32_t address,
			   const struct kpu_flash_options *flash,
			   const struct kpu_load_options *options, struct kpu_model **model)
{
	struct kpu_backend_flash_model where = { .address = address, .stream = true };

	if (!device || !model)
		return kpu_device_null(device);
	*model = NULL;
	if (!device->backend->ops->load_flash)
		return refuse(device, address);
	if (flash) {
		where.dual_buffer = flash->dual_buffer;
		where.batch_bytes = flash->batch_bytes;
		where.clock_hz = flash->clock_hz;
	}
	/* MaixPy obeyed 16384 Hz (MaixPy-v1 issue 423); nobody means less than 1 MHz. */
	if (where.clock_hz && (where.clock_hz < 1000000 || where.clock_hz > 200000000))
		return kpu_device_fail(device, KPU_ERR_PARAM,
				       "the flash cannot run at %u Hz: 0 or 1000000..200000000",
				       where.clock_hz);
	return load(device, &where, options, model);
}
