/* The main of a fuzz target in "make check": runs it over its committed seeds, one TAP test each.
 */
#include <dirent.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED_MAX (1U << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The seed lives in a heap block of its exact size, so that a read past its end is caught. */
static int replay(const char *path)
{
	static uint8_t buffer[SEED_MAX];
	FILE *f = fopen(path, "rb");
	if (!f)
		return -1;
	size_t size = fread(buffer, 1, sizeof(buffer), f);
	int rc = ferror(f) ? -1 : 0;
	fclose(f);
	uint8_t *exact = malloc(size ? size : 1);
	if (rc < 0 || !exact) {
		free(exact);
		return -1;
	}
	memcpy(exact, buffer, size);
	rc = LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	return rc;
}

static int is_seed(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int main(int argc, char **argv)
{
	const char *top = getenv("abs_top_srcdir");
	const char *slash = strrchr(argv[0], '/');
	char dir[PATH_MAX], path[PATH_MAX + NAME_MAX + 2];
	struct dirent **seeds;
	int failed = 0;

	(void)argc;
	snprintf(dir, sizeof(dir), "%s/tests/fuzz/seeds/%s", top ? top : ".",
		 slash ? slash + 1 : argv[0]);
	int n = scandir(dir, &seeds, is_seed, alphasort);
	if (n <= 0) {
		printf("Bail out! no seeds in %s\n", dir);
		return 1;
	}
	printf("1..%d\n", n);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, seeds[i]->d_name);
		int rc = replay(path);
		failed += rc != 0;
		printf("%s %d - %s\n", rc == 0 ? "ok" : "not ok", i + 1, seeds[i]->d_name);
		fflush(stdout); /* a crash in the next one must not hide this result */
		free(seeds[i]);
	}
	free(seeds);
	return failed != 0;
}
