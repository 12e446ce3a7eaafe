# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# The parts of kpuctl that read files from elsewhere; kpuctl as a program, on systems that are made
# of files and with the firmware on the emulated board.
kpuctl_test_objects := $(patsubst %.c,$(O)/%.o,$(sort $(wildcard tests/unit/kpuctl/*.c)))
kpuctl_parsers := $(patsubst %,$(O)/utils/kpuctl/%.o,boards/attach_config command failure \
		    flash/chip flash/firmware_image flash/journal flash/list flash/map \
		    flash/pins_text flash/plan models/gallery models/package output_file \
		    input_file picture/draw picture/font picture/jpeg picture/picture \
		    picture/png picture/turn utf8) \
	$(O)/kmodel/identify.o $(O)/kmodel/measure.o $(O)/link/crc.o $(O)/link/board_record.o \
	$(O)/lib/boot/boards.o

$(O)/tests/unit/kpuctl/test_kpuctl: $(kpuctl_test_objects) $(kpuctl_parsers) $(libkpu_a) \
		$(disc_detector_objects)
	$(CC) $(LDFLAGS) -o $@ $^ -lpng -ljpeg -lexif -lzip -lz -lmd -ljson-c $(libkpu_libs) \
		$(CHECK_LIBS)

test_programs += $(O)/tests/unit/kpuctl/test_kpuctl
test_scripts += tests/unit/kpuctl/kpuctl.sh
test_scripts += tests/unit/kpuctl/kpuctl_flash.sh
test_scripts += tests/unit/kpuctl/boards.sh
test_scripts += tests/unit/kpuctl/attach_spi.sh
test_scripts += tests/unit/kpuctl/doctor.sh
test_scripts += tests/unit/kpuctl/completion.sh
