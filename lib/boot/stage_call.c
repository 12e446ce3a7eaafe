/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Questions to the first stage. */
#include "lib/boot/boot.h"
#include "link/bytes.h"
#include "link/first_stage.h"

int kpu_stage_tell(struct kpu_boot *boot, uint8_t operation, uint32_t value, const uint8_t *data,
		   size_t size)
{
	size_t length =
		kpu_frame_request(KPU_FRAME_STAGE, operation, value, data, size, boot->line);

	return kpu_boot_send(boot, length);
}

static int wait_answer(struct kpu_boot *boot, uint8_t operation, uint32_t timeout_us,
		       struct kpu_stage_answer *answer)
{
	uint64_t end = kpu_boot_now(boot) + timeout_us;
	const uint8_t *bytes = boot->decoder.bytes;

	for (;;) {
		uint64_t now = kpu_boot_now(boot);
		int size = now < end ? kpu_boot_receive(boot, (uint32_t)(end - now)) : 0;

		if (size <= 0)
			return size;
		if (size == 2 && bytes[0] == operation && bytes[1] == K210_ISP_UNKNOWN_OPERATION)
			return -KPU_ERR_BOARD_RESET;
		if (bytes[0] != operation || !kpu_frame_is_intact(bytes, (size_t)size))
			continue;
		answer->status = bytes[1];
		answer->value = kpu_get_u32(bytes + K210_ISP_OFFSET_ADDRESS);
		answer->data = bytes + K210_ISP_HEADER_BYTES;
		answer->size = (size_t)size - K210_ISP_HEADER_BYTES;
		return 1;
	}
}

int kpu_stage_ask(struct kpu_boot *boot, uint8_t operation, uint32_t value, const uint8_t *data,
		  size_t size, unsigned tries, uint32_t timeout_us, struct kpu_stage_answer *answer)
{
	/* There and back, all bytes escaped. */
	uint32_t line_us = kpu_boot_line_us(boot, 4 * (size + K210_ISP_HEADER_BYTES) + 64);

	for (unsigned attempt = 0; attempt < tries; attempt++) {
		int rc = kpu_stage_tell(boot, operation, value, data, size);

		if (rc == 0)
			rc = wait_answer(boot, operation, line_us + timeout_us, answer);
		if (rc)
			return rc;
		boot->result->errors_healed++;
	}
	return 0;
}
