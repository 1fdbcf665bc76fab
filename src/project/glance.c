/*
 * Looking through a ledger that most often has not changed: what was found is kept together with
 * what the file system said of the file, as Git's index does it, so that the cost of a pull without
 * news does not follow the length of the history.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "project/workdir_internal.h"

#include "base/banned.h"

#define GLANCE_FILE "glance.json"
#define GLANCE_MAX ((size_t)4096)
#define WORTH ((int64_t)256 << 10) /* bytes of a ledger up to which a look takes no time */
#define SETTLED_NS ((int64_t)2000000000)

/* Nobody can set the time of change (ctime), so an equal stamp means the same content. */
static char *stamp_text(const struct fs_stamp *s)
{
	return xasprintf("%llx-%llx-%llx-%llx-%llx", (unsigned long long)s->dev,
			 (unsigned long long)s->ino, (unsigned long long)s->size,
			 (unsigned long long)s->mtime_ns, (unsigned long long)s->ctime_ns);
}

/* ---- what was kept */

static bool take_scan(struct ledger_scan *scan, const json_t *doc, const char *stamp)
{
	const char *known, *newest;
	long long count;

	if (json_get_string(&known, doc, "stamp", JSON_REQUIRED, NULL) < 0 ||
	    json_get_string(&newest, doc, "newest", JSON_REQUIRED, NULL) < 0 ||
	    json_get_int(&count, doc, "count", JSON_REQUIRED, NULL) < 0)
		return false;
	if (!str_eq(known, stamp) || count < 1 || !record_name_valid(view_of(newest)))
		return false;
	*scan = (struct ledger_scan){.count = (size_t)count, .newest_len = strlen(newest)};
	memcpy(scan->newest, newest, scan->newest_len + 1);
	return true;
}

static bool is_known(struct workdir *w, const struct fs_stamp *stamp)
{
	AUTO_STR text = {.max = GLANCE_MAX};
	AUTO_JSON *doc = NULL;
	AUTO_FREE char *expected = stamp_text(stamp);

	return w->state >= 0 && stamp->size >= WORTH &&
	       fs_read_nofollow(&text, w->state, GLANCE_FILE, GLANCE_MAX, NULL) == 0 &&
	       json_read(&doc, str_view(&text), 2, NULL) == 0 && take_scan(&w->scan, doc, expected);
}

/*
 * Two changes in one tick of the clock of the file system leave the same stamp, so that of a file
 * which was changed just now proves nothing. That it cannot be kept is no failure.
 */
static void keep(struct workdir *w, const struct fs_stamp *stamp)
{
	int64_t changed = stamp->mtime_ns > stamp->ctime_ns ? stamp->mtime_ns : stamp->ctime_ns;
	AUTO_FREE char *value = stamp_text(stamp);
	AUTO_JSON *doc = json_object();
	AUTO_STR text = {.max = GLANCE_MAX};
	struct error none = {0};

	if (w->mode != WORKDIR_WRITE || stamp->size < WORTH ||
	    clock_unix_us() * 1000 - changed < SETTLED_NS)
		return;
	json_put_string(doc, "stamp", value);
	json_put(doc, "count", json_integer((json_int_t)w->scan.count));
	json_put_string(doc, "newest", w->scan.newest);
	json_write(&text, doc, JSON_FORM_PRETTY);
	str_putc(&text, '\n');
	int rc = fs_replace(w->state, GLANCE_FILE, w->state, str_view(&text), 0, &none);
	(void)rc;
}

/* ---- looking */

static bool scan_piece(void *ctx, struct view piece)
{
	struct workdir *w = ctx;

	ledger_scan_add(&w->scan, piece);
	return !w->scan.odd;
}

int workdir_glance(struct workdir *w, struct error *err)
{
	struct fs_stamp stamp;
	bool there = w->migrations >= 0 && fs_stamp(&stamp, w->migrations, LEDGER_FILE);

	if (there && is_known(w, &stamp))
		return 0;
	int rc = there ? fs_read_pieces(w->migrations, LEDGER_FILE, FS_NOFOLLOW, LEDGER_TEXT_MAX,
					scan_piece, w, NULL)
		       : E_NOTFOUND;
	/* What cannot be read, or has findings, is for those who say so. */
	if (rc < 0 || !ledger_scan_plain(&w->scan))
		return workdir_load(w, err);
	keep(w, &stamp);
	return 0;
}
