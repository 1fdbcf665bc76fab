/*
 * Makes the nth call of SQLite to the operating system fail, to try every error path of a store:
 * a full disk, a lost device, a file that cannot be opened.
 */
#ifndef TESTS_LIB_FAULTY_VFS_H
#define TESTS_LIB_FAULTY_VFS_H

enum faulty_call { FAULTY_WRITE, FAULTY_SYNC, FAULTY_OPEN };

/* Call it once, before SQLite is used: from then on every file goes through here. */
void faulty_vfs_install(void);

/*
 * From the nth call of that kind on (1: the next one) all fail with the result code of SQLite; n of
 * 0 turns it off. `count` calls fail, then things work again; 0: all of them.
 */
void faulty_vfs_fail(enum faulty_call call, int n, int result, int count);

/* Whether a call has failed since faulty_vfs_fail(). */
int faulty_vfs_failed(void);

#endif
