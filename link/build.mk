# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# The portable protocol code: compiled into the library, the module, the firmware and the tests.

link_sources := $(wildcard link/*.c)
link_objects := $(patsubst %.c,$(O)/%.o,$(link_sources))
all_targets += $(link_objects)
