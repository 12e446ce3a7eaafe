# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# The first stage: a program of its own, small because the mask ROM takes 11 KiB a second. It is
# compiled as one with the drivers and the checksum that it shares with the firmware.
stage_dir := $(firmware_dir)/first_stage
stage_sources := $(sort $(wildcard firmware_k210/first_stage/*.c)) link/crc.c \
	$(patsubst %,firmware_k210/hal/%.c,clocks pins timer uart)
stage_objects := $(patsubst %.c,$(stage_dir)/%.o,$(stage_sources)) \
	$(stage_dir)/firmware_k210/first_stage/start.o
stage_limit := 4096

stage_cflags := $(firmware_machine) --specs=picolibc.specs -std=gnu11 -Os -g -ffreestanding \
	-fbuiltin -ffunction-sections -fdata-sections -flto -fno-asynchronous-unwind-tables \
	-fno-common -fno-jump-tables $(WARNINGS) -I. -Iinclude -DKPU_CRC32_SLICES=0

stage_elf := $(firmware_dir)/kpu-first-stage.elf
stage_bin := $(firmware_dir)/kpu-first-stage.bin

firmware: $(stage_bin)
ifneq ($(shell command -v $(firmware_cross)gcc 2>/dev/null),)
all_targets += $(stage_bin)
endif

$(stage_dir)/%.o: %.c firmware_k210/first_stage/build.mk
	@mkdir -p $(@D)
	$(firmware_cross)gcc $(stage_cflags) -MMD -MP -c -o $@ $<

$(stage_dir)/%.o: %.S firmware_k210/first_stage/build.mk
	@mkdir -p $(@D)
	$(firmware_cross)gcc $(firmware_machine) -I. -Iinclude -g -MMD -MP -c -o $@ $<

$(stage_elf): $(stage_objects) firmware_k210/first_stage/first_stage.ld
	$(firmware_cross)gcc $(stage_cflags) -flto-partition=none -nostartfiles -Wl,--gc-sections \
		-Wl,--no-warn-rwx-segments -T firmware_k210/first_stage/first_stage.ld -o $@ \
		$(stage_objects)

$(stage_bin): $(stage_elf)
	$(firmware_cross)objcopy -O binary $< $@
	@size=$$(wc -c <$@); [ $$size -le $(stage_limit) ] || \
		{ echo "first stage: $$size bytes are more than $(stage_limit)" >&2; exit 1; }
