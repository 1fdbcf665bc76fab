/*
 * Faults on purpose: makes the n-th file-changing system call of base/fs.c fail, or the process die
 * just before it, so that a test can walk through every point where a disk fills up or the power
 * goes. Exists only in builds configured with --enable-faults (the default of --enable-sanitizers);
 * in any other build it costs nothing and the environment is not looked at.
 *
 * Counted, from 1, over the whole process: openat with O_CREAT, write, fsync, syncfs, renameat,
 * linkat, unlinkat, mkdirat, fchmod, ftruncate. What closes or removes after a failure is counted
 *too.
 *
 *	XATA_FAULT=7:ENOSPC       the 7th such call fails with that errno (a name or a number);
 *	                          it does nothing, the calls after it work again
 *	XATA_FAULT=7+:ENOSPC      that call and every later one, as on a disk that stays full
 *	XATA_FAULT=7:kill         the process gets SIGKILL just before that call
 *	XATA_FAULT_COUNT=FILE     FILE gets the number of such calls and a line feed when the
 *	                          process exits (not when it is killed)
 *
 * A test runs its command once to count, then once for each n. A value that cannot be read ends the
 * process at its start with status 70: a misspelt fault must not pass for a success.
 */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include <stdbool.h>

#ifdef XATA_FAULTS
#define FAULT_POSSIBLE true

/* Counts one call. True: the caller acts as if the call had returned -1; errno is set. */
bool fault_here(void);

/*
 * For unit tests, in place of the environment: starts counting anew and takes a value as XATA_FAULT
 * has it, NULL for none. False when it cannot be read; then nothing is armed.
 */
bool fault_arm(const char *spec);
long fault_count(void); /* calls since the start or the last fault_arm() */

#else
#define FAULT_POSSIBLE false

static inline bool fault_here(void)
{
	return false;
}

static inline bool fault_arm(const char *spec)
{
	return !spec;
}

static inline long fault_count(void)
{
	return 0;
}
#endif

#endif
