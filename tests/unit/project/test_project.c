/* What project.h promises: the root, the configuration, small files, the template. */
#include "lib/unit.h"

#include "unit/project/world.h"

static void make_dirs(const char *dir, const char *path)
{
	AUTO_FREE char *full = xasprintf("%s/%s", dir, path);

	for (char *p = full + strlen(dir) + 1; *p; p++)
		if (*p == '/') {
			*p = '\0';
			mkdir(full, 0755);
			*p = '/';
		}
	mkdir(full, 0755);
}

static struct project *open_at(const char *dir, const char *path)
{
	struct project *p = NULL;
	struct error err = {0};

	assert_ok(project_open(&p, unit_path(dir, path), &err), &err);
	return p;
}

/* ---- the root */

static void the_nearest_marker_upwards_is_the_root(void **state)
{
	static const struct {
		const char *file, *text;
	} markers[] = {
		{".xatarc", "{}"},
		{".xatarc.json", "{}"},
		{"package.json", "{\"name\": \"x\", \"xata\": {}}"},
	};

	world_environment(*state);
	unit_write(unit_path(*state, ".xatarc"), "{}");
	make_dirs(*state, "a/b/c");
	for (size_t i = 0; i < ARRAY_LEN(markers); i++) {
		AUTO_FREE char *path = xasprintf("%s/a/b/%s", (char *)*state, markers[i].file);
		unit_write(path, markers[i].text);
		AUTO(project) *p = open_at(*state, "a/b/c");
		assert_string_equal(project_root(p), unit_path(*state, "a/b"));
		assert_string_equal(project_config_file(p), markers[i].file);
		assert_true(project_exists(p));
		unlink(path);
	}
	make_dirs(*state, "a/b/.xata");
	AUTO(project) *p = open_at(*state, "a/b/c");
	assert_string_equal(project_root(p), unit_path(*state, "a/b"));
	assert_null(project_config_file(p));
	assert_null(project_config(p));
	AUTO(project) *above = open_at(*state, "a");
	assert_string_equal(project_root(above), *state);
}

static void other_files_are_no_markers(void **state)
{
	struct project *p = NULL;
	struct error err = {0};

	world_environment(*state);
	unit_write(unit_path(*state, "package.json"), "{\"name\": \"x\"}");
	unit_write(unit_path(*state, ".xata"), "a file");
	unit_write(unit_path(*state, ".xatarc.json"), " \n");
	make_dirs(*state, ".xatarc");
	make_dirs(*state, ".config/xata");
	assert_fails_hinting(project_open(&p, *state, &err), &err, E_PROJECT, "not in a project",
			     "xata init");
	unit_write(unit_path(*state, "package.json"), "{ broken");
	assert_fails(project_open(&p, *state, &err), &err, E_PROJECT, "not in a project");
	assert_fails(project_open(&p, unit_path(*state, "gone"), &err), &err, E_NOTFOUND, "gone");
	assert_null(p);
	assert_ok(project_open_or_new(&p, *state, &err), &err);
	assert_false(project_exists(p));
	assert_string_equal(project_root(p), *state);
	project_free(p);
}

static void a_configuration_that_cannot_be_read_is_named_and_never_quoted(void **state)
{
	static const struct {
		const char *file, *text, *message;
	} rows[] = {
		{".xatarc", "databaseURL: https://u:SECRET@h/db/x\n", "YAML"},
		{".xatarc", "{\"databaseURL\": SECRET}", "line 1"},
		{".xatarc", "{\"a\":1,\"a\":\"SECRET\"}", "JSON"},
		{".xatarc", "[\"SECRET\"]", "not a JSON object"},
		{".xatarc.json", "{\"a\": \"SECRET", "line 1"},
		{"package.json", "{\"xata\": SECRET}", "line 1"},
		{"package.json", "{\"xata\": \"SECRET\"}", "not an object"},
	};
	struct project *p = NULL;
	struct error err = {0};

	world_environment(*state);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_FREE char *path = xasprintf("%s/%s", (char *)*state, rows[i].file);
		unit_write(path, rows[i].text);
		int rc = project_open(&p, *state, &err);
		assert_non_null(strstr(err.msg, rows[i].file));
		assert_null(strstr(err.msg, "SECRET"));
		assert_fails_hinting(rc, &err, E_PROJECT, rows[i].message, "Write it as JSON");
		unlink(path);
	}
}

