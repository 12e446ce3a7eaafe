# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
lib_test_objects := $(patsubst %.c,$(O)/%.o,$(sort $(wildcard tests/unit/lib/*.c)))

$(O)/tests/unit/lib/test_lib: $(lib_test_objects) $(libkpu_a) $(disc_detector_objects) \
		$(O)/tests/shared_models.o
	$(CC) $(LDFLAGS) -o $@ $(lib_test_objects) $(disc_detector_objects) \
		$(O)/tests/shared_models.o $(libkpu_a) \
		-ljson-c -lz $(libkpu_libs) $(CHECK_LIBS)

test_programs += $(O)/tests/unit/lib/test_lib
