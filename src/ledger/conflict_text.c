/* Puts conflicts in words: what is in the way, and what to do about it. */
#include <stdlib.h>

#include "base/alloc.h"
#include "ledger/conflict_impl.h"

#include "base/banned.h"

/* ---- the list */

#define CONFLICT_NAME(id, name) \
	case id:                \
		return name;

const char *conflict_name(enum conflict_kind kind)
{
	switch (kind) {
		CONFLICT_KINDS(CONFLICT_NAME)
	}
	return "unknown";
}

static void free_conflict(struct conflict *c)
{
	free(c->theirs);
	free(c->ours);
	free(c->theirs_summary);
	free(c->ours_summary);
	free(c->what);
	free(c->message);
	free(c->hint);
}

void conflicts_release(struct conflicts *c)
{
	for (size_t i = 0; i < c->len; i++)
		free_conflict(&c->items[i]);
	free(c->items);
	*c = (struct conflicts){0};
}

static char *safe_copy(const char *text)
{
	AUTO_STR safe = {0};

	if (!text)
		return NULL;
	str_put_safe(&safe, view_of(text));
	return xstrdup(str_cstr(&safe));
}

void conflicts_add(struct conflicts *c, const struct conflict *given)
{
	*(given->accepted ? &c->accepted : &c->blocking) += 1;
	if (c->len == CONFLICTS_MAX)
		return;
	if (c->len == c->cap) {
		c->cap = c->cap ? c->cap * 2 : 8;
		c->items = xrealloc(c->items, c->cap, sizeof *c->items);
	}
	struct conflict *own = &c->items[c->len++];
	*own = *given;
	own->theirs = safe_copy(given->theirs);
	own->ours = safe_copy(given->ours);
	own->theirs_summary = safe_copy(given->theirs_summary);
	own->ours_summary = safe_copy(given->ours_summary);
	own->what = safe_copy(given->what);
	own->message = safe_copy(given->message);
	own->hint = safe_copy(given->hint);
}

void conflicts_append(struct conflicts *to, struct conflicts *from)
{
	size_t blocking = to->blocking + from->blocking, accepted = to->accepted + from->accepted;

	for (size_t i = 0; i < from->len; i++)
		conflicts_add(to, &from->items[i]);
	to->blocking = blocking;
	to->accepted = accepted;
	conflicts_release(from);
}

int conflicts_check(const struct conflicts *c, struct error *err)
{
	const struct conflict *first = NULL;

	if (c->blocking == 0)
		return 0;
	for (size_t i = 0; !first && i < c->len; i++)
		if (!c->items[i].accepted)
			first = &c->items[i];
	/* What blocks may stand behind more accepted ones than are kept. */
	int rc = first ? fail(err, E_CONFLICT, "%.400s", first->message)
		       : fail(err, E_CONFLICT, "the two sides have conflicts");
	if (first && c->blocking > 1)
		error_prefix(err, "%zu conflicts, the first", c->blocking);
	if (first)
		hint(err, "%s", first->hint);
	return rc;
}

/* ---- words */

/* What a raw conflict is about: who removes or renames, and who the other one is. */
struct telling {
	const struct raw_conflict *raw;
	const char *theirs, *ours; /* names */
	const char *theirs_schema, *ours_schema;
	const char *version;	   /* schema of ours */
	const char *actor, *other; /* the same two, by what they do */
	const char *verb;	   /* what the actor does: "removes", … */
	bool ours_acts;
	struct str what;
	struct str message;
	struct str hint;
};

