# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# The firmware as the mask ROM starts it from flash, for boards that only SPI reaches.
make_flash_image := $(O)/bin/make_flash_image
firmware_flash_bin := $(firmware_dir)/kpu-firmware-flash.bin

$(make_flash_image): $(O)/tools/flash_image/make_flash_image.o \
		     $(O)/utils/kpuctl/flash/firmware_image.o
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ -lmd

$(firmware_flash_bin): $(firmware_bin) $(make_flash_image)
	$(make_flash_image) $< $@

firmware: $(firmware_flash_bin)
ifneq ($(shell command -v $(firmware_cross)gcc 2>/dev/null),)
all_targets += $(firmware_flash_bin)
endif
