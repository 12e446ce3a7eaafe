# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# Tests of the driver in QEMU guests with stock Debian kernels. Programs that run inside are linked
# statically: the guest has no libraries but those of kpuctl.
#
#   make guest [KERNEL=6.12]   shell in a guest with driver and emulated board
#   make check-guest           all cases on all kernels
#   make guest-modules-debug   the modules for a kernel with debugging aids: debug_kernel.sh
#
# tests/guest/uapi/test_NAME.c becomes the program uapi_NAME, which the guest runs as a case; the
# folder's other files and the link are linked to each.
KERNEL ?= 6.1
guest_kernels := 6.1 6.12

guest_uapi_sources := $(wildcard tests/guest/uapi/*.c)
guest_uapi_tests := $(filter tests/guest/uapi/test_%,$(guest_uapi_sources))
guest_uapi_shared := $(filter-out $(guest_uapi_tests),$(guest_uapi_sources))
guest_uapi := $(guest_uapi_tests:tests/guest/uapi/test_%.c=uapi_%)
guest_static := init usbip_attach spi_cable pull_cable board_order host_sleep \
	failing_allocations $(guest_uapi)
guest_programs := $(guest_static:%=$(O)/tests/guest/%) $(O)/tests/guest/usbip_echo \
	$(O)/tests/guest/recovery_load $(O)/tests/guest/until_dead \
	$(O)/tests/guest/tsc_khz $(O)/tests/unit/soc/programs/chatter.bin

$(O)/tests/guest/uapi_%: $(O)/tests/guest/uapi/test_%.o $(guest_uapi_shared:%.c=$(O)/%.o) \
		$(link_objects)
	$(CC) -static $(LDFLAGS) -pthread -o $@ $^

$(O)/tests/guest/failing_allocations: $(O)/tests/guest/failing_allocations.o \
		$(guest_uapi_shared:%.c=$(O)/%.o) $(link_objects)
	$(CC) -static $(LDFLAGS) -pthread -o $@ $^

# With the library, as a user's program.
$(O)/tests/guest/recovery_load $(O)/tests/guest/until_dead: \
$(O)/tests/guest/%: $(O)/tests/guest/%.o $(libkpu_so) $(libkpu_links)
	$(CC) $(LDFLAGS) -pthread -o $@ $< -L$(O)/lib -lkpu

$(O)/tests/guest/%: $(O)/tests/guest/%.o
	$(CC) -static $(LDFLAGS) -pthread -o $@ $^

.PHONY: guest-programs guest-kernels guest-deps check-guest \
	$(guest_kernels:%=guest-modules-%) guest-modules-debug

guest-programs: $(guest_programs)

guest-deps:
	@tools/deps.sh base guest

guest-kernels: guest-deps
	@tests/guest/kernels.sh fetch

# Fetches the one kernel that it is for, no more.
$(guest_kernels:%=guest-modules-%) guest-modules-debug: guest-modules-%: guest-deps
	@tests/guest/kernels.sh fetch $*
	+@$(MAKE) --no-print-directory modules KDIR="$$(tests/guest/kernels.sh kdir $*)"
	+@$(MAKE) --no-print-directory test-modules KDIR="$$(tests/guest/kernels.sh kdir $*)"

guest-modules-%:
	@echo "there is no guest with a kernel $*; KERNEL= is one of: $(guest_kernels)" >&2; exit 1

# Modules that only tests use: tests/kernel/.
test-modules:
	@mkdir -p $(modules_folder)/test/tests/kernel
	@ln -sfn $(TOP)/utils $(modules_folder)/test/utils
	@ln -sf $(TOP)/tests/kernel/*.[ch] $(TOP)/tests/kernel/Kbuild \
		$(modules_folder)/test/tests/kernel/
	$(MAKE) -C $(KDIR) M=$(TOP)/$(modules_folder)/test/tests/kernel W=1 KCFLAGS=-Werror modules
	@cp $(modules_folder)/test/tests/kernel/*.ko $(modules_folder)/

guest: all guest-programs guest-modules-$(KERNEL)
	@tests/guest/run.sh --kernel=$(KERNEL) --shell

# The script has a limit for each guest, this one is for all of them together. What DKMS installs is
# built for one of these kernels. As part of make check the results go to its sum.
check-guest: all guest-programs $(guest_kernels:%=guest-modules-%)
	TEST_TIMEOUT=2700 tests/run.sh $(if $(MAKELEVEL:0=),--tally $(tally)) \
		tests/guest/check.sh tests/install/dkms.sh

.SECONDARY: $(guest_programs:%=%.o) $(guest_uapi_sources:%.c=$(O)/%.o)

test_scripts += tests/kernel/binding.sh
