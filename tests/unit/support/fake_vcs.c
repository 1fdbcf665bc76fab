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
	char hex[SHA256_HEX + 1];

	sha256_hex(hex, view_of(text));
	*out = (struct vcs_id){.len = 20};
	memcpy(out->bytes + 2, hex, 18);
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
	f->lists++;
	for (size_t i = 0; i < version->names.len; i++) {
		const char *name = version->names.items[i];
		struct vcs_entry *e = vcs_entries_add(out, name, strlen(name));
		id_of(&e->id, f, version->texts.items[i]);
		e->conflicted = str_eq(version->conflicted, name);
		e->kind = str_eq(version->link, name) ? VCS_LINK : VCS_FILE;
		e->executable = str_eq(version->executable, name);
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

static int fake_read_at(struct str *out, struct vcs *v, const char *path, const struct vcs_id *id,
			size_t max, struct error *err)
{
	return str_eq(path, ".xata/migrations/.ledger")
		       ? fake_read(out, v, id, max, err)
		       : fail(err, E_INTERNAL, "nothing else may be on disk");
}

static void fake_id_of_file(struct vcs_id *out, struct vcs *v, struct view bytes)
{
	AUTO_FREE char *text = view_dup(bytes);

	id_of(out, fake_of(v), text);
}

static void fake_id_of_folder(struct vcs_id *out, struct vcs *v, const struct vcs_entries *files)
{
	char hex[SHA256_HEX + 1];
	AUTO_STR list = {0};

	(void)v;
	for (size_t i = 0; i < files->len; i++) {
		const struct vcs_entry *e = &files->items[i];
		str_printf(&list, "%d%d%s", (int)e->kind, e->executable, e->name);
		str_put(&list, e->id.bytes, sizeof e->id.bytes);
	}
	sha256_hex(hex, str_view(&list));
	*out = (struct vcs_id){.len = 20};
	memcpy(out->bytes, hex, 20);
}

static int fake_folder_object(struct vcs_id *out, size_t *size, struct vcs *v,
			      const struct vcs_place *place, const char *folder, struct error *err)
{
	AUTO_VALUE(vcs_entries) entries = {0};

	*out = (struct vcs_id){0};
	*size = 0;
	if (fake_of(v)->broken)
		return fail(err, E_IO, "could not read the commit: the fake says so");
	int rc = fake_list(&entries, v, place, folder, err);
	fake_of(v)->lists--; /* this one costs nothing */
	for (size_t i = 0; i < entries.len; i++)
		*size += vcs_entry_size(&entries.items[i]);
	if (entries.len)
		fake_id_of_folder(out, v, &entries);
	return rc;
}

static const struct vcs_ops ops = {
	.list = fake_list,
	.read = fake_read,
	.read_at = fake_read_at,
	.folder_object = fake_folder_object,
	.id_of_file = fake_id_of_file,
	.id_of_folder = fake_id_of_folder,
};

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
