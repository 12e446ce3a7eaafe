# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# The library's way to /dev/kpuN, compiled again with another ioctl() in place of the driver.
driver_test_objects := \
	$(patsubst %,$(O)/tests/unit/driver/fake/%.o,lib/backend_dev lib/driver_buffers \
	lib/driver_flash lib/driver_jobs lib/driver_load lib/error lib/uri \
	tests/unit/driver/test_driver)
$(driver_test_objects): CPPFLAGS += -Dioctl=fake_ioctl

$(O)/tests/unit/driver/fake/%.o: %.c
	@mkdir -p $(@D)
	@[ "$(V)" = 1 ] || echo "  CC      $@"
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(O)/tests/unit/driver/test_driver: $(driver_test_objects)
	$(CC) $(LDFLAGS) -o $@ $^ $(CHECK_LIBS) -pthread

test_programs += $(O)/tests/unit/driver/test_driver
