/*
 * The user's own files, beside each other in `$XDG_CONFIG_HOME/xata` or `~/.config/xata`: readable
 * by nobody else from the moment they exist, and replaced in one step under a lock.
 */
#ifndef PROJECT_USERFILE_H
#define PROJECT_USERFILE_H

#include "base/error.h"
#include "base/fs.h"
#include "base/str.h"

#define USERFILE_MAX ((size_t)1 << 20) /* bytes */
#define USERFILE_PATH_MAX 4096

/* The path of a file there; E_PROJECT when no home directory is known. */
int userfile_path(char out[USERFILE_PATH_MAX], const char *name, struct error *err) MUST_USE;

/* Appends the file; nothing when there is none. E_ACCESS with the chmod when others may read it. */
int userfile_read(struct str *out, const char *name, struct error *err) MUST_USE;

/* Between reading a file and replacing it: others wait. Makes the directory, 0700. */
int userfile_lock(struct fs_lock *lock, struct error *err) MUST_USE;
int userfile_replace(const char *name, struct view text, struct error *err) MUST_USE;

/* Overwrites what held a secret and releases it. */
void userfile_wipe(struct str *text);

#endif
