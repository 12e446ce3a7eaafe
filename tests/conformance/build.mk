# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# Generated models on the emulated board, compared with a plain reference.
generated_objects := $(patsubst %.c,$(O)/%.o,$(wildcard tests/conformance/generated*.c)) \
		     $(kmodel_writer_objects)
$(generated_objects): CFLAGS += -ffp-contract=off

$(O)/tests/conformance/test_generated: $(O)/tests/conformance/test_generated.o \
	$(generated_objects) $(libkpu_a)
	$(CC) $(LDFLAGS) -o $@ $^ -ljson-c -lz $(libkpu_libs) $(CHECK_LIBS)

test_programs += $(O)/tests/conformance/test_generated
