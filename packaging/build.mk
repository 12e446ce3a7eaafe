# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# make install [prefix=/usr/local] [DESTDIR=folder]; make uninstall with the same variables.
#
# The library finds emulator and firmware beside itself: libdir has to be prefix/lib or
# prefix/lib/TRIPLET. Modules are installed when they were built for kernel_release.
bindir ?= $(prefix)/bin
libdir ?= $(prefix)/lib
libexecdir ?= $(prefix)/libexec
includedir ?= $(prefix)/include
datadir ?= $(prefix)/share
mandir ?= $(datadir)/man
udevdir ?= $(prefix)/lib/udev/rules.d
modulesloaddir ?= $(prefix)/lib/modules-load.d
unitdir ?= $(prefix)/lib/systemd/system
# kpuctl reads its configuration in /etc, whatever the prefix is.
sysconfdir ?= /etc
kernel_release ?= $(shell uname -r)
modules_built ?= build/modules/$(kernel_release)
libs_private := $(libkpu_libs)

install_variables := O VERSION DESTDIR prefix bindir libdir libexecdir includedir datadir mandir \
	udevdir modulesloaddir unitdir sysconfdir kernel_release modules_built libs_private

.PHONY: uninstall
install: all
	$(foreach name,$(install_variables),$(name)='$($(name))') packaging/install.sh install

uninstall:
	$(foreach name,$(install_variables),$(name)='$($(name))') packaging/install.sh uninstall
