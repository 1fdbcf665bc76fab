/* Gives the names in an operation new texts. */
#include "ledger/sites.h"

#include "base/banned.h"

static const char *new_key(const struct sites *l, const char *const *names, const json_t *holder,
			   size_t index)
{
	for (size_t i = 0; i < l->len; i++) {
		const struct site *s = &l->items[i];
		if (s->place == SITE_KEY && s->holder == holder && s->index == index)
			return names[i];
	}
	return NULL;
}

/* Gives all keys of an object their new names in one go, so that two may change places. */
static void rewrite_keys(const struct sites *l, const char *const *names, json_t *holder)
{
	AUTO_JSON *renamed = json_object();
	size_t i = 0;
	const char *key;
	json_t *value;

	json_object_foreach(holder, key, value)
	{
		const char *name = new_key(l, names, holder, i++);
		json_put(renamed, name ? name : key, json_incref(value));
	}
	json_object_clear(holder);
	json_object_update(holder, renamed);
}

void sites_write(const struct sites *l, const char *const *names)
{
	for (size_t i = 0; i < l->len; i++) {
		const struct site *s = &l->items[i];
		if (s->place == SITE_KEY && s->index == 0)
			rewrite_keys(l, names, s->holder);
		else if (s->place == SITE_MEMBER && names[i])
			json_object_set_new(s->holder, s->key, json_string(names[i]));
		else if (s->place == SITE_ELEMENT && names[i])
			json_array_set_new(s->holder, s->index, json_string(names[i]));
	}
}
