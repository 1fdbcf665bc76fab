/*
 * The files of a checked-out project, which nobody vouches for: .xatarc (or package.json) and .env.
 * Whatever they say, the user's key goes to the hosted service or the profile's own host and to no
 * other; no message shows a key; and a setting that is changed reads back, with the rest kept.
 *
 * The input is the configuration, then a line "=====", then .env. A first byte "p" means the
 * configuration is package.json.
 */
#include "fuzz/fuzz.h"
#include "project/internal.h"
#include "project/provider.h"

#define ENV_KEY "xau_7b1f0cUseOfThisKeyOutsideIsALeak"
#define PROFILE_KEY "xau_91ceThisOneBelongsToTheProfile"
#define OWN_HOST "own.example"
#define NEW_URL "https://new.example/db/after"

static void prepare(const char *name, struct view config, struct view env)
{
	static const char profile[] = "[default]\nname=default\napiKey=" PROFILE_KEY
				      "\nhost=https://" OWN_HOST ":8443\n";

	setenv("XATA_API_KEY", ENV_KEY, 1);
	setenv("XDG_CONFIG_HOME", fuzz_path("home"), 1);
	setenv("HOME", fuzz_path("home"), 1);
	mkdir(fuzz_path("home"), 0700);
	mkdir(fuzz_path("home/xata"), 0700);
	mkdir(fuzz_path("p"), 0700);
	if (access(fuzz_path("home/xata/credentials"), R_OK) < 0) {
		umask(077);
		fuzz_write(fuzz_path("home/xata/credentials"), view_of(profile));
	}
	unlink(fuzz_path("p/.xatarc"));
	unlink(fuzz_path("p/package.json"));
	fuzz_write(fuzz_path(name), config);
	fuzz_write(fuzz_path("p/.env"), env);
}

static void check_quiet(const struct error *err)
{
	MUST(!strstr(err->msg, ENV_KEY) && !strstr(err->hint, ENV_KEY));
	MUST(!strstr(err->msg, PROFILE_KEY) && !strstr(err->hint, PROFILE_KEY));
}

/* Where the user's own key may go though only the project says so. */
static void check_allowed(const char *origin)
{
	AUTO_VALUE(url_parts) u = {0};

	MUST(url_split(&u, origin));
	MUST(str_eq(u.scheme, "https"));
	MUST((str_eq(u.host, OWN_HOST) && u.port == 8443) || host_under(u.host, "xata.sh") ||
	     host_under(u.host, "xata.io"));
}

static void check_target(const struct project *p)
{
	const struct target_request req = {0};
	AUTO_VALUE(target) t = {0};
	struct error err = {0};

	int rc = target_resolve(&t, p, &req, &err);
	if (rc < 0) {
		fuzz_check_error(rc, &err);
		check_quiet(&err);
		return;
	}
	MUST(t.control);
	MUST(!t.url || (fuzz_is_safe(t.url) && !strchr(t.url, '@')));
	MUST(!t.branch || fuzz_is_safe(t.branch));
	if (str_eq(t.api_key_where, "XATA_API_KEY"))
		MUST(str_eq(t.api_key, ENV_KEY));
	if (!t.api_key || (!str_eq(t.api_key, ENV_KEY) && !str_eq(t.api_key, PROFILE_KEY)))
		return;
	check_allowed(t.control);
	if (t.data)
		check_allowed(t.data);
}

/* Both without the setting that was changed, as canonical text. */
static void without_url(struct str *out, const json_t *doc, const char *file)
{
	AUTO_JSON *copy = json_deep_copy(doc);

	json_object_del(config_of(file, copy), "databaseURL");
	json_write(out, copy, JSON_FORM_CANONICAL);
}

static void check_set(struct project *p)
{
	AUTO_STR before = {0}, after = {0};
	AUTO(project) *again = NULL;
	struct error err = {0};
	const json_t *got = NULL;
	const char *file = project_config_file(p);

	if (!file)
		return;
	without_url(&before, p->doc, file);
	MUST(project_config_set(p, "databaseURL", NEW_URL, &err) == 0);
	MUST(project_open(&again, fuzz_path("p"), &err) == 0);
	MUST(str_eq(project_config_file(again), file));
	MUST(project_config_get(&got, again, "databaseURL", &err) == 0);
	MUST(str_eq(json_string_value(got), NEW_URL));
	without_url(&after, again->doc, file);
	MUST(view_eq(str_view(&before), str_view(&after)));
}

static bool has(const uint8_t *data, size_t size, const char *key)
{
	return size && memmem(data, size, key, strlen(key));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view rest = fuzz_view(data, size), config = {0}, env = {0};
	AUTO(project) *p = NULL;
	struct error err = {0};

	/* libFuzzer finds the keys in what is compared, and a project that knows one tells it. */
	if (has(data, size, ENV_KEY) || has(data, size, PROFILE_KEY))
		return 0;
	fuzz_part(&rest, &config);
	bool package = config.len && config.ptr[0] == 'p';
	if (package)
		config = view_make(config.ptr + 1, config.len - 1);
	prepare(package ? "p/package.json" : "p/.xatarc", config, rest.len ? rest : env);
	int rc = project_open_or_new(&p, fuzz_path("p"), &err);
	if (rc < 0) {
		fuzz_check_error(rc, &err);
		check_quiet(&err);
		return 0;
	}
	check_target(p);
	check_set(p);
	return 0;
}
