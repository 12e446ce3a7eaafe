/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* A folder that takes a picture for each one that is read. */
#ifndef KPUCTL_OUTPUT_FOLDER_H
#define KPUCTL_OUTPUT_FOLDER_H

#include "utils/kpuctl/command.h"

/* FOLDER/NAME.png for an input FOLDER2/NAME.jpg. False: @size is too small. */
bool output_in_folder(const char *folder, const char *input, char *path, size_t size);

/*
 * Ends the program when two of @inputs would become the same file in @folder, or one a file that is
 * among @inputs.
 */
void output_folder_check(const struct command *command, const char *folder, char *const *inputs,
			 size_t count);

#endif
