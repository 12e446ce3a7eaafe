# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors

kpu_model_srcs := $(addprefix utils/k210-emu/kpu/, \
	model.c layer_check.c parameters.c layout.c cycles.c reference.c)
kpu_model_objects := $(patsubst %.c,$(O)/%.o,$(kpu_model_srcs))
