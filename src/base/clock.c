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

/* Splits towards the past, so that a time before 1970 has a positive fraction too. */
static struct tm utc_of(int64_t unix_us, int *us)
{
	struct tm tm = {0};
	int rest = (int)(unix_us % 1000000);
	time_t seconds = (time_t)(unix_us / 1000000 - (rest < 0));

	*us = rest < 0 ? rest + 1000000 : rest;
	gmtime_r(&seconds, &tm);
	return tm;
}

void clock_format(char out[CLOCK_TEXT_MAX], int64_t unix_us)
{
	int us;
	struct tm tm = utc_of(unix_us, &us);
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
	int us;
	struct tm tm = utc_of(unix_us, &us);

	strftime(out, CLOCK_TEXT_MAX, "%Y%m%dT%H%M%SZ", &tm);
}

/* Exactly `count` digits with a value in [min, max] at *p, which moves behind them. */
static bool take_digits(int *out, const char **p, int count, int min, int max)
{
	int value = 0;

	for (; count > 0; count--, (*p)++) {
		if (**p < '0' || **p > '9')
			return false;
		value = value * 10 + (**p - '0');
	}
	*out = value;
	return value >= min && value <= max;
}

static bool take_char(const char **p, char upper)
{
	if (**p != upper && !(upper >= 'A' && **p == upper + ('a' - 'A')))
		return false;
	(*p)++;
	return true;
}

static int days_in(int month, int year)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

/* "2026-01-02T10:00:00"; a leap second, :60, is the second after :59. */
static bool take_time(struct tm *tm, const char **p)
{
	int year, month, day;

	if (!take_digits(&year, p, 4, 0, 9999) || !take_char(p, '-') ||
	    !take_digits(&month, p, 2, 1, 12) || !take_char(p, '-') ||
	    !take_digits(&day, p, 2, 1, days_in(month, year)) || !take_char(p, 'T') ||
	    !take_digits(&tm->tm_hour, p, 2, 0, 23) || !take_char(p, ':') ||
	    !take_digits(&tm->tm_min, p, 2, 0, 59) || !take_char(p, ':') ||
	    !take_digits(&tm->tm_sec, p, 2, 0, 60))
		return false;
	tm->tm_year = year - 1900;
	tm->tm_mon = month - 1;
	tm->tm_mday = day;
	return true;
}

/* ".123…" or nothing, as microseconds; further digits are cut off. */
static bool take_fraction(long *us, const char **p)
{
	long unit = 100000;

	*us = 0;
	if (!take_char(p, '.'))
		return true;
	if (**p < '0' || **p > '9')
		return false;
	for (; **p >= '0' && **p <= '9'; (*p)++, unit /= 10)
		*us += (**p - '0') * unit;
	return true;
}

/* "Z" or "+hh:mm", in seconds. */
static bool take_offset(long *seconds, const char **p)
{
	int hours, minutes;
	bool west = **p == '-';

	*seconds = 0;
	if (take_char(p, 'Z'))
		return true;
	if (!take_char(p, '+') && !take_char(p, '-'))
		return false;
	if (!take_digits(&hours, p, 2, 0, 23) || !take_char(p, ':') ||
	    !take_digits(&minutes, p, 2, 0, 59))
		return false;
	*seconds = (west ? -1L : 1L) * (hours * 3600L + minutes * 60L);
	return true;
}

bool clock_parse(int64_t *unix_us, const char *text)
{
	struct tm tm = {0};
	const char *p = text;
	long us, offset;

	if (!text || strlen(text) > 64 || !take_time(&tm, &p) || !take_fraction(&us, &p) ||
	    !take_offset(&offset, &p) || *p)
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
