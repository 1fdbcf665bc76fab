/* Counts file-changing system calls and spoils the one that a test named. */
#include "base/fault.h"

#ifdef XATA_FAULTS

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/banned.h"

#define ERRNO_LAST 133 /* EHWPOISON; Linux has none above it */

static struct {
	long at; /* 0: none */
	int error;
	bool stays, kill;
} armed;
static atomic_long calls;

/* "ENOSPC" or "28"; 0 when it is neither. */
static int errno_of(const char *text)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (end != text && !*end)
		return value > 0 && value <= ERRNO_LAST ? (int)value : 0;
	for (int i = 1; i <= ERRNO_LAST; i++) {
		const char *name = strerrorname_np(i);
		if (name && strcmp(name, text) == 0)
			return i;
	}
	return 0;
}

bool fault_arm(const char *spec)
{
	char *end;

	atomic_store(&calls, 0);
	memset(&armed, 0, sizeof armed);
	if (!spec || !*spec)
		return true;
	long at = strtol(spec, &end, 10);
	bool stays = *end == '+';
	if (stays)
		end++;
	if (end == spec || at <= 0 || *end != ':')
		return false;
	bool kill_it = strcmp(end + 1, "kill") == 0;
	int error = kill_it ? 0 : errno_of(end + 1);
	if (!kill_it && error == 0)
		return false;
	armed.at = at;
	armed.error = error;
	armed.stays = stays;
	armed.kill = kill_it;
	return true;
}

long fault_count(void)
{
	return atomic_load(&calls);
}

bool fault_here(void)
{
	long n = atomic_fetch_add(&calls, 1) + 1;

	if (armed.at == 0 || n < armed.at || (n > armed.at && !armed.stays))
		return false;
	if (armed.kill)
		raise(SIGKILL);
	errno = armed.error;
	return true;
}

static void write_count(void)
{
	const char *path = getenv("XATA_FAULT_COUNT");
	int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644) : -1;

	if (fd >= 0) {
		dprintf(fd, "%ld\n", fault_count());
		close(fd);
	}
}

/* Before main(), so that a process that changes no file leaves a count too. */
static __attribute__((constructor)) void arm_from_environment(void)
{
	if (!fault_arm(getenv("XATA_FAULT"))) {
		fputs("xata: error: cannot read XATA_FAULT\n", stderr);
		_exit(70);
	}
	if (getenv("XATA_FAULT_COUNT") && atexit(write_count) != 0)
		_exit(70);
}

#else
/* A translation unit may not be empty. */
extern int fault_not_built;
#endif
