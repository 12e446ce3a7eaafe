/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * A plan on disk, from before the first sector is erased until all of it has been verified: what a
 * write that was interrupted left half done is finished from there.
 */
#ifndef KPUCTL_FLASH_JOURNAL_H
#define KPUCTL_FLASH_JOURNAL_H

#include "utils/kpuctl/flash/plan.h"

/*
 * Where the journal of a chip lies: in $XDG_STATE_HOME/kpu, else ~/.local/state/kpu, for root
 * /var/lib/kpu, named after the chip's ids. Chips of a kind without an id of their own share it, so
 * that it may be another board's. False: there is no such folder.
 */
bool flash_journal_path(const struct kpu_flash_info *info, char *path, size_t size);

/* Makes the folder, too; on disk when it returns. */
int flash_journal_save(const char *path, const struct flash_plan *plan, struct kpu_error *error);
/* True: there is one; *plan holds it if the result is 0, free it with flash_plan_free(). */
bool flash_journal_exists(const char *path);
int flash_journal_load(const char *path, struct flash_plan *plan, struct kpu_error *error);
void flash_journal_remove(const char *path);
/* For the rest of this process; false: another one holds it, and is at work. */
bool flash_journal_hold(const char *path);
bool flash_journal_held(const char *path);

#endif
