/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "kmodel/body.h"

#if KMODEL_TERSE
bool kmodel_body_refuse(const struct kmodel_layer_body *body)
{
	return kmodel_refuse_tersely(body->problem, KPU_STATUS_KMODEL_FORMAT, body->layer->index);
}
#else
bool kmodel_body_fail(const struct kmodel_layer_body *body, const char *text, uint32_t first,
		      uint32_t second)
{
	return kmodel_fail(body->problem, KPU_STATUS_KMODEL_FORMAT, body->layer->index, text, first,
			   second);
}
#endif

uint32_t kmodel_body_field(const struct kmodel_layer_body *body, uint32_t offset)
{
	return kpu_get_u32(body->bytes + offset);
}

bool kmodel_body_need(const struct kmodel_layer_body *body, uint64_t bytes)
{
	if (bytes <= body->length)
		return true;
	return kmodel_body_fail(body, "its body needs %u bytes, the file has %u there",
				bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)bytes, body->length);
}
