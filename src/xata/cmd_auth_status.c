/* xata auth status: which key would go where, and whether the endpoint accepts it. */
#include <string.h>

#include "project/credentials.h"
#include "xata/auth.h"

static const struct opt options[] = {
	{"offline", 0, NULL, "do not ask the endpoint"},
	{0},
};

/* The profiles there are. A file that cannot be read matters only if its key is needed. */
static void put_profiles(struct invocation *inv)
{
	AUTO_VALUE(strs) names = {0};
	AUTO_STR line = {0};
	struct error why = {0};
	json_t *list = json_array();

	json_put(inv->out.doc, "profiles", list);
	if (credentials_names(&names, &why) < 0) {
		warn(&inv->out, "%s", why.msg);
		return;
	}
	for (size_t i = 0; i < names.len; i++) {
		json_array_append_new(list, json_string(names.items[i]));
		str_printf(&line, "%s%s", i ? ", " : "", names.items[i]);
	}
	say(&inv->out, "Profiles: %s", names.len ? str_cstr(&line) : "none");
}

static void put_target(struct invocation *inv, const struct target *t)
{
	struct output *o = &inv->out;
	bool of_profile = strstr(t->api_key_where, "profile");

	json_put_string(o->doc, "host", t->control);
	put_text(o, "profile", t->profile);
	json_put_string(o->doc, "keySource", of_profile ? "profile" : t->api_key_where);
	put_text(o, "cacert", t->cacert);
	say(o, "Host:     %s", t->control);
	if (of_profile)
		say(o, "Key:      of profile \"%s\"", t->profile ? t->profile : "default");
	else
		say(o, "Key:      from %s", t->api_key_where);
	if (t->cacert)
		say(o, "CA file:  %s", t->cacert);
}

/*
 * --json: {"profiles": [names], "host": origin, "profile": name or null, "keySource": "profile",
 * "XATA_API_KEY" or the name of a file, "cacert": path or null, "accepted": true, false, or null
 * when it was not asked}.
 */
static int run(struct invocation *inv, struct error *err)
{
	const struct target *t;
	struct api *api = NULL;

	int rc = args_count(&inv->args, 0, 0, err);
	if (rc < 0)
		return rc;
	put_profiles(inv);
	json_put(inv->out.doc, "accepted", json_null());
	rc = session_target(&t, inv, SESSION_HOST, err);
	if (rc < 0)
		return rc;
	put_target(inv, t);
	if (args_flag(&inv->args, "offline"))
		return 0;
	rc = session_api(&api, inv, SESSION_HOST, err);
	if (rc == 0)
		rc = api_check_key(api, err);
	if (rc == 0 || rc == E_AUTH || rc == E_FORBIDDEN)
		json_put(inv->out.doc, "accepted", json_boolean(rc == 0));
	if (rc == 0)
		say_color(&inv->out, COLOR_GREEN, "Accepted: yes");
	else if (rc == E_AUTH || rc == E_FORBIDDEN)
		say_color(&inv->out, COLOR_RED, "Accepted: no");
	return rc;
}

const struct command auth_status = {
	.name = "status",
	.summary = "show which key would go where, and whether it is accepted",
	.description =
		"Shows the host that commands here would talk to, where their key comes from\n"
		"(never the key), and whether the endpoint accepts it.",
	.options = options,
	.needs = NEEDS_ENDPOINT,
	.answers = true,
	.run = run,
};