/* ---- settings */

static void settings_say_where_they_come_from(void **state)
{
	mkdir(unit_path(*state, "p"), 0755);
	unit_write(unit_path(*state, "p/.env.local"), "XATA_BRANCH=local\n");
	unit_write(unit_path(*state, "p/.env"), "XATA_BRANCH=env\nXATA_PROFILE=work\nEMPTY=\n");
	AUTO(project) *p = world_project(*state);

	struct setting s = project_env(p, "XATA_BRANCH");
	assert_string_equal(s.value, "local");
	assert_string_equal(s.where, ".env.local");
	assert_int_equal(s.origin, ORIGIN_DOTENV);
	assert_string_equal(project_env(p, "XATA_PROFILE").where, ".env");
	assert_int_equal(project_env(p, "EMPTY").origin, ORIGIN_NONE);
	assert_null(project_env(p, "EMPTY").value);
}

static void the_real_environment_hides_the_files_even_when_empty(void **state)
{
	mkdir(unit_path(*state, "p"), 0755);
	unit_write(unit_path(*state, "p/.env"), "XATA_BRANCH=env\n");
	AUTO(project) *p = world_project(*state);

	setenv("XATA_BRANCH", "real", 1);
	struct setting s = project_env(p, "XATA_BRANCH");
	assert_string_equal(s.value, "real");
	assert_int_equal(s.origin, ORIGIN_ENV);
	setenv("XATA_BRANCH", "", 1);
	assert_null(project_env(p, "XATA_BRANCH").value);
	unsetenv("XATA_BRANCH");
}

/* ---- config get and set */

static void settings_are_read_by_their_path(void **state)
{
	mkdir(unit_path(*state, "p"), 0755);
	unit_write(unit_path(*state, "p/.xatarc"), "{\"codegen\":{\"output\":\"x.ts\"}}");
	AUTO(project) *p = world_project(*state);
	const json_t *value;
	struct error err = {0};

	assert_ok(project_config_get(&value, p, "codegen.output", &err), &err);
	assert_string_equal(json_string_value(value), "x.ts");
	assert_ok(project_config_get(&value, p, "codegen", &err), &err);
	assert_true(json_is_object(value));
	assert_fails_hinting(project_config_get(&value, p, "databaseURL", &err), &err, E_NOTFOUND,
			     "\"databaseURL\"", "xata config set databaseURL");
	assert_fails_hinting(project_config_get(&value, p, "codegen.outptu", &err), &err,
			     E_NOTFOUND, "outptu", "codegen.output");
	assert_fails(project_config_get(&value, p, "codegen.output.x", &err), &err, E_NOTFOUND, "");
	assert_null(value);
}

static void set(struct project *p, const char *path, const char *value)
{
	struct error err = {0};

	assert_ok(project_config_set(p, path, value, &err), &err);
}

static void settings_are_written_with_their_types(void **state)
{
	AUTO(project) *p = world_project(*state);

	set(p, "codegen.declarations", "true");
	set(p, "codegen.moduleType", "esm");
	set(p, "experimental.workflow", "false");
	set(p, "databaseURL", "https://localhost:8443/db/shop");
	assert_file(unit_path(*state, "p/.xatarc"),
		    "{\n"
		    "  \"codegen\": {\n"
		    "    \"declarations\": true,\n"
		    "    \"moduleType\": \"esm\"\n"
		    "  },\n"
		    "  \"experimental\": {\n"
		    "    \"workflow\": false\n"
		    "  },\n"
		    "  \"databaseURL\": \"https://localhost:8443/db/shop\"\n"
		    "}\n");
	const json_t *value;
	struct error err = {0};
	assert_ok(project_config_get(&value, p, "codegen.declarations", &err), &err);
	assert_true(json_is_true(value));
}

