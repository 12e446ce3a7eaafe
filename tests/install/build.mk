# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
test_scripts += tests/install/staged.sh tests/install/make.sh
