# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors

$(O)/tests/bench/cpu_bench: $(O)/tests/bench/cpu_bench.o $(hart_objects)
	$(CC) $(LDFLAGS) -o $@ $^ -lm

bench_programs += $(O)/tests/bench/cpu_bench
