# SPDX-License-Identifier: GPL-2.0-only
# SPDX-FileCopyrightText: the kpu authors
#
# make modules [KDIR=...] [KPU_DEBUG=y] [C=2]
#
# Each kernel release has a folder of its own below build/modules, with links to the sources, so
# that objects of different kernels never meet. The modules end up in build/modules/RELEASE/, also
# to be found by the series (6.1) that was built last.
KDIR ?= /lib/modules/$(shell uname -r)/build
modules_release = $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' \
	$(KDIR)/include/generated/utsrelease.h 2>/dev/null)
modules_series = $(shell echo $(modules_release) | sed 's/^\([0-9]*\.[0-9]*\).*/\1/')
modules_folder = build/modules/$(modules_release)

modules:
	@[ -n "$(modules_release)" ] || { \
		echo "$(KDIR) is no kernel build directory: install the package" \
			"linux-headers-$$(uname -r), or give KDIR=..." >&2; exit 1; }
	@mkdir -p $(modules_folder)/src/kernel $(modules_folder)/src/link
	@ln -sfn $(TOP)/include $(modules_folder)/src/include
	@ln -sf $(TOP)/kernel/*.[ch] $(TOP)/kernel/Kbuild $(modules_folder)/src/kernel/
	@ln -sf $(TOP)/link/*.[ch] $(TOP)/link/*.def $(modules_folder)/src/link/
	$(MAKE) -C $(KDIR) M=$(TOP)/$(modules_folder)/src/kernel W=1 KCFLAGS=-Werror modules
	@cp $(modules_folder)/src/kernel/*.ko $(modules_folder)/
	@ln -sfn $(modules_release) build/modules/$(modules_series)
