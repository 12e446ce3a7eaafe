# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# The quantizer, and what the project's own models are worth. They run on the emulated board.
$(O)/tests/unit/models/test_quantize: $(O)/tests/unit/models/test_quantize.o $(quantizer_objects) \
		$(libkpu_a) | $(O)/bin/k210-emu $(firmware_bin)
	$(CC) $(LDFLAGS) -o $@ $^ $(libkpu_libs) $(CHECK_LIBS)

test_programs += $(O)/tests/unit/models/test_quantize

$(O)/tests/unit/models/test_scene: $(O)/tests/unit/models/test_scene.o $(scene_objects) $(libkpu_a)
	$(CC) $(LDFLAGS) -o $@ $^ -lpng $(libkpu_libs) $(CHECK_LIBS)

test_programs += $(O)/tests/unit/models/test_scene

# Not with sanitizers: thousands of runs of a network are too many for an emulator that slow.
$(O)/tests/unit/models/test_models: $(O)/tests/unit/models/test_models.o $(scene_objects) \
		$(detector_objects) $(libkpu_a) | $(O)/bin/k210-emu \
		$(firmware_bin)
	$(CC) $(LDFLAGS) -o $@ $^ -lpng -ljson-c $(libkpu_libs) $(CHECK_LIBS)

test_programs += $(O)/tests/unit/models/test_models
no_san_programs += $(O)/tests/unit/models/test_models
