# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# Tests of the board's start: mask ROM, serial protocol, boot pin and reset, flash. They run
# programs of tests/unit/soc; without the cross compiler those tests are skipped and say so.

rom_test_dir := tests/unit/rom
rom_tests := $(patsubst %,$(O)/$(rom_test_dir)/%,test_isp test_boot test_reset_lines \
	test_flash_chip test_flash_file test_flash_program test_flash_session)
test_programs += $(rom_tests)

rom_test_helpers := $(patsubst %,$(O)/$(rom_test_dir)/%,rom_machine.o isp_client.o flash_bus.o \
	flash_client.o) \
	$(patsubst %,$(O)/tests/unit/soc/%,machine.o usbip_client.o)

rom_program_dir := $(O)/tests/unit/soc/programs
ifneq ($(shell command -v riscv64-unknown-elf-gcc),)
rom_programs := $(patsubst %,$(rom_program_dir)/%.bin,rom_entry rom_state flash isp_stub \
	vendor_cores)
endif

$(rom_tests): $(O)/$(rom_test_dir)/%: $(O)/$(rom_test_dir)/%.o $(rom_test_helpers) \
		$(k210_board_objects) | $(rom_programs)
	$(CC) $(LDFLAGS) -o $@ $^ $(CHECK_LIBS) -lz $(k210_board_libs)

$(O)/$(rom_test_dir)/rom_machine.o: CPPFLAGS += -DSOC_PROGRAM_DIR='"$(rom_program_dir)"'
