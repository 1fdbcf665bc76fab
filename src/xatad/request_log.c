/* Writes the log of requests and events. */
#include "xatad/request_log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#include "base/banned.h"

#define METHOD_SHOWN 16 /* bytes: a client may send any word */

static int open_file(const char *path)
{
	return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0640);
}

int request_log_open(struct request_log *l, const char *path, struct error *err)
{
	l->path = path;
	l->fd = path ? open_file(path) : STDERR_FILENO;
	return l->fd < 0 ? fail_sys(err, errno, "could not open the log \"%s\"", path) : 0;
}

int request_log_reopen(struct request_log *l, struct error *err)
{
	if (!l->path || l->fd < 0)
		return 0;
	int fd = open_file(l->path);
	/* In one step: a request that is being logged has the one file or the other. */
	if (fd < 0 || dup3(fd, l->fd, O_CLOEXEC) < 0) {
		int rc = fail_sys(err, errno, "could not open the log \"%s\" anew", l->path);
		if (fd >= 0)
			close(fd);
		return rc;
	}
	close(fd);
	return 0;
}

void request_log_close(struct request_log *l)
{
	if (l->path && l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}

/* A log that cannot be written (a full disk) must not keep the endpoint from serving. */
static void put_line(const struct request_log *l, struct str *line)
{
	str_putc(line, '\n');
	if (!str_ok(line))
		return;
	while (write(l->fd, line->ptr, line->len) < 0 && errno == EINTR)
		;
}

static void put_text(struct str *line, const char *member, struct view text)
{
	AUTO_STR safe = {0};

	str_put_safe(&safe, text);
	str_printf(line, ",\"%s\":", member);
	json_write_string(line, str_view(&safe));
}

void request_log_request(const struct request_log *l, const struct httpd_entry *e)
{
	static const char *const ends[] = {
		[HTTPD_ABORTED] = "aborted",
		[HTTPD_TIMEOUT] = "timeout",
		[HTTPD_SHUTDOWN] = "shutdown",
	};
	AUTO_STR line = {0};
	char time[CLOCK_TEXT_MAX];

	if (l->fd < 0)
		return;
	clock_format(time, e->started_at);
	str_printf(&line, "{\"time\":\"%s\",\"id\":\"%s\"", time, e->id);
	put_text(&line, "method", view_make(e->method, strnlen(e->method, METHOD_SHOWN)));
	put_text(&line, "route", view_of(e->route));
	str_printf(&line, ",\"status\":%d,\"ms\":%lld,\"received\":%zu,\"sent\":%zu", e->status,
		   (long long)e->ms, e->received, e->sent);
	if (e->key_id[0])
		put_text(&line, "key", view_of(e->key_id));
	if (e->cause[0])
		put_text(&line, "cause", view_of(e->cause));
	if (e->end != HTTPD_DONE)
		put_text(&line, "end", view_of(ends[e->end]));
	str_putc(&line, '}');
	put_line(l, &line);
}

void request_log_event(const struct request_log *l, const char *event, json_t *members)
{
	AUTO_JSON *doc = json_object();
	AUTO_STR line = {0};
	char time[CLOCK_TEXT_MAX];

	clock_format(time, clock_unix_us());
	json_put_string(doc, "time", time);
	json_put_string(doc, "event", event);
	if (members)
		json_object_update(doc, members);
	json_decref(members);
	if (l->fd < 0)
		return;
	json_write(&line, doc, JSON_FORM_COMPACT);
	put_line(l, &line);
}
