# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# KPU arithmetic. The vector kernels are compiled for instructions that the running processor may
# lack; implementation.c asks it before one of them is called.

kpu_model_dir := utils/k210-emu/kpu
kpu_model_srcs := $(addprefix $(kpu_model_dir)/, model.c layer_check.c parameters.c layout.c \
	cycles.c reference.c implementation.c fast.c dense.c depthwise.c pool.c finish_plan.c \
	kernels_portable.c)

ifneq ($(findstring x86_64,$(shell $(CC) -dumpmachine)),)
kpu_model_srcs += $(addprefix $(kpu_model_dir)/, kernels_sse41.c kernels_avx2.c \
	kernels_avx512vnni.c)
$(O)/$(kpu_model_dir)/kernels_sse41.o: CFLAGS += -O3 -msse4.1
$(O)/$(kpu_model_dir)/kernels_avx2.o: CFLAGS += -O3 -mavx2
$(O)/$(kpu_model_dir)/kernels_avx512vnni.o: CFLAGS += -O3 -mavx512f -mavx512bw -mavx512vl \
	-mavx512vnni
endif
$(O)/$(kpu_model_dir)/kernels_portable.o $(O)/$(kpu_model_dir)/pool.o: CFLAGS += -O3

kpu_model_objects := $(patsubst %.c,$(O)/%.o,$(kpu_model_srcs))
