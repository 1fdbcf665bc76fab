/* Wall clock and monotonic clock, and their text form. */
#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/banned.h"

int64_t clock_unix_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t clock_mono_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static struct tm utc_of(int64_t unix_us)
{
	struct tm tm;
	time_t seconds = (time_t)(unix_us / 1000000);

	gmtime_r(&seconds, &tm);
	return tm;
}

void clock_format(char out[CLOCK_TEXT_MAX], int64_t unix_us)
{
	struct tm tm = utc_of(unix_us);
	int us = (int)(unix_us % 1000000);
	char fraction[16] = "";

	if (us) {
		snprintf(fraction, sizeof fraction, ".%06d", us);
		for (size_t n = strlen(fraction); fraction[n - 1] == '0'; n--)
			fraction[n - 1] = '\0';
	}
	size_t n = strftime(out, CLOCK_TEXT_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + n, CLOCK_TEXT_MAX - n, "%sZ", fraction);
}

void clock_format_compact(char out[CLOCK_TEXT_MAX], int64_t unix_us)
{
	struct tm tm = utc_of(unix_us);

	strftime(out, CLOCK_TEXT_MAX, "%Y%m%dT%H%M%SZ", &tm);
}

/* Reads "Z" or "+hh:mm" to the end of the text, as seconds. */
static bool parse_offset(long *seconds, const char *p)
{
	int h, m, n = 0;

	*seconds = 0;
	if ((*p == 'Z' || *p == 'z') && !p[1])
		return true;
	if (*p != '+' && *p != '-')
		return false;
	if (sscanf(p + 1, "%2d:%2d%n", &h, &m, &n) != 2 || n != 5 || p[6] || h > 23 || m > 59 ||
	    h < 0 || m < 0)
		return false;
	*seconds = (*p == '-' ? -1L : 1L) * (h * 3600L + m * 60L);
	return true;
}

bool clock_parse(int64_t *unix_us, const char *text)
{
	struct tm tm = {0};
	long offset, us = 0, unit = 100000;

	if (!text || strlen(text) < 20 || strlen(text) > 64)
		return false;
	const char *p = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	if (!p || p - text != 19)
		return false;
	if (*p == '.') {
		if (p[1] < '0' || p[1] > '9')
			return false;
		for (p++; *p >= '0' && *p <= '9'; p++, unit /= 10)
			us += (*p - '0') * unit;
	}
	if (!parse_offset(&offset, p))
		return false;
	*unix_us = ((int64_t)timegm(&tm) - offset) * 1000000 + us;
	return true;
}

void clock_sleep_ms(int64_t ms)
{
	struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000};

	while (ms > 0 && nanosleep(&ts, &ts) < 0 && errno == EINTR)
		;
}
