# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# make install [prefix=/usr/local] [DESTDIR=folder]; make uninstall with the same variables.
# make install-dkms [DESTDIR=folder]; make uninstall-dkms, or uninstall, which includes it.
#
# The library finds emulator and firmware beside itself: libdir has to be prefix/lib or
# prefix/lib/TRIPLET. Modules are installed when they were built for kernel_release.
bindir ?= $(prefix)/bin
libdir ?= $(prefix)/lib
libexecdir ?= $(prefix)/libexec
includedir ?= $(prefix)/include
datadir ?= $(prefix)/share
mandir ?= $(datadir)/man
completionsdir ?= $(datadir)/bash-completion/completions
udevdir ?= $(prefix)/lib/udev/rules.d
modulesloaddir ?= $(prefix)/lib/modules-load.d
unitdir ?= $(prefix)/lib/systemd/system
# kpuctl reads its configuration in /etc, whatever the prefix is.
sysconfdir ?= /etc
kernel_release ?= $(shell uname -r)
modulesdir ?= /lib/modules
modules_built ?= build/modules/$(kernel_release)
# Where dkms looks.
dkms_source ?= /usr/src
libs_private := $(libkpu_libs)

install_variables := O VERSION DESTDIR prefix bindir libdir libexecdir includedir datadir mandir \
	completionsdir udevdir modulesloaddir unitdir sysconfdir kernel_release modulesdir \
	modules_built dkms_source libs_private
run_install = $(foreach name,$(install_variables),$(name)='$($(name))') packaging/install.sh $@

.PHONY: uninstall install-dkms uninstall-dkms
install: all
	$(run_install)

# Needs no build. The modules that install brought, if both are asked for, go again.
install-dkms: $(filter install,$(MAKECMDGOALS))
	$(run_install)

uninstall uninstall-dkms:
	$(run_install)
