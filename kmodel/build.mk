# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# Model reader: linked into the library, compiled again for the firmware.
kmodel_sources := $(sort $(wildcard kmodel/*.c))
kmodel_objects := $(patsubst %.c,$(O)/%.o,$(kmodel_sources))