static void put_what(struct str *out, const struct access_key *key)
{
	switch (key->kind) {
	case KEY_TABLE:
		str_printf(out, "table \"%s\"", key->name);
		break;
	case KEY_COLUMN:
	case KEY_CHANGES:
		if (key->table)
			str_printf(out, "column \"%s.%s\"", key->table, key->name);
		else
			str_printf(out, "table \"%s\"", key->name);
		break;
	case KEY_CONSTRAINT:
		str_printf(out, "constraint \"%s.%s\"", key->table, key->name);
		break;
	case KEY_INDEX:
		str_printf(out, "index \"%s\"", key->name);
		break;
	case KEY_COLUMN_ANYWHERE:
		str_printf(out, "a column \"%s\"", key->name);
		break;
	case KEY_SOME_CONSTRAINT:
		str_printf(out, "a constraint of table \"%s\"", key->table);
		break;
	case KEY_SOME_INDEX:
		str_puts(out, "an index");
		break;
	case KEY_RELATION:
		str_printf(out, "a table, index or constraint \"%s\"", key->name);
		break;
	case KEY_PRIMARY:
		str_printf(out, "the primary key of table \"%s\"", key->table);
		break;
	case KEY_UNIQUE:
		if (key->name)
			str_printf(out, "the key of column \"%s.%s\"", key->table, key->name);
		else if (key->table)
			str_printf(out, "what may be a key of table \"%s\"", key->table);
		else
			str_puts(out, "an index that may be a key");
		break;
	}
}

static bool goes(enum site_use use)
{
	return use == SITE_REMOVES || use == SITE_RENAMES_FROM;
}

static const char *verb_of(enum site_use use)
{
	switch (use) {
	case SITE_REMOVES:
		return "removes";
	case SITE_RENAMES_FROM:
		return "renames";
	case SITE_CHANGES:
		return "changes";
	case SITE_MAKES:
	case SITE_RENAMES_TO:
		return "adds";
	case SITE_USES:
	case SITE_MENTIONS:
		break;
	}
	return "uses";
}

/* Who removes, renames, changes or adds what the other side uses. */
static bool acts(enum conflict_kind kind, enum site_use use)
{
	if (kind == CONFLICT_ADDED_USED)
		return use == SITE_MAKES || use == SITE_RENAMES_TO;
	if (kind == CONFLICT_REMOVED_RENAMED)
		return use == SITE_REMOVES;
	return goes(use) || use == SITE_CHANGES;
}

/* The advice has the name of our record between its two halves. */
static void tell_twice(struct telling *t, const char *verb, const char *before, const char *after)
{
	str_printf(&t->message, "\"%s\" and \"%s\" both %s %s", t->theirs, t->ours, verb,
		   str_cstr(&t->what));
	str_printf(&t->hint, "%s \"%s\"%s", before, t->ours, after);
}

static void tell_added_twice(struct telling *t)
{
	if (t->raw->key && t->raw->key->kind == KEY_PRIMARY)
		tell_twice(t, "add", "Take the primary key out of", ": a table has one only.");
	else
		tell_twice(t, "add", "Take it out of",
			   " if both mean the same, or give yours another name.");
}

static void tell_pair(struct telling *t, const char *how)
{
	str_printf(&t->message, "\"%s\" %s %s, which \"%s\" %s", t->actor, t->verb,
		   str_cstr(&t->what), t->other, how);
	if (t->ours_acts)
		str_printf(&t->hint,
			   "Take that operation out of \"%s\", or make it again once \"%s\" is "
			   "in your history.",
			   t->ours, t->theirs);
	else if (t->raw->kind == CONFLICT_RENAMED_USED)
		str_printf(&t->hint, "Make \"%s\" use the new name.", t->ours);
	else
		str_printf(&t->hint, "Make \"%s\" do without it, or add it again first.", t->ours);
}

/* A member of an operation, as one speaks of it. */
static const char *property(const char *attribute)
{
	if (str_eq(attribute, "nullable"))
		return "nullability";
	return str_eq(attribute, "unique") ? "uniqueness" : attribute;
}

static void tell_changed_used(struct telling *t)
{
	str_printf(&t->message, "\"%s\" changes the %s of %s, which \"%s\" needs as it is",
		   t->actor, property(t->raw->attribute), str_cstr(&t->what), t->other);
	str_printf(&t->hint,
		   t->ours_acts ? "Take the change out of \"%s\", or make it again behind \"%s\"."
				: "Make \"%s\" fit what \"%s\" makes of it.",
		   t->ours, t->theirs);
}

