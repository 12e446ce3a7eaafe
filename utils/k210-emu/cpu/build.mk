# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors

hart_sources := $(sort $(wildcard utils/k210-emu/cpu/*.c))
hart_objects := $(patsubst %.c,$(O)/%.o,$(hart_sources))

# Handlers call each other in tail position.
$(hart_objects): CFLAGS += -foptimize-sibling-calls

# These compute with the host's rounding modes and exception flags.
hart_fp_objects := $(filter $(O)/utils/k210-emu/cpu/%fp_arithmetic.o \
		     $(O)/utils/k210-emu/cpu/%fp_compare.o \
		     $(O)/utils/k210-emu/cpu/%fp_to_integer.o \
		     $(O)/utils/k210-emu/cpu/fp_rounding.o,$(hart_objects))
$(hart_fp_objects): CFLAGS += -frounding-math -fno-math-errno -ffp-contract=off \
	-fno-fp-int-builtin-inexact
