/*
 * Time: the wall clock as RFC 3339 text, and a monotonic clock for durations.
 *
 * The ledger layer never calls these; it gets its times passed in.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLOCK_TEXT_MAX 40

int64_t clock_unix_us(void); /* microseconds since 1970 */
int64_t clock_mono_ms(void); /* milliseconds since some fixed point; never goes back */

/* "2026-01-02T10:00:00.123456Z", trailing zeros of the fraction left out, no fraction when 0. */
void clock_format(char out[CLOCK_TEXT_MAX], int64_t unix_us);

/*
 * Reads RFC 3339 text with any fraction (microseconds count) and offset; false, and *unix_us left
 * alone, when it is not exactly that or names a day that does not exist.
 */
bool clock_parse(int64_t *unix_us, const char *text);

/* "20260102T100000Z": for names of folders. */
void clock_format_compact(char out[CLOCK_TEXT_MAX], int64_t unix_us);

/* Sleeps the whole time, even when a signal arrives in between. */
void clock_sleep_ms(int64_t ms);

#endif