static void tell_expression(struct telling *t)
{
	bool changes = t->raw->key && t->raw->key->kind == KEY_CHANGES;

	str_printf(&t->message, "\"%s\" %s %s%s, which an SQL expression of \"%s\" names", t->actor,
		   t->verb, changes ? "the type of " : "", str_cstr(&t->what), t->other);
	str_printf(&t->hint, "Make the expression and the %s agree in \"%s\".",
		   changes ? "type" : "name", t->ours);
}

static void tell_uncertain(struct telling *t)
{
	str_printf(&t->message,
		   "\"%s\" takes away %s that no record describes and that may go with what \"%s\" "
		   "removes",
		   t->other, str_cstr(&t->what), t->actor);
	str_printf(&t->hint,
		   "Take one of the two removals out, or make \"%s\" again behind \"%s\".", t->ours,
		   t->theirs);
}

static void tell_undecidable(struct telling *t, const char *what, const char *option)
{
	bool ours = t->raw->ours_op != NO_KEY;

	str_printf(&t->message, "\"%s\" holds %s: whether it gets on with \"%s\" cannot be told",
		   ours ? t->ours : t->theirs, what, ours ? t->theirs : t->ours);
	str_printf(&t->hint, "Look at both records, then go on with %s if they do.", option);
}

static void tell_schemas(struct telling *t)
{
	str_printf(
		&t->message,
		"\"%s\" is of the PostgreSQL schema \"%s\" and \"%s\" of \"%s\": the first record "
		"decides which one a ledger describes",
		t->theirs, t->theirs_schema, t->ours, t->ours_schema);
	str_printf(&t->hint, "Make \"%s\" again behind \"%s\", or in the schema \"%s\".", t->ours,
		   t->theirs, t->theirs_schema);
}

static void tell_whole(struct telling *t)
{
	switch (t->raw->kind) {
	case CONFLICT_FORMATS:
		str_printf(&t->message, "\"%s\" and \"%s\" have different formats", t->theirs,
			   t->ours);
		str_printf(
			&t->hint,
			"The branch was converted on one side: make \"%s\" again in the format of "
			"\"%s\".",
			t->ours, t->theirs);
		break;
	case CONFLICT_SCHEMAS:
		tell_schemas(t);
		break;
	case CONFLICT_SAME_ID:
		str_printf(&t->message, "both sides have a record \"%s\" with different content",
			   t->ours);
		str_puts(&t->hint,
			 "Keep upstream's record and put what yours does into a new one.");
		break;
	case CONFLICT_SAME_FILE:
		str_printf(&t->message,
			   "the names \"%s\" and \"%s\" differ in small and capital letters only: "
			   "on macOS and Windows both would be one file",
			   t->theirs, t->ours);
		str_printf(&t->hint,
			   "Give \"%s\" another name on its own branch: \"xata squash --since "
			   "BEFORE --name NAME\", BEFORE being the record in front of it.",
			   t->ours);
		break;
	case CONFLICT_SAME_VERSION:
		str_printf(&t->message, "\"%s\" and \"%s\" both give the version schema \"%s\"",
			   t->theirs, t->ours, t->version);
		str_printf(&t->hint,
			   "Make \"%s\" again behind \"%s\" with another one: \"xata new "
			   "--version-schema NAME\".",
			   t->ours, t->theirs);
		break;
	case CONFLICT_SQL:
		tell_undecidable(t, "raw SQL", "--accept-sql");
		break;
	default:
		str_printf(&t->message,
			   "\"%s\" holds an operation of a kind that is not known here: whether it "
			   "gets on with \"%s\" cannot be told",
			   t->raw->ours_op != NO_KEY ? t->ours : t->theirs,
			   t->raw->ours_op != NO_KEY ? t->theirs : t->ours);
		str_puts(&t->hint, "Use a version of xata that knows the operation.");
		break;
	}
}

