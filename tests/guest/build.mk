# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# Programs of the guest tests: those that run inside are static, the guest has no libraries but
# the ones of kpuctl.

guest_static := init usbip_attach pull_cable
guest_programs := $(guest_static:%=$(O)/tests/guest/%) $(O)/tests/guest/usbip_echo

$(guest_static:%=$(O)/tests/guest/%): $(O)/tests/guest/%: $(O)/tests/guest/%.o
	$(CC) -static $(LDFLAGS) -pthread -o $@ $^

$(O)/tests/guest/usbip_echo: $(O)/tests/guest/usbip_echo.o
	$(CC) $(LDFLAGS) -o $@ $^

.PHONY: guest-programs
guest-programs: $(guest_programs)
