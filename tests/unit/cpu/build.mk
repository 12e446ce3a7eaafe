# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors

cpu_test_objects := $(patsubst %,$(O)/tests/unit/cpu/%.o,main machine test_traps test_csr test_run \
		      test_atomic test_code_cache test_spin test_floating_point)

$(O)/tests/unit/cpu/test_cpu: $(cpu_test_objects) $(hart_objects)
	$(CC) $(LDFLAGS) -o $@ $^ $(CHECK_LIBS)

test_programs += $(O)/tests/unit/cpu/test_cpu

cpu_qemu_test_objects := $(patsubst %,$(O)/tests/unit/cpu/%.o,test_qemu random_values random_kinds \
			   random_code random_program)

$(O)/tests/unit/cpu/test_cpu_qemu: $(cpu_qemu_test_objects) $(hart_objects)
	$(CC) $(LDFLAGS) -o $@ $^ $(CHECK_LIBS)

test_programs += $(O)/tests/unit/cpu/test_cpu_qemu
