# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# The library on the real firmware, on an emulated board.
board_test_objects := $(patsubst %.c,$(O)/%.o,$(sort $(wildcard tests/unit/board/*.c)))

$(O)/tests/unit/board/test_board: $(board_test_objects) $(libkpu_a) $(disc_detector_objects) \
		| $(k210_emu_program) $(firmware_bin)
	$(CC) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(libkpu_libs) $(CHECK_LIBS)

test_programs += $(O)/tests/unit/board/test_board
