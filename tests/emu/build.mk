# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# The real firmware image on the emulated board.

emu_test_objects := $(patsubst %,$(O)/tests/emu/%.o,firmware_link firmware_test)
$(emu_test_objects): CPPFLAGS += -DK210_EMU_PROGRAM='"$(O)/bin/k210-emu"'

$(O)/tests/emu/firmware_test: $(emu_test_objects) $(link_objects) $(kmodel_objects) \
	$(disc_detector_objects) $(O)/tests/shared_models.o | $(O)/bin/k210-emu $(firmware_bin)
	$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(CHECK_LIBS) -lz

test_programs += $(O)/tests/emu/firmware_test

$(O)/tests/emu/stack_test: $(O)/tests/emu/stack_test.o $(O)/tests/emu/firmware_link.o \
	$(link_objects) $(kmodel_objects) $(generated_objects) | $(O)/bin/k210-emu $(firmware_bin)
	$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(CHECK_LIBS) -lm

test_programs += $(O)/tests/emu/stack_test
# It looks at the firmware, of which sanitizers know nothing.
no_san_programs += $(O)/tests/emu/stack_test

$(O)/tests/emu/spi_test: $(O)/tests/emu/spi_test.o $(libkpu_a) | $(O)/bin/k210-emu $(firmware_bin)
	$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(libkpu_a) $(CHECK_LIBS) $(libkpu_libs)

test_programs += $(O)/tests/emu/spi_test

$(O)/tests/emu/spi_master.o: CPPFLAGS += -DK210_EMU_PROGRAM='"$(O)/bin/k210-emu"'

$(O)/tests/emu/spi_speed_test: $(patsubst %,$(O)/tests/emu/%.o,spi_speed_test spi_master) \
	$(libkpu_a) | $(O)/bin/k210-emu $(firmware_bin)
	$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(libkpu_a) $(libkpu_libs) $(CHECK_LIBS)

test_programs += $(O)/tests/emu/spi_speed_test
# The emulated board's real clock; the link has its own sanitized tests.
no_san_programs += $(O)/tests/emu/spi_speed_test

$(O)/tests/emu/spi_trouble_test: $(patsubst %,$(O)/tests/emu/%.o,spi_trouble_test spi_master) \
	$(generated_objects) $(libkpu_a) | $(O)/bin/k210-emu $(firmware_bin) $(firmware_flash_bin)
	$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(libkpu_a) -ljson-c -lz -pthread $(CHECK_LIBS)

test_programs += $(O)/tests/emu/spi_trouble_test
# The emulated board's real clock; the link has its own sanitized tests.
no_san_programs += $(O)/tests/emu/spi_trouble_test

$(O)/tests/emu/pins_test: $(O)/tests/emu/pins_test.o $(link_objects) $(libkpu_a) \
	| $(O)/bin/k210-emu $(firmware_bin)
	$(CC) $(LDFLAGS) -o $@ $(O)/tests/emu/pins_test.o $(O)/link/board_record.o $(O)/link/crc.o \
		$(libkpu_a) $(libkpu_libs) $(CHECK_LIBS) -pthread

test_programs += $(O)/tests/emu/pins_test

$(O)/tests/emu/flash_test: $(O)/tests/emu/flash_test.o $(libkpu_a) \
	| $(O)/bin/k210-emu $(firmware_bin)
	$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(libkpu_a) $(CHECK_LIBS) $(libkpu_libs)

test_programs += $(O)/tests/emu/flash_test

$(O)/tests/emu/stream_test: $(O)/tests/emu/stream_test.o $(O)/tests/shared_models.o $(libkpu_a) \
	| $(O)/bin/k210-emu $(firmware_bin)
	$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(libkpu_a) $(CHECK_LIBS) -lz $(libkpu_libs)

test_programs += $(O)/tests/emu/stream_test
# Minutes of an emulated board in the real clock; the library's part is in tests/emu/libkpu, too.
no_san_programs += $(O)/tests/emu/stream_test

$(O)/tests/emu/stream_trouble_test: $(O)/tests/emu/stream_trouble_test.o $(libkpu_a) \
	| $(O)/bin/k210-emu $(firmware_bin)
	$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(libkpu_a) $(CHECK_LIBS) $(libkpu_libs)

test_programs += $(O)/tests/emu/stream_trouble_test
# As above: what can be wrong in memory is looked for where models are fuzzed.
no_san_programs += $(O)/tests/emu/stream_trouble_test

$(O)/tests/emu/flash_reset_test.o: CPPFLAGS += -DKPUCTL_PROGRAM='"$(O)/bin/kpuctl"'
$(O)/tests/emu/flash_reset_test: $(O)/tests/emu/flash_reset_test.o \
	| $(O)/bin/kpuctl $(O)/bin/k210-emu $(firmware_bin)
	$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(CHECK_LIBS)

test_programs += $(O)/tests/emu/flash_reset_test
no_san_programs += $(O)/tests/emu/flash_reset_test

# The library on the real firmware.
libkpu_test_objects := $(patsubst %.c,$(O)/%.o,$(sort $(wildcard tests/emu/libkpu/*.c)))

$(O)/tests/emu/libkpu_test: $(libkpu_test_objects) $(libkpu_a) $(disc_detector_objects) \
	| $(O)/bin/k210-emu $(firmware_bin)
	$(CC) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(libkpu_libs) $(CHECK_LIBS)

test_programs += $(O)/tests/emu/libkpu_test

test_scripts += tests/emu/firmware_defines.sh
