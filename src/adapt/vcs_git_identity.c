/* Who makes a commit and when: the environment first, as git has it, then the settings. */
#include "adapt/vcs_git_impl.h"

#include <ctype.h>
#include <stdlib.h>
#include <time.h>

#include "base/alloc.h"
#include "base/clock.h"

#include "base/banned.h"

struct person {
	char *name, *email;
};

static void person_release(struct person *p)
{
	free(p->name);
	free(p->email);
}
AUTO_VALUE_DEFINE(person)

/* A variable of the environment that is set and not empty; free() it. */
static char *from_environment(const char *prefix, const char *what)
{
	AUTO_FREE char *name = xasprintf("%s_%s", prefix, what);
	const char *value = getenv(name);

	return value && *value ? xstrdup(value) : NULL;
}

/* A setting; free() it. */
static char *from_settings(git_config *config, const char *section, const char *key)
{
	AUTO_FREE char *name = xasprintf("%s.%s", section, key);
	git_buf value = GIT_BUF_INIT;

	int code = git_config_get_string_buf(&value, config, name);
	char *out = code == 0 && *value.ptr ? xstrdup(value.ptr) : NULL;
	git_buf_dispose(&value);
	return out;
}

/* git falls back to the names of the user and the machine; here nothing is guessed. */
static int find_person(struct person *out, struct vcs_git *g, const char *prefix, struct error *err)
{
	const char *section = str_eq(prefix, "GIT_AUTHOR") ? "author" : "committer";
	git_config *config = NULL;

	if (git_repository_config_snapshot(&config, g->repo) < 0)
		return vcs_git_fail(err, E_IO, "could not read the configuration of Git");
	out->name = from_environment(prefix, "NAME");
	if (!out->name)
		out->name = from_settings(config, section, "name");
	if (!out->name)
		out->name = from_settings(config, "user", "name");
	out->email = from_environment(prefix, "EMAIL");
	if (!out->email)
		out->email = from_settings(config, section, "email");
	if (!out->email)
		out->email = from_settings(config, "user", "email");
	if (!out->email && getenv("EMAIL"))
		out->email = xstrdup(getenv("EMAIL"));
	git_config_free(config);
	if (out->name && out->email)
		return 0;
	int rc = fail(err, E_PROJECT, "it is not known who makes the commit: user.%s is not set",
		      out->name ? "email" : "name");
	hint(err,
	     "Set it, git config user.%s '%s', or %s_%s in the environment (author and "
	     "committer).",
	     out->name ? "email" : "name", out->name ? "you@example.com" : "Your Name", prefix,
	     out->name ? "EMAIL" : "NAME");
	return rc;
}

/* ---- dates */

static bool all_digits(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isdigit((unsigned char)text[i]))
			return false;
	return len > 0;
}

/* "+0200", "-05:30" or "Z" as minutes. */
static bool parse_offset(int *minutes, const char *text)
{
	size_t len = strlen(text);
	bool colon = len == 6 && text[3] == ':';

	*minutes = 0;
	if (str_eq(text, "Z"))
		return true;
	if ((*text != '+' && *text != '-') || (len != 5 && !colon) || !all_digits(text + 1, 2) ||
	    !all_digits(text + len - 2, 2))
		return false;
	const char *mm = text + len - 2;
	*minutes = ((text[1] - '0') * 10 + (text[2] - '0')) * 60 + (mm[0] - '0') * 10 +
		   (mm[1] - '0');
	if (*text == '-')
		*minutes = -*minutes;
	return true;
}

/* What the clocks here show at a time, as minutes before those of UTC. */
static int local_offset(int64_t unix_s)
{
	struct tm tm;
	time_t t = (time_t)unix_s;

	return localtime_r(&t, &tm) ? (int)(tm.tm_gmtoff / 60) : 0;
}

/* Git's own form: seconds since 1970 and an offset, "1700000000 +0100", maybe behind an "@". */
static bool parse_seconds(int64_t *unix_s, int *offset, const char *text)
{
	const char *digits = text + (*text == '@' ? 1 : 0);
	const char *space = strchr(digits, ' ');
	AUTO_FREE char *number = xstrndup(digits,
					  space ? (size_t)(space - digits) : strlen(digits));
	long value;

	if (!parse_long(&value, number, 0, INT32_MAX * 1000L))
		return false;
	*unix_s = value;
	*offset = 0;
	return !space || parse_offset(offset, space + 1);
}

/* "2026-01-02T10:00:00+02:00", with a space for the T or before the offset, or without one. */
static bool parse_iso(int64_t *unix_s, int *offset, const char *text)
{
	enum { DATE_LEN = 10, TIME_LEN = 19 };
	int64_t us;

	if (strlen(text) < TIME_LEN || (text[DATE_LEN] != 'T' && text[DATE_LEN] != ' '))
		return false;
	const char *zone = text + TIME_LEN;
	while (*zone == ' ')
		zone++;
	AUTO_FREE char *utc = xasprintf("%.10sT%.8sZ", text, text + DATE_LEN + 1);
	if (!clock_parse(&us, utc) || (*zone && !parse_offset(offset, zone)))
		return false;
	*unix_s = us / 1000000;
	if (!*zone)
		*offset = local_offset(*unix_s);
	*unix_s -= *offset * INT64_C(60);
	return true;
}

static int find_time(int64_t *unix_s, int *offset, const char *prefix, struct error *err)
{
	AUTO_FREE char *date = from_environment(prefix, "DATE");
	AUTO_STR safe = {0};

	*unix_s = clock_unix_us() / 1000000;
	*offset = local_offset(*unix_s);
	if (!date || parse_iso(unix_s, offset, date) || parse_seconds(unix_s, offset, date))
		return 0;
	str_put_safe(&safe, view_of(date));
	int rc = fail(err, E_INVALID, "%s_DATE is no date that is understood here: \"%s\"", prefix,
		      str_cstr(&safe));
	hint(err,
	     "Write it as 2026-01-02T10:00:00+00:00, or as seconds since 1970 with an offset.");
	return rc;
}

int vcs_git_signature(git_signature **out, struct vcs_git *g, const char *prefix, struct error *err)
{
	AUTO_VALUE(person) who = {0};
	int64_t unix_s = 0;
	int offset = 0;

	*out = NULL;
	int rc = find_person(&who, g, prefix, err);
	if (rc == 0)
		rc = find_time(&unix_s, &offset, prefix, err);
	if (rc < 0)
		return rc;
	if (git_signature_new(out, who.name, who.email, unix_s, offset) < 0)
		return vcs_git_fail(err, E_PROJECT, "the name of who makes the commit is unusable");
	return 0;
}
