/* Shows conflicts to people and to programs. */
#include "xata/conflicts.h"

#include <stdio.h>

#include "base/alloc.h"

static json_t *text_or_null(const char *text)
{
	return text ? json_string(text) : json_null();
}

/* NULL in either place of the pair means: about no single record of that side. */
static json_t *side_to_json(const char *record, size_t operation, const char *summary)
{
	if (!record)
		return json_null();
	json_t *o = json_object();
	json_put_string(o, "record", record);
	json_put(o, "operation", operation ? json_integer((json_int_t)operation) : json_null());
	json_put(o, "summary", text_or_null(summary));
	return o;
}

json_t *conflict_to_json(const struct conflict *c)
{
	json_t *o = json_object();

	json_put_string(o, "kind", conflict_name(c->kind));
	json_put(o, "theirs", side_to_json(c->theirs, c->theirs_operation, c->theirs_summary));
	json_put(o, "ours", side_to_json(c->ours, c->ours_operation, c->ours_summary));
	json_put(o, "what", text_or_null(c->what));
	json_put_string(o, "message", c->message);
	json_put_string(o, "hint", c->hint);
	json_put(o, "accepted", json_boolean(c->accepted));
	return o;
}

static void say_side(const struct output *o, const char *side, const char *record, size_t operation,
		     const char *summary)
{
	AUTO_FREE char *what = NULL;

	if (!record)
		return;
	if (operation)
		what = xasprintf(", operation %zu%s%s", operation, summary ? ": " : "",
				 summary ? summary : "");
	say(o, "    %s %s%s", side, record, what ? what : "");
}

static void say_conflict(const struct output *o, const struct conflict *c)
{
	say_color(o, COLOR_RED, "%s", c->message);
	say_side(o, "theirs:", c->theirs, c->theirs_operation, c->theirs_summary);
	say_side(o, "ours:  ", c->ours, c->ours_operation, c->ours_summary);
	say(o, "    %s", c->hint);
}

void report_conflicts(struct output *o, const struct conflicts *c)
{
	json_t *list = json_array();
	struct output asked = *o; /* what stops a command was asked for: --quiet keeps it */

	asked.quiet = false;
	if (c->blocking)
		say(&asked, "%zu conflict%s:", c->blocking, c->blocking == 1 ? "" : "s");
	for (size_t i = 0; i < c->len; i++) {
		const struct conflict *one = &c->items[i];
		json_array_append_new(list, conflict_to_json(one));
		if (one->accepted)
			note(o, "Accepted: %s.", one->message);
		else
			say_conflict(&asked, one);
	}
	size_t more = c->blocking + c->accepted - c->len;
	if (more)
		say(&asked, "… and %zu more: only the first %d are listed.", more, CONFLICTS_MAX);
	json_put(o->doc, "conflicts", list);
	json_put(o->doc, "conflictCounts",
		 json_pack("{s:I, s:I}", "blocking", (json_int_t)c->blocking, "accepted",
			   (json_int_t)c->accepted));
}
