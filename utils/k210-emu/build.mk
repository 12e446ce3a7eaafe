# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# The emulated board. cpu/ and kpu/ have their own build.mk; k210_board_objects is what tests link
# that drive a board without the program around it.

k210_emu_dir := utils/k210-emu
k210_emu_program := $(O)/bin/k210-emu

k210_board_sources := $(addprefix $(k210_emu_dir)/, board.c bridge.c bus.c event.c line_noise.c \
	report.c runner.c scheduler.c spi_wires.c) $(sort $(wildcard $(k210_emu_dir)/rom/*.c)) \
	$(sort $(wildcard $(k210_emu_dir)/devices/*.c)) \
	$(sort $(wildcard $(k210_emu_dir)/faces/*.c))
k210_board_objects := $(patsubst %.c,$(O)/%.o,$(k210_board_sources)) $(hart_objects) \
	$(kpu_model_objects)
# What programs with these objects link with.
k210_board_libs := -lmd -lm
k210_emu_objects := $(O)/$(k210_emu_dir)/main.o $(O)/$(k210_emu_dir)/options.o

$(k210_emu_program): $(k210_emu_objects) $(k210_board_objects)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(k210_board_libs)

all_targets += $(k210_emu_program)
