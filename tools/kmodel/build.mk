# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# Writer of kmodels, for tests and for the project's own networks.
kmodel_writer_objects := $(patsubst %,$(O)/tools/kmodel/%.o,buffer layer_words writer)
