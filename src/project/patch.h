/* What a patch in Git's format does to a project's records. */
#ifndef PROJECT_PATCH_H
#define PROJECT_PATCH_H

#include "base/str.h"

/*
 * Appends the names of the files of records that a patch adds to the project in folder ("" at the
 * top of the repository): without the folders, with ".json". Paths are read as "git am" takes them,
 * without their first folder ("b/", or what diff.dstPrefix and diff.mnemonicPrefix make of it), but
 * for those that diff.noPrefix left without one; and also where Git quotes them.
 */
void patch_added_records(struct strs *out, struct view patch, const char *folder);
/* The folders of the projects that it adds records to, "" for the top; each once. */
void patch_added_folders(struct strs *out, struct view patch);

#endif