static void values_that_do_not_fit_are_refused(void **state)
{
	AUTO(project) *p = world_project(*state);
	struct error err = {0};

	assert_fails_hinting(project_config_set(p, "codegen.declarations", "yes", &err), &err,
			     E_INVALID, "\"yes\"", "\"true\" or \"false\"");
	assert_fails_hinting(project_config_set(p, "codegen.moduleType", "amd", &err), &err,
			     E_INVALID, "\"amd\"", "cjs, esm, deno");
	assert_fails_hinting(project_config_set(p, "codegen.outpt", "x", &err), &err, E_INVALID,
			     "no setting", "codegen.output");
	int rc = project_config_set(p, "databaseURL", "https://u:secret@h/db/x", &err);
	assert_null(strstr(err.msg, "secret"));
	assert_fails_hinting(rc, &err, E_INVALID, "no database URL", "https://HOST/db/NAME");
	assert_fails(project_config_set(p, "codegen.output", "\xff", &err), &err, E_INVALID,
		     "UTF-8");
	assert_file(unit_path(*state, "p/.xatarc"), "{}\n");
}

static void package_json_keeps_every_other_byte(void **state)
{
	static const char before[] = "{\n\t\"name\": \"x\",  \"version\":\"1.0\",\n"
				     "\t\"a\": {\"xata\": [1, 2]},\n"
				     "\t\"esc\": \"\\u00e4 \\\"xata\\\": 1\",\n"
				     "\t\"xata\" : {\"codegen\": {}, \"extra\": [1]},\n"
				     "\t\"last\": 1.50\n}";
	static const char after[] = "{\n\t\"name\": \"x\",  \"version\":\"1.0\",\n"
				    "\t\"a\": {\"xata\": [1, 2]},\n"
				    "\t\"esc\": \"\\u00e4 \\\"xata\\\": 1\",\n"
				    "\t\"xata\" : {\n"
				    "    \"codegen\": {\n"
				    "      \"output\": \"a.ts\"\n"
				    "    },\n"
				    "    \"extra\": [\n"
				    "      1\n"
				    "    ]\n"
				    "  },\n"
				    "\t\"last\": 1.50\n}";

	world_environment(*state);
	unit_write(unit_path(*state, "package.json"), before);
	AUTO(project) *p = open_at(*state, ".");
	set(p, "codegen.output", "a.ts");
	assert_file(unit_path(*state, "package.json"), after);
	AUTO(project) *again = open_at(*state, ".");
	assert_string_equal(project_config_file(again), "package.json");
}

static void init_writes_a_configuration_where_there_is_none(void **state)
{
	struct project *p = NULL;
	struct error err = {0};

	world_environment(*state);
	unit_write(unit_path(*state, "package.json"), "{\"name\": \"x\"}\n");
	assert_ok(project_open_or_new(&p, *state, &err), &err);
	assert_fails_hinting(project_config_set(p, "codegen.output", "x", &err), &err, E_PROJECT,
			     "no configuration file", "xata init");
	assert_ok(project_config_init(p, "https://w.r.xata.sh/db/shop", &err), &err);
	assert_true(project_exists(p));
	assert_string_equal(project_config_file(p), ".xatarc");
	assert_file(unit_path(*state, ".xatarc"),
		    "{\n  \"databaseURL\": \"https://w.r.xata.sh/db/shop\"\n}\n");
	assert_ok(project_config_init(p, "https://w.r.xata.sh/db/stock", &err), &err);
	assert_file(unit_path(*state, ".xatarc"),
		    "{\n  \"databaseURL\": \"https://w.r.xata.sh/db/stock\"\n}\n");
	project_free(p);
}

/* ---- small files */

