# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors

$(O)/tests/bench/cpu_bench: $(O)/tests/bench/cpu_bench.o $(hart_objects)
	$(CC) $(LDFLAGS) -o $@ $^ -lm

bench_programs += $(O)/tests/bench/cpu_bench

$(O)/tests/bench/kpu_bench: $(O)/tests/bench/kpu_bench.o $(O)/tests/unit/kpu/layer_builder.o \
	$(kpu_model_objects)
	$(CC) $(LDFLAGS) -o $@ $^

bench_programs += $(O)/tests/bench/kpu_bench

$(O)/tests/bench/yolo2_bench: $(O)/tests/bench/yolo2_bench.o $(libkpu_a)
	$(CC) $(LDFLAGS) -o $@ $^ -lm $(libkpu_libs)

bench_programs += $(O)/tests/bench/yolo2_bench

$(O)/tests/bench/wire_bench: $(O)/tests/bench/wire_bench.o $(O)/tests/emu/firmware_link.o \
	$(link_objects)
	$(CC) $(LDFLAGS) -o $@ $^ $(CHECK_LIBS)

bench_programs += $(O)/tests/bench/wire_bench

$(O)/tests/bench/lines_bench: $(O)/tests/bench/lines_bench.o $(libkpu_a)
	$(CC) $(LDFLAGS) -o $@ $^ -lm $(libkpu_libs)

bench_programs += $(O)/tests/bench/lines_bench

# In the guest: static, and found there by tests/guest/root.sh.
$(O)/tests/guest/ioctl_bench: $(O)/tests/bench/ioctl_bench.o
	@mkdir -p $(@D)
	$(CC) -static $(LDFLAGS) -o $@ $^

# make bench [TABLES="kpu yolo2"]: all tables of docs/performance.md, or some.
bench: all $(bench_programs) $(O)/tests/guest/ioctl_bench $(O)/tests/unit/link/test_rates \
		guest-programs guest-modules-6.1
	tests/bench/run.sh $(TABLES)
