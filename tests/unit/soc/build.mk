# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# Tests of the emulated board. Bare-metal programs are cross-compiled and run on it; without the
# cross compiler those tests are skipped and say so.

soc_test_dir := tests/unit/soc
soc_program_dir := $(O)/$(soc_test_dir)/programs
soc_cc := $(shell command -v riscv64-unknown-elf-gcc)
soc_program_names := $(basename $(notdir $(wildcard $(soc_test_dir)/programs/*.c)))

ifneq ($(soc_cc),)
soc_programs := $(patsubst %,$(soc_program_dir)/%.bin,$(soc_program_names))

$(soc_programs): $(soc_program_dir)/%.bin: $(soc_test_dir)/programs/%.c \
		$(soc_test_dir)/programs/start.S $(wildcard $(soc_test_dir)/programs/*.h) \
		$(soc_test_dir)/programs/program.ld $(wildcard include/k210/*.h)
	@mkdir -p $(@D)
	$(soc_cc) -march=rv64imafdc_zicsr_zifencei -mabi=lp64d -mcmodel=medany -O2 -Wall -Wextra \
		-Werror -ffreestanding -fno-builtin -nostdlib -Iinclude $(soc_program_flags) \
		-Wl,--build-id=none,--no-warn-rwx-segments \
		-T $(soc_test_dir)/programs/program.ld -o $(@:.bin=.elf) \
		$(soc_test_dir)/programs/start.S $<
	riscv64-unknown-elf-objcopy -O binary $(@:.bin=.elf) $@

# Has a part of the firmware in it, which asks for stdint.h.
$(soc_program_dir)/route_dma.bin: soc_program_flags := -I. --specs=picolibc.specs
$(soc_program_dir)/route_dma.bin: firmware_k210/hal/clocks.c $(wildcard firmware_k210/hal/*.h)

$(O)/$(soc_test_dir)/machine.o: CPPFLAGS += -DSOC_PROGRAM_DIR='"$(soc_program_dir)"'
endif

soc_tests := $(patsubst %,$(O)/$(soc_test_dir)/%,test_programs test_hostile test_line test_camera \
	test_vendor test_clock test_spi_slave test_uart test_reports \
	test_usbip)
test_programs += $(soc_tests)

$(soc_tests): $(O)/$(soc_test_dir)/%: $(O)/$(soc_test_dir)/%.o $(O)/$(soc_test_dir)/machine.o \
		$(k210_board_objects) | $(soc_programs)
	$(CC) $(LDFLAGS) -o $@ $^ $(CHECK_LIBS) $(k210_board_libs)

$(O)/$(soc_test_dir)/test_usbip: $(O)/$(soc_test_dir)/usbip_client.o
$(O)/$(soc_test_dir)/test_reports: $(O)/tests/unit/kpu/layer_builder.o

test_scripts += $(soc_test_dir)/command.sh