static void gitignore_gets_a_line_once(void **state)
{
	AUTO(project) *p = world_project(*state);
	struct error err = {0};
	bool added;

	assert_ok(project_gitignore_add(&added, p, ".env", &err), &err);
	assert_true(added);
	assert_file(unit_path(*state, "p/.gitignore"), ".env\n");
	assert_ok(project_gitignore_add(&added, p, ".env", &err), &err);
	assert_false(added);
	unit_write(unit_path(*state, "p/.gitignore"), "node_modules\n/.env  \r\n#x");
	assert_ok(project_gitignore_add(&added, p, ".env", &err), &err);
	assert_false(added);
	unit_write(unit_path(*state, "p/.gitignore"), "x/.env\n.env.local");
	assert_ok(project_gitignore_add(&added, p, ".env", &err), &err);
	assert_true(added);
	assert_file(unit_path(*state, "p/.gitignore"), "x/.env\n.env.local\n.env\n");
	unlink(unit_path(*state, "p/.gitignore"));
	mkdir(unit_path(*state, "p/.gitignore"), 0755);
	assert_fails(project_gitignore_add(&added, p, ".env", &err), &err, E_INVALID, ".gitignore");
	assert_false(added);
}

static void the_template_is_laid_and_overwrites_nothing(void **state)
{
	AUTO(project) *p = world_project(*state);
	AUTO_VALUE(strs) made = {0}, again = {0};
	AUTO_FREE char *mine = xasprintf("%s/p/.xata/README.md", (char *)*state);
	struct error err = {0};
	struct stat st;

	make_dirs(*state, "p/.xata");
	unit_write(mine, "mine\n");
	const char *template = unit_source_path(".xata-template");
	assert_ok(project_lay_template(&made, p, template, &err), &err);
	assert_true(strs_has(&made, ".xata/migrations/.ledger"));
	assert_true(strs_has(&made, ".xata/hooks/pre-commit"));
	assert_true(strs_has(&made, ".xata/.gitattributes"));
	assert_false(strs_has(&made, ".xata/README.md"));
	assert_file(mine, "mine\n");
	assert_file(unit_path(*state, "p/.xata/migrations/.ledger"), "");
	assert_int_equal(stat(unit_path(*state, "p/.xata/hooks/pre-commit"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_ok(project_lay_template(&again, p, template, &err), &err);
	assert_int_equal(again.len, 0);
	AUTO(workdir) *w = world_open(p, WORKDIR_READ);
	assert_int_equal(world_errors(w), 0);
}

static void a_template_does_not_follow_links_out_of_the_project(void **state)
{
	AUTO(project) *p = world_project(*state);
	AUTO_VALUE(strs) made = {0};
	struct error err = {0};

	make_dirs(*state, "p/.xata");
	make_dirs(*state, "out");
	make_dirs(*state, "t/migrations");
	unit_write(unit_path(*state, "t/migrations/.ledger"), "");
	assert_int_equal(symlink(unit_path(*state, "out"), unit_path(*state, "p/.xata/migrations")),
			 0);
	assert_fails(project_lay_template(&made, p, unit_path(*state, "t"), &err), &err, E_ACCESS,
		     "migrations");
	assert_int_equal(rmdir(unit_path(*state, "out")), 0);
	assert_fails_hinting(project_lay_template(&made, p, unit_path(*state, "none"), &err), &err,
			     E_NOTFOUND, "none", "XATA_TEMPLATE_DIR");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_test_in_dir(the_nearest_marker_upwards_is_the_root),
		unit_test_in_dir(other_files_are_no_markers),
		unit_test_in_dir(a_configuration_that_cannot_be_read_is_named_and_never_quoted),
		unit_test_in_dir(settings_say_where_they_come_from),
		unit_test_in_dir(the_real_environment_hides_the_files_even_when_empty),
		unit_test_in_dir(settings_are_read_by_their_path),
		unit_test_in_dir(settings_are_written_with_their_types),
		unit_test_in_dir(values_that_do_not_fit_are_refused),
		unit_test_in_dir(package_json_keeps_every_other_byte),
		unit_test_in_dir(init_writes_a_configuration_where_there_is_none),
		unit_test_in_dir(gitignore_gets_a_line_once),
		unit_test_in_dir(the_template_is_laid_and_overwrites_nothing),
		unit_test_in_dir(a_template_does_not_follow_links_out_of_the_project),
	};
	return unit_main(tests);
}
