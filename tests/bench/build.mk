# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors

$(O)/tests/bench/cpu_bench: $(O)/tests/bench/cpu_bench.o $(hart_objects)
	$(CC) $(LDFLAGS) -o $@ $^ -lm

bench_programs += $(O)/tests/bench/cpu_bench

$(O)/tests/bench/kpu_bench: $(O)/tests/bench/kpu_bench.o $(O)/tests/unit/kpu/layer_builder.o \
	$(kpu_model_objects)
	$(CC) $(LDFLAGS) -o $@ $^

bench_programs += $(O)/tests/bench/kpu_bench
