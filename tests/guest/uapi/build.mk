# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# Tests of the ioctl interface, run inside the guest: static, each with a board of its own on a pty.
uapi_tests := uapi_ioctls uapi_jobs uapi_unplug uapi_hostile
uapi_common := $(patsubst %,$(O)/tests/guest/uapi/%.o,testing fake_board client)

$(uapi_tests:%=$(O)/tests/guest/%): $(O)/tests/guest/%: $(O)/tests/guest/uapi/%.o $(uapi_common) \
		$(patsubst link/%.c,$(O)/link/%.o,$(wildcard link/*.c))
	$(CC) -static $(LDFLAGS) -pthread -o $@ $^

guest-programs: $(uapi_tests:%=$(O)/tests/guest/%)
