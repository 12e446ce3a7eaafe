/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Models in the board's flash. The interface is fixed; the firmware has no driver for it yet. */
#include "lib/api.h"
#include "lib/object.h"

static int refuse(struct kpu_device *device, uint32_t address, struct kpu_model **model)
{
	struct kpu_error error;
	int rc;

	if (!device || !model)
		return -KPU_ERR_PARAM;
	*model = NULL;
	rc = kpu_fail(&error, KPU_ERR_NOT_IMPLEMENT,
		      "the board's firmware cannot read its flash, so nothing can be loaded from "
		      "address %#x of it",
		      address);
	kpu_error_advise(&error, "load the model from a file on this computer");
	return kpu_device_note(device, rc, &error);
}

KPU_API int kpu_load_address(struct kpu_device *device, uint32_t address,
			     const struct kpu_load_options *options, struct kpu_model **model)
{
	(void)options;
	return refuse(device, address, model);
}

KPU_API int kpu_load_flash(struct kpu_device *device, uint32_t address,
			   const struct kpu_flash_options *flash,
			   const struct kpu_load_options *options, struct kpu_model **model)
{
	(void)flash;
	(void)options;
	return refuse(device, address, model);
}
