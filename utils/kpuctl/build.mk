# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
kpuctl_sources := $(sort $(wildcard utils/kpuctl/*.c utils/kpuctl/*/*.c))
kpuctl_objects := $(patsubst %.c,$(O)/%.o,$(kpuctl_sources))
# What members of a package are, the checksum of galleries, and the record of a board's pins; the
# library does not export them.
kpuctl_objects += $(O)/kmodel/identify.o $(O)/kmodel/measure.o $(O)/link/crc.o \
	$(O)/link/board_record.o
# Which boards there are.
kpuctl_objects += $(O)/lib/boot/boards.o
kpuctl := $(O)/bin/kpuctl
# What a detector needs besides its model, for whoever else wants to know.
detector_objects := $(patsubst %,$(O)/utils/kpuctl/%.o,failure models/detector \
	models/known_models models/labels models/side_file)

# Finds the library beside itself in the build folder and where it is installed.
$(kpuctl): $(kpuctl_objects) $(libkpu_so) $(libkpu_links)
	@mkdir -p $(@D)
	@[ "$(V)" = 1 ] || echo "  LINK    $@"
	$(CC) $(LDFLAGS) -Wl,-rpath,'$$ORIGIN/../lib' -o $@ $(kpuctl_objects) -L$(O)/lib -lkpu \
		-lpng -ljpeg -lexif -ljson-c -lzip -lmd -lusb-1.0 -lm

all_targets += $(kpuctl)
