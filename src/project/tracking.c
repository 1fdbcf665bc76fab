/* The last known heads of branches, `.xata/.state/tracking.json`: {"<key>": {"id", "checksum"}}. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "project/workdir_internal.h"

#include "base/banned.h"

#define TRACKING_FILE "tracking.json"
#define TRACKING_MAX ((size_t)1 << 20)
#define TRACKING_BRANCHES ((size_t)1000) /* the oldest go first */

void tracking_release(struct tracking *t)
{
	free(t->id);
	free(t->checksum);
	*t = (struct tracking){0};
}

/* The whole file; an absent or spoilt one is an empty object, since losing it is harmless. */
static json_t *read_all(struct workdir *w)
{
	AUTO_STR text = {0};
	json_t *doc = NULL;

	if (w->state >= 0 && fs_read(&text, w->state, TRACKING_FILE, TRACKING_MAX, NULL) == 0 &&
	    json_read(&doc, str_view(&text), 4, NULL) == 0 && json_is_object(doc))
		return doc;
	json_decref(doc);
	return json_object();
}

static const char *member(const json_t *entry, const char *key, size_t max)
{
	const char *text = json_text(entry, key);

	return text && *text && strlen(text) <= max ? text : NULL;
}

int workdir_tracking_get(struct tracking *out, struct workdir *w, const char *key,
			 struct error *err)
{
	AUTO_JSON *doc = read_all(w);
	const json_t *entry = json_object_get(doc, key);
	const char *id = member(entry, "id", RECORD_ID_MAX);

	(void)err;
	*out = (struct tracking){0};
	/* An id has the alphabet of names; anything else was not written by us. */
	if (!id || !record_name_valid(view_of(id)))
		return 0;
	out->id = xstrdup(id);
	out->checksum = xstrdup(member(entry, "checksum", CHECKSUM_LEN));
	return 0;
}

int workdir_tracking_set(struct workdir *w, const char *key, const char *id, const char *checksum,
			 struct error *err)
{
	AUTO_JSON *doc = read_all(w);
	AUTO_JSON *entry = json_object();
	AUTO_STR text = {.max = TRACKING_MAX};

	if (w->mode != WORKDIR_WRITE)
		return fail(err, E_INTERNAL, "a project opened for reading was to be changed");
	json_put_string(entry, "id", id);
	json_put_string(entry, "checksum", checksum);
	if (json_equal(entry, json_object_get(doc, key)))
		return 0;
	json_object_del(doc, key);
	while (json_object_size(doc) >= TRACKING_BRANCHES)
		json_object_del(doc, json_object_iter_key(json_object_iter(doc)));
	json_put(doc, key, steal(&entry));
	json_write(&text, doc, JSON_FORM_PRETTY);
	str_putc(&text, '\n');
	int rc = str_check(&text, TRACKING_FILE, err);
	return rc < 0 ? rc : fs_replace(w->state, TRACKING_FILE, w->state, str_view(&text), 0, err);
}

/* A checksum covers all before it. */
static bool stays(const struct history *then, const json_t *entry)
{
	const char *checksum = member(entry, "checksum", CHECKSUM_LEN);
	size_t at;

	return then && checksum && history_find(then, member(entry, "id", RECORD_ID_MAX), &at) &&
	       str_eq(history_at(then, at)->checksum, checksum);
}

bool workdir_tracking_find(char **key, size_t *at, struct workdir *w,
			   const struct tracking_query *q)
{
	AUTO_JSON *doc = read_all(w);
	const char *one, *found = NULL;
	json_t *entry;

	*key = NULL;
	json_object_foreach(doc, one, entry)
	{
		size_t place;
		if (str_eq(one, q->except) ||
		    !history_find(q->now, member(entry, "id", RECORD_ID_MAX), &place) ||
		    place < q->from || (found && place <= *at) || stays(q->then, entry))
			continue;
		found = one;
		*at = place;
	}
	*key = found ? xstrdup(found) : NULL;
	return found != NULL;
}
