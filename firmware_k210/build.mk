# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# Firmware image: make firmware. Cross-compiled; the library and kmodel parts that are shared with
# the host are compiled again for the board.

firmware_dir := build/firmware
firmware_cross := riscv64-unknown-elf-
firmware_limit := 98304
firmware_sources := $(sort $(wildcard firmware_k210/*.c firmware_k210/*/*.c firmware_k210/*/*/*.c \
				      link/*.c kmodel/*.c))
# The host's end of the transactions is not needed on the board; the first stage is another program.
firmware_sources := $(filter-out link/host%.c firmware_k210/first_stage/%,$(firmware_sources))
firmware_objects := $(firmware_dir)/firmware_k210/start.o \
		    $(patsubst %.c,$(firmware_dir)/%.o,$(firmware_sources))

firmware_machine := -march=rv64imafdc_zicsr_zifencei -mabi=lp64d -mcmodel=medany
# No fused multiply-add: results are exact as one rounded product and one rounded sum.
firmware_cflags := $(firmware_machine) --specs=picolibc.specs -std=gnu11 -Os -msave-restore -g \
		   -ffreestanding -fbuiltin -ffunction-sections -fdata-sections \
		   -ffp-contract=off -fno-math-errno -fno-asynchronous-unwind-tables \
		   -fno-strict-aliasing -fno-common -fno-jump-tables -fno-tree-sra \
		   -fno-tree-ch -fno-ipa-sra -fno-tree-ter -fno-tree-loop-im -fno-caller-saves \
		   -fno-ssa-phiopt -fipa-pta -msmall-data-limit=128 -fcallgraph-info=su \
		   $(WARNINGS) -I. -Iinclude \
		   -DKPU_CRC32_SLICES=1 -DKMODEL_TERSE=1 -DKPU_BOARD_EVENT_MAX=8u \
		   $(FIRMWARE_DEFINES)
# Every byte of a transfer passes through these three.
firmware_fast := $(addprefix $(firmware_dir)/,link/crc.o link/cobs.o firmware_k210/runtime/memory.o)
$(firmware_fast): firmware_cflags += -O2
# The rest is compiled as one program, which saves 2.5 KiB.
firmware_lto := $(filter-out $(firmware_fast) %/start.o,$(firmware_objects))
$(firmware_lto): firmware_cflags += -flto
firmware_ldflags := $(firmware_cflags) -flto -flto-partition=none -nostartfiles -Wl,--gc-sections \
		    -Wl,--no-warn-rwx-segments -T firmware_k210/firmware.ld

# Other defines make other objects. The file is written when they have changed only.
firmware_defines := $(firmware_dir)/defines
$(firmware_objects): firmware_k210/build.mk $(firmware_defines)

.PHONY: firmware-defines-now
$(firmware_defines): firmware-defines-now
	@mkdir -p $(@D)
	@printf '%s\n' '$(FIRMWARE_DEFINES)' | cmp -s - $@ || \
		printf '%s\n' '$(FIRMWARE_DEFINES)' > $@

firmware_elf := $(firmware_dir)/kpu-firmware.elf
firmware_bin := $(firmware_dir)/kpu-firmware.bin

firmware: $(firmware_bin)
	@firmware_k210/budget.sh $(firmware_elf) $(firmware_limit)
	@cat $(firmware_dir)/stack.txt

# Hosts without the cross compiler build everything else.
ifneq ($(shell command -v $(firmware_cross)gcc 2>/dev/null),)
all_targets += $(firmware_bin)
else
all_targets += firmware-left-out
endif

.PHONY: firmware-left-out
firmware-left-out:
	@echo "make: there is no $(firmware_cross)gcc: the firmware is left out, and without it" \
		"neither a board nor emu: works (package gcc-riscv64-unknown-elf)" >&2

$(firmware_dir)/%.o: %.c
	@mkdir -p $(@D)
	$(firmware_cross)gcc $(firmware_cflags) -MMD -MP -c -o $@ $<

$(firmware_dir)/%.o: %.S
	@mkdir -p $(@D)
	$(firmware_cross)gcc $(firmware_machine) -g -c -o $@ $<

$(firmware_elf): $(firmware_objects) firmware_k210/firmware.ld
	@rm -f $@.*.ci
	$(firmware_cross)gcc $(firmware_ldflags) -Wl,-Map=$(firmware_dir)/kpu-firmware.map -o $@ \
		$(firmware_objects) -lm
	@firmware_k210/check_interrupt_path.sh $(firmware_cross)objdump $@ || { rm -f $@; exit 1; }
	@firmware_k210/stack_depth.sh $@ $@.*.ci $(firmware_fast:.o=.ci) \
		> $(firmware_dir)/stack.txt || { rm -f $@; exit 1; }

$(firmware_bin): $(firmware_elf)
	$(firmware_cross)objcopy -O binary $< $@
	@firmware_k210/budget.sh $< $(firmware_limit) > /dev/null

-include $(shell [ -d $(firmware_dir) ] && find $(firmware_dir) -name '*.d' 2>/dev/null)
