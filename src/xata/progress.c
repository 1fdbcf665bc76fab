/* Draws one line of progress over itself. */
#include "xata/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

#define BAR_WIDTH 24

void progress_show(struct progress *p, const char *what, size_t done, size_t total)
{
	static const char spinner[] = "|/-\\";
	char bar[BAR_WIDTH + 1];
	long long now = clock_mono_ms();

	if (p->out->quiet || p->out->json || !isatty(STDERR_FILENO))
		return;
	if (p->shown && now - p->last_ms < 100 && done != total)
		return;
	p->shown = true;
	p->last_ms = now;
	if (!total) {
		fprintf(stderr, "\r\033[K%s %c %zu", what, spinner[(now / 100) % 4], done);
	} else {
		size_t full = done >= total ? BAR_WIDTH : done * BAR_WIDTH / total;
		for (size_t i = 0; i < BAR_WIDTH; i++)
			bar[i] = i < full ? '#' : '.';
		bar[BAR_WIDTH] = '\0';
		fprintf(stderr, "\r\033[K%s [%s] %zu/%zu", what, bar, done, total);
	}
	fflush(stderr);
}

void progress_clear(struct progress *p)
{
	if (!p->shown)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
	p->shown = false;
}