static void tell(struct telling *t)
{
	switch (t->raw->kind) {
	case CONFLICT_ADDED_TWICE:
		tell_added_twice(t);
		break;
	case CONFLICT_REMOVED_TWICE:
		tell_twice(t, "remove", "Take the removal out of", ".");
		break;
	case CONFLICT_RENAMED_TWICE:
		tell_twice(t, "rename", "Take the rename out of",
			   ", or make it rename the new name.");
		break;
	case CONFLICT_CHANGED_TWICE:
		str_printf(&t->message, "\"%s\" and \"%s\" both change the %s of %s", t->theirs,
			   t->ours, property(t->raw->attribute), str_cstr(&t->what));
		str_printf(&t->hint,
			   "Take the change out of \"%s\", or make it again behind \"%s\".",
			   t->ours, t->theirs);
		break;
	case CONFLICT_REMOVED_RENAMED:
		tell_pair(t, "renames");
		break;
	case CONFLICT_REMOVED_USED:
		tell_pair(t, "uses");
		break;
	case CONFLICT_RENAMED_USED:
		tell_pair(t, "uses under its old name");
		break;
	case CONFLICT_ADDED_USED:
		tell_pair(t, "takes to be there already");
		break;
	case CONFLICT_CHANGED_USED:
		tell_changed_used(t);
		break;
	case CONFLICT_EXPRESSION:
		tell_expression(t);
		break;
	case CONFLICT_UNCERTAIN:
		tell_uncertain(t);
		break;
	default:
		tell_whole(t);
		break;
	}
}

/* Neither record is the other side's alone, so the usual advice does not fit. */
static void tell_swapped(struct telling *t)
{
	enum conflict_kind kind = t->raw->kind;

	if (kind == CONFLICT_SQL || kind == CONFLICT_UNKNOWN || kind == CONFLICT_SCHEMAS)
		return;
	str_clear(&t->hint);
	str_printf(&t->hint,
		   "Both sides have the two, in opposite order: take \"%s\" out of yours with its "
		   "line, and upstream's order holds.",
		   t->ours);
}

static char *summary_of(const struct record *r, size_t operation)
{
	AUTO_STR out = {0};

	if (operation == NO_KEY)
		return NULL;
	operation_summary(&out, record_format(r), json_array_get(record_operations(r), operation));
	return xstrdup(str_cstr(&out));
}

static bool is_accepted(const struct conflict_options *options, enum conflict_kind kind)
{
	return (kind == CONFLICT_SQL && options->accept_sql) ||
	       (kind == CONFLICT_UNKNOWN && options->accept_unknown);
}

void conflict_tell(struct conflicts *out, const struct conflict_input *in,
		   const struct raw_conflict *raw)
{
	const struct record *theirs = in->theirs->items[raw->theirs];
	const struct record *ours = in->ours->items[raw->ours];
	bool ours_acts = acts(raw->kind, raw->ours_use);
	struct telling t = {.raw = raw,
			    .theirs = record_name(theirs),
			    .ours = record_name(ours),
			    .theirs_schema = record_schema(theirs),
			    .ours_schema = record_schema(ours),
			    .version = record_version_schema(ours) ? record_version_schema(ours)
								   : record_name(ours),
			    .ours_acts = ours_acts,
			    .verb = verb_of(ours_acts ? raw->ours_use : raw->theirs_use)};

	t.actor = ours_acts ? t.ours : t.theirs;
	t.other = ours_acts ? t.theirs : t.ours;
	if (raw->key)
		put_what(&t.what, raw->key);
	tell(&t);
	if (conflict_behind(in, raw->ours) != SIZE_MAX)
		tell_swapped(&t);
	AUTO_FREE char *theirs_summary = summary_of(theirs, raw->theirs_op);
	AUTO_FREE char *ours_summary = summary_of(ours, raw->ours_op);
	char *names[] = {xstrdup(t.theirs), xstrdup(t.ours)};
	conflicts_add(out, &(struct conflict){.kind = raw->kind,
					      .theirs = names[0],
					      .ours = names[1],
					      .theirs_operation = raw->theirs_op + 1,
					      .ours_operation = raw->ours_op + 1,
					      .theirs_summary = theirs_summary,
					      .ours_summary = ours_summary,
					      .what = raw->key ? t.what.ptr : NULL,
					      .message = t.message.ptr,
					      .hint = t.hint.ptr,
					      .accepted = is_accepted(&in->options, raw->kind)});
	free(names[0]);
	free(names[1]);
	str_release(&t.what);
	str_release(&t.message);
	str_release(&t.hint);
}
