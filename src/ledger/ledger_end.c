/* Takes up the checksum chain behind records that are not read again. */
#include <string.h>

#include "ledger/checksum.h"
#include "ledger/ledger.h"

#include "base/banned.h"

struct reader {
	const struct ledger *ledger;
	struct record_source *src;
	struct str text; /* reused */
};

static int read_at(struct record **out, struct reader *r, size_t at, struct error *err)
{
	char file[RECORD_NAME_MAX + 1];

	*out = NULL;
	str_clear(&r->text);
	int rc = record_file_name(file, r->ledger->names.items[at], err);
	if (rc < 0)
		return rc;
	rc = r->src->read(r->src, file, &r->text, err);
	if (rc == 0)
		rc = record_parse(out, str_view(&r->text), err);
	if (rc < 0)
		error_prefix(err, "%s", file);
	return rc;
}

static void pass(struct chain_end *end, const struct record *r)
{
	const char *id = record_id(r);
	char parent[CHECKSUM_LEN + 1];

	memcpy(parent, end->checksum, sizeof parent);
	(void)checksum_check(end->checksum, r, *parent ? parent : NULL);
	end->format = record_format(r);
	memcpy(end->id, id, strlen(id) + 1); /* an id has a limit */
}

/* The place behind the last of the records before `from` that has a checksum; 0: none has. */
static int find_sealed(size_t *out, struct chain_end *end, struct reader *reader, size_t from,
		       struct error *err)
{
	for (*out = from; *out > 0; (*out)--) {
		AUTO(record) *r = NULL;
		int rc = read_at(&r, reader, *out - 1, err);
		if (rc < 0)
			return rc;
		if (!record_checksum(r))
			continue;
		pass(end, r);
		return 0;
	}
	return 0;
}

int ledger_end(struct chain_end *out, const struct ledger *l, size_t count,
	       struct record_source *src, struct error *err)
{
	struct reader reader = {.ledger = l, .src = src, .text = {.max = RECORD_TEXT_MAX}};
	size_t at = 0;

	*out = (struct chain_end){0};
	int rc = find_sealed(&at, out, &reader, count, err);
	for (; rc == 0 && at < count; at++) {
		AUTO(record) *r = NULL;
		rc = read_at(&r, &reader, at, err);
		if (rc == 0)
			pass(out, r);
	}
	str_release(&reader.text);
	return rc;
}
