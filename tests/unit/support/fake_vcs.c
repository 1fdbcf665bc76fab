/* Keeps versions of .xata/migrations in memory, with ids made of their content. */
#include "unit/support/fake_vcs.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/sha256.h"

static struct fake_vcs *fake_of(struct vcs *v)
{
	return (struct fake_vcs *)(void *)v;
}

/* The id has version and position in front, so that read() finds the text; equal texts share it. */
static void id_of(struct vcs_id *out, struct fake_vcs *f, const char *text)
{
	*out = (struct vcs_id){.len = 20};
	for (size_t i = 0; i < FAKE_VERSIONS; i++)
		for (size_t j = 0; j < f->versions[i].texts.len; j++)
			if (str_eq(f->versions[i].texts.items[j], text)) {
				out->bytes[0] = (unsigned char)(i + 1);
				out->bytes[1] = (unsigned char)j;
				return;
			}
}

static int by_name(const void *a, const void *b)
{
	const struct vcs_entry *one = a, *two = b;

	return strcmp(one->name, two->name);
}

static int fake_list(struct vcs_entries *out, struct vcs *v, const struct vcs_place *place,
		     const char *folder, struct error *err)
{
	struct fake_vcs *f = fake_of(v);
	const struct fake_version *version = &f->versions[place->commit.bytes[0]];

	(void)err;
	if (!str_eq(folder, ".xata/migrations"))
		return 0;
	for (size_t i = 0; i < version->names.len; i++) {
		const char *name = version->names.items[i];
		struct vcs_entry *e = vcs_entries_add(out, name, strlen(name));
		id_of(&e->id, f, version->texts.items[i]);
		e->conflicted = str_eq(version->conflicted, name);
		e->kind = str_eq(version->link, name) ? VCS_LINK : VCS_FILE;
	}
	if (out->len)
		qsort(out->items, out->len, sizeof *out->items, by_name);
	return 0;
}

static int fake_read(struct str *out, struct vcs *v, const struct vcs_id *id, size_t max,
		     struct error *err)
{
	struct fake_vcs *f = fake_of(v);

	(void)max;
	if (++f->reads == f->fail_at)
		return fail(err, E_IO, "could not read: the fake says so");
	str_puts(out, f->versions[id->bytes[0] - 1].texts.items[id->bytes[1]]);
	return 0;
}

static const struct vcs_ops ops = {.list = fake_list, .read = fake_read};

void fake_vcs_init(struct fake_vcs *f)
{
	*f = (struct fake_vcs){.base = {.ops = &ops}};
}

void fake_vcs_release(struct fake_vcs *f)
{
	for (size_t i = 0; i < FAKE_VERSIONS; i++) {
		strs_release(&f->versions[i].names);
		strs_release(&f->versions[i].texts);
	}
}

static void take_out(struct strs *l, size_t at)
{
	free(l->items[at]);
	l->items[at] = l->items[--l->len];
}

void fake_vcs_put(struct fake_vcs *f, size_t version, const char *name, const char *text)
{
	struct fake_version *v = &f->versions[version];

	for (size_t i = 0; i < v->names.len; i++)
		if (str_eq(v->names.items[i], name)) {
			take_out(&v->names, i);
			take_out(&v->texts, i);
			break;
		}
	if (!text)
		return;
	strs_add(&v->names, name);
	strs_add(&v->texts, text);
}

void fake_vcs_put_records(struct fake_vcs *f, size_t version, const struct records *l, size_t n)
{
	AUTO_STR ledger = {0};

	for (size_t i = 0; i < n; i++) {
		AUTO_STR text = {0};
		AUTO_FREE char *file = xasprintf("%s.json", record_name(l->items[i]));
		record_print(&text, l->items[i]);
		fake_vcs_put(f, version, file, str_cstr(&text));
		str_puts(&ledger, record_name(l->items[i]));
		str_putc(&ledger, '\n');
	}
	fake_vcs_put(f, version, ".ledger", str_cstr(&ledger));
}

struct vcs_place fake_vcs_place(size_t version)
{
	struct vcs_place place = {.where = version ? VCS_COMMIT : VCS_INDEX};

	place.commit.len = 20;
	place.commit.bytes[0] = (unsigned char)version;
	return place;
}
