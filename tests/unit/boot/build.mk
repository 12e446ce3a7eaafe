# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# The boot of a board: lib/boot with the first stage and the firmware on an emulated board in the
# test's own process. Without the cross compiler there is nothing to bring: not built then.
boot_test_dir := tests/unit/boot
boot_tests := $(patsubst %,$(O)/$(boot_test_dir)/%,test_boot)
ifneq ($(shell command -v $(firmware_cross)gcc 2>/dev/null),)
test_programs += $(boot_tests)
endif

$(boot_tests): $(O)/$(boot_test_dir)/%: $(O)/$(boot_test_dir)/%.o \
		$(O)/$(boot_test_dir)/board_port.o $(O)/$(boot_test_dir)/board_line.o \
		$(O)/tests/unit/rom/rom_machine.o \
		$(O)/tests/unit/soc/machine.o $(libkpu_a) $(k210_board_objects) \
		| $(firmware_bin) $(stage_bin) \
		$(O)/tests/unit/soc/programs/chatter.bin
	$(CC) $(LDFLAGS) -o $@ $^ $(CHECK_LIBS) $(k210_board_libs) $(libkpu_libs)

$(O)/$(boot_test_dir)/board_port.o: CPPFLAGS += -DFIRMWARE_DIR='"$(firmware_dir)"'
