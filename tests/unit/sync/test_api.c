/* The API's calls: paths, bodies, statuses, and the shapes that answers must have. */
#include "lib/unit.h"

#include "base/alloc.h"
#include "sync/api.h"
#include "unit/support/fake_http.h"

static void no_sleep(int64_t ms)
{
	(void)ms;
}

static char noted[300];
static int notes;

static void keep_note(void *ctx, const char *text)
{
	(void)ctx;
	notes++;
	snprintf(noted, sizeof noted, "%s", text);
}

static const struct http_retry retry = {
	.attempts = 2,
	.base_ms = 1,
	.max_pause_ms = 10,
	.sleep_ms = no_sleep,
	.note = keep_note,
};

struct desk {
	struct fake_http http;
	struct api_target target;
	struct api *api;
};

static void desk_init(struct desk *d, const struct fake_answer *script, size_t len)
{
	fake_http_init(&d->http);
	fake_http_script(&d->http, script, len);
	d->target = (struct api_target){
		.control = "https://api.example/",
		.data = "https://ws.eu.example",
		.workspace = "shop-abc123",
		.region = "eu",
		.database = "shop",
		.key = "xata_key",
	};
	d->api = api_new(&d->http.base, &d->target, &retry);
	noted[0] = '\0';
	notes = 0;
}

static void desk_release(struct desk *d)
{
	api_free(d->api);
	fake_http_release(&d->http);
}
AUTO_VALUE_DEFINE(desk)

static void asked(const struct desk *d, size_t i, const char *line, const char *body)
{
	assert_true(i < d->http.log.len);
	assert_string_equal(d->http.log.items[i], line);
	assert_string_equal(d->http.bodies.items[i], body);
}

/* ---- control plane */

static void a_key_is_checked_by_listing_workspaces(void **state)
{
	(void)state;
	static const struct fake_answer script[] = {
		{.body = "{\"workspaces\":[{\"id\":\"shop-abc123\",\"name\":\"Shop\"}]}"},
		{.status = 401, .body = "{\"message\":\"invalid API key\"}"},
	};
	AUTO_VALUE(desk) d;
	struct error err = {0};

	desk_init(&d, script, 2);
	assert_ok(api_check_key(d.api, &err), &err);
	asked(&d, 0, "GET https://api.example/workspaces", "");
	assert_string_equal(d.http.keys.items[0], "xata_key");
	assert_fails_hinting(api_check_key(d.api, &err), &err, E_AUTH, "invalid API key",
			     "xata auth login");
	assert_int_equal(api_requests(d.api), 2);
}

static void a_key_that_the_endpoint_quotes_back_is_not_shown(void **state)
{
	(void)state;
	static const struct fake_answer script[] = {
		{.status = 401,
		 .body = "{\"message\":\"no such key: xata_key, (xata_key)\"}",
		 .request_id = "for-xata_key"},
		{.status = 400, .type = "text/xata_key", .message = "xata_key is old"},
		{.status = 400, .body = "{\"message\":\"no: \\u0078ata\\u005fkey\"}"},
		{.body = "{\"databases\":[{\"name\":\"a "
			 "\\u0078ata_key\",\"xata_key\":[\"xata_key\"],"
			 "\"n\":1}]}"},
	};
	AUTO_VALUE(desk) d;
	AUTO_JSON *doc = NULL;
	AUTO_STR text = {0};
	struct error err = {0};

	desk_init(&d, script, 4);
	assert_fails(api_check_key(d.api, &err), &err, E_AUTH,
		     "no such key: ********, (********) (HTTP 401, request id for-********)");
	assert_fails(api_check_key(d.api, &err), &err, E_REFUSED, "text/********");
	assert_string_equal(noted, "the endpoint says: ******** is old");
	assert_fails(api_check_key(d.api, &err), &err, E_REFUSED, "no: ******** (HTTP 400)");
	assert_ok(api_databases(&doc, d.api, &err), &err);
	json_write(&text, doc, JSON_FORM_COMPACT);
	assert_string_equal(str_cstr(&text),
			    "{\"databases\":[{\"name\":\"a ********\",\"********\":["
			    "\"********\"],\"n\":1}]}");
}

static void what_an_endpoint_says_is_passed_on_once_and_not_for_ever(void **state)
{
	(void)state;
	static const char *const said[] = {"a", "a", "b", "a", "b", "c", "d", "e", "f", "g", "a"};
	struct fake_answer script[ARRAY_LEN(said)] = {0};
	AUTO_VALUE(desk) d;
	struct error err = {0};

	for (size_t i = 0; i < ARRAY_LEN(said); i++)
		script[i] = (struct fake_answer){.body = "{\"workspaces\":[]}", .message = said[i]};
	desk_init(&d, script, ARRAY_LEN(said));
	for (size_t i = 0; i < ARRAY_LEN(said); i++)
		assert_ok(api_check_key(d.api, &err), &err);
	assert_int_equal(notes, 5);
	assert_string_equal(noted, "the endpoint says: e");
}

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
static void records_that_have_the_key_stay_as_they_are(void **state)
{
	(void)state;
	static const struct fake_answer script[] = {
		{.body = "{\"logs\":[{\"id\":\"mig_xata_key\",\"checksum\":\"1:" ZEROS
			 "\",\"operations\":[],"
			 "\"message\":\"xata_key\"}],\"meta\":{\"more\":false}}"},
	};
	AUTO_VALUE(desk) d;
	AUTO_VALUE(history_page) page = {0};
	const struct history_request req = {.format = RECORD_V1, .size = 5};
	struct error err = {0};

	desk_init(&d, script, 1);
	struct endpoint *e = api_endpoint(d.api, "main");
	assert_ok(e->ops->history(e, &page, &req, &err), &err);
	assert_string_equal(record_id(page.records.items[0]), "mig_xata_key");
	assert_string_equal(json_text(record_doc(page.records.items[0]), "message"), "xata_key");
	e->ops->close(e);
}

static void databases_are_managed_in_the_workspace(void **state)
{
	(void)state;
	static const struct fake_answer script[] = {
		{.body = "{\"databases\":[{\"name\":\"shop\",\"region\":\"eu\"}]}"},
		{.status = 201, .body = "{\"databaseName\":\"blog\",\"status\":\"completed\"}"},
		{.body = "{\"status\":\"completed\"}"},
		{.body = "{\"name\":\"log\"}"},
	};
	AUTO_VALUE(desk) d;
	struct error err = {0};
	json_t *doc;
	const struct api_database_options options = {.branch = "dev", .postgres = true};

	desk_init(&d, script, 4);
	assert_ok(api_databases(&doc, d.api, &err), &err);
	json_decref(doc);
	asked(&d, 0, "GET https://api.example/workspaces/shop-abc123/dbs", "");
	assert_ok(api_database_create(&doc, d.api, "blog", &options, &err), &err);
	json_decref(doc);
	asked(&d, 1, "PUT https://api.example/workspaces/shop-abc123/dbs/blog",
	      "{\"region\":\"eu\",\"branchName\":\"dev\",\"postgresEnabled\":true}");
	assert_ok(api_database_delete(&doc, d.api, "blog", &err), &err);
	json_decref(doc);
	asked(&d, 2, "DELETE https://api.example/workspaces/shop-abc123/dbs/blog", "");
	assert_ok(api_database_rename(&doc, d.api, "blog", "log", &err), &err);
	json_decref(doc);
	asked(&d, 3, "POST https://api.example/workspaces/shop-abc123/dbs/blog/rename",
	      "{\"newName\":\"log\"}");
}

static void workspace_and_region_are_asked_for_when_unknown(void **state)
{
	(void)state;
	static const struct fake_answer script[] = {
		{.body = "{\"workspaces\":[{\"id\":\"only-000001\"}]}"},
		{.body = "{\"regions\":[{\"id\":\"local\",\"name\":\"Local\"}]}"},
		{.status = 201, .body = "{\"databaseName\":\"a\"}"},
	};
	AUTO_VALUE(desk) d;
	struct error err = {0};
	json_t *doc;
	const struct api_database_options options = {0};

	desk_init(&d, script, 3);
	d.target.workspace = NULL;
	d.target.region = NULL;
	assert_ok(api_database_create(&doc, d.api, "a", &options, &err), &err);
	json_decref(doc);
	asked(&d, 1, "GET https://api.example/workspaces/only-000001/regions", "");
	asked(&d, 2, "PUT https://api.example/workspaces/only-000001/dbs/a",
	      "{\"region\":\"local\",\"branchName\":\"main\"}");
}

static void several_workspaces_or_regions_are_listed_to_choose_from(void **state)
{
	(void)state;
	static const struct fake_answer workspaces[] = {
		{.body = "{\"workspaces\":[{\"id\":\"one-000001\"},{\"id\":\"two-000002\"}]}"}};
	static const struct fake_answer no_workspaces[] = {{.body = "{\"workspaces\":[]}"}};
	static const struct fake_answer no_regions[] = {{.body = "{\"regions\":[]}"}};
	static const struct fake_answer regions[] = {
		{.body = "{\"regions\":[{\"id\":\"eu\"},{\"id\":\"us\"}]}"}};
	AUTO_VALUE(desk) d;
	struct error err = {0};
	json_t *doc;
	const struct api_database_options options = {0};

	desk_init(&d, workspaces, 1);
	d.target.workspace = NULL;
	assert_fails_hinting(api_databases(&doc, d.api, &err), &err, E_USAGE,
			     "one-000001, two-000002", "--db");
	fake_http_script(&d.http, no_workspaces, 1);
	assert_fails(api_databases(&doc, d.api, &err), &err, E_PROJECT, "no workspace");
	fake_http_script(&d.http, regions, 1);
	d.target.workspace = "shop-abc123";
	d.target.region = NULL;
	assert_fails_hinting(api_database_create(&doc, d.api, "a", &options, &err), &err, E_USAGE,
			     "eu, us", "--region");
	fake_http_script(&d.http, no_regions, 1);
	assert_fails_hinting(api_database_create(&doc, d.api, "a", &options, &err), &err, E_PEER,
			     "sent an empty list of regions", "--region");
}

static void a_workspace_that_is_no_name_is_the_endpoints_fault(void **state)
{
	(void)state;
	static const struct fake_answer answers[] = {
		{.body = "{\"workspaces\":[{\"id\":\"../../x\"}]}"},
		{.body = "{\"workspaces\":[{\"id\":\"one-000001\"},{\"id\":\"\"}]}"},
	};
	const struct api_database_options options = {.region = "eu"};

	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		AUTO_VALUE(desk) d;
		struct error err = {0};
		json_t *doc;
		desk_init(&d, &answers[i], 1);
		d.target.workspace = NULL;
		assert_fails(api_databases(&doc, d.api, &err), &err, E_PEER,
			     "cannot be the id of a workspace");
		fake_http_script(&d.http, &answers[i], 1);
		assert_fails(api_database_create(&doc, d.api, "a", &options, &err), &err, E_PEER,
			     "cannot be the id of a workspace");
		fake_http_script(&d.http, &answers[i], 1);
		assert_fails(api_database_delete(&doc, d.api, "a", &err), &err, E_PEER,
			     "cannot be the id of a workspace");
		assert_int_equal(d.http.log.len, 1); /* nothing was asked of such a place */
	}
}

static void a_name_that_breaks_the_pattern_is_never_sent(void **state)
{
	(void)state;
	static const char *const bad[] = {"",	  "a/b",	 "a:b",	  "../x", "a b",
					  "a%2f", "caf\xc3\xa9", "a?b=c", "a#b",  "x\n"};
	AUTO_VALUE(desk) d;
	struct error err = {0};
	char long_name[300];
	json_t *doc;

	static const struct fake_answer script[] = {{.rc = E_INTERNAL}};
	desk_init(&d, script, 1);
	memset(long_name, 'a', sizeof long_name);
	long_name[256] = '\0';
	for (size_t i = 0; i <= ARRAY_LEN(bad); i++) {
		const char *name = i < ARRAY_LEN(bad) ? bad[i] : long_name;
		assert_fails(api_schema(&doc, d.api, name, &err), &err, E_USAGE,
			     "cannot be the name of a branch");
		assert_fails(api_branch_create(&doc, d.api, "ok", name, NULL, &err), &err, E_USAGE,
			     "branch");
		assert_fails(api_database_delete(&doc, d.api, name, &err), &err, E_USAGE,
			     "cannot be the name of a database");
		assert_fails(api_database_rename(&doc, d.api, "ok", name, &err), &err, E_USAGE,
			     "database");
		assert_fails(api_migrate_job(&doc, d.api, "main", name, &err), &err, E_USAGE,
			     "cannot be the name of a job");
	}
	assert_int_equal(d.http.log.len, 0);
}

static void lists_of_the_wrong_shape_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"{}",
		"{\"branches\":{}}",
		"{\"branches\":[1]}",
		"{\"branches\":[{}]}",
		"{\"branches\":[{\"name\":7}]}",
		"{\"branches\":[{\"name\":\"a\\u001b[0m\"}]}",
		"{\"branches\":[{\"name\":\"a\\u009b0m\"}]}",
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		const struct fake_answer script[] = {{.body = bad[i]}};
		AUTO_VALUE(desk) d;
		struct error err = {0};
		json_t *doc;
		desk_init(&d, script, 1);
		assert_fails(api_branches(&doc, d.api, &err), &err, E_PEER, "answer");
		assert_null(doc);
	}
}

/* ---- branches */

static void branches_are_managed_on_the_data_plane(void **state)
{
	(void)state;
	static const struct fake_answer script[] = {
		{.body = "{\"branches\":[{\"name\":\"main\"}]}"},
		{.status = 201, .body = "{\"branchName\":\"dev\"}", .message = "welcome"},
		{.status = 201, .body = "{\"branchName\":\"dev\"}"},
		{.body = "{\"branch\":\"a/b\"}"},
		{.status = 204},
		{.status = 422, .body = "{\"message\":\"exists\"}"},
		{.status = 409, .body = "{\"message\":\"in use\"}"},
	};
	AUTO_VALUE(desk) d;
	struct error err = {0};
	json_t *doc;

	desk_init(&d, script, ARRAY_LEN(script));
	assert_ok(api_branches(&doc, d.api, &err), &err);
	json_decref(doc);
	asked(&d, 0, "GET https://ws.eu.example/dbs/shop", "");
	AUTO_JSON *metadata = json_pack("{s:s}", "branch", "a/b");
	assert_ok(api_branch_create(&doc, d.api, "dev", "main", metadata, &err), &err);
	json_decref(doc);
	asked(&d, 1, "PUT https://ws.eu.example/db/shop:dev",
	      "{\"from\":\"main\",\"metadata\":{\"branch\":\"a/b\"}}");
	assert_string_equal(noted, "the endpoint says: welcome");
	assert_ok(api_branch_create(&doc, d.api, "dev", NULL, NULL, &err), &err);
	json_decref(doc);
	asked(&d, 2, "PUT https://ws.eu.example/db/shop:dev", "{}");
	assert_ok(api_branch_metadata(&doc, d.api, "dev", &err), &err);
	assert_true(json_equal(doc, metadata));
	json_decref(doc);
	asked(&d, 3, "GET https://ws.eu.example/db/shop:dev/metadata", "");
	assert_ok(api_branch_delete(&doc, d.api, "dev", &err), &err);
	assert_int_equal(json_object_size(doc), 0);
	json_decref(doc);
	asked(&d, 4, "DELETE https://ws.eu.example/db/shop:dev", "");
	assert_fails(api_branch_create(&doc, d.api, "dev", NULL, NULL, &err), &err, E_REFUSED,
		     "refused to create branch \"dev\": exists (HTTP 422)");
	assert_fails(api_branch_delete(&doc, d.api, "dev", &err), &err, E_CONFLICT, "in use");
}

static void a_git_branch_is_resolved_whatever_its_name(void **state)
{
	(void)state;
	static const struct fake_answer script[] = {
		{.body = "{\"branch\":\"preview-1\",\"reason\":{\"code\":\"FOUND_IN_MAPPING\","
			 "\"message\":\"mapped \\u0007\"}}"},
		{.body = "{\"branch\":\"main\",\"reason\":{\"code\":\"DEFAULT_BRANCH\"}}"},
		{.body = "{\"branch\":\"../main\"}"},
		{.body = "{}"},
	};
	AUTO_VALUE(desk) d;
	struct error err = {0};
	char *branch, *reason;

	desk_init(&d, script, 4);
	assert_ok(api_resolve_branch(&branch, &reason, d.api, "feat/a b&c=\xc3\xa9#1", "dev", &err),
		  &err);
	assert_string_equal(branch, "preview-1");
	assert_string_equal(reason, "mapped \\x07");
	free(branch);
	free(reason);
	asked(&d, 0,
	      "GET https://ws.eu.example/dbs/shop/resolveBranch?gitBranch="
	      "feat%2Fa%20b%26c%3D%C3%A9%231&fallbackBranch=dev",
	      "");
	assert_ok(api_resolve_branch(&branch, &reason, d.api, "x", NULL, &err), &err);
	assert_string_equal(reason, "DEFAULT_BRANCH");
	free(branch);
	free(reason);
	asked(&d, 1, "GET https://ws.eu.example/dbs/shop/resolveBranch?gitBranch=x", "");
	assert_fails(api_resolve_branch(&branch, &reason, d.api, "x", NULL, &err), &err, E_PEER,
		     "invalid name");
	assert_fails(api_resolve_branch(&branch, &reason, d.api, "x", NULL, &err), &err, E_PEER,
		     "\"branch\"");
}

static void a_schema_comes_from_where_the_branch_keeps_it(void **state)
{
	(void)state;
	static const struct fake_answer script[] = {
		{.body = "{\"schema\":{\"tables\":[]}}"},
		{.body = "{\"usePgRoll\":true,\"schema\":{\"tables\":[]}}"},
		{.body = "{\"schema\":{\"name\":\"public\",\"tables\":{}}}"},
		{.body = "{\"format\":\"v1\",\"head\":null}"},
		{.body = "{\"schema\":7}"},
		{.body = "{}"},
	};
	AUTO_VALUE(desk) d;
	struct error err = {0};
	json_t *doc;

	desk_init(&d, script, 6);
	assert_ok(api_schema(&doc, d.api, "main", &err), &err);
	assert_true(json_is_array(json_object_get(doc, "tables")));
	json_decref(doc);
	assert_ok(api_schema(&doc, d.api, "main", &err), &err);
	assert_string_equal(json_string_value(json_object_get(doc, "name")), "public");
	json_decref(doc);
	asked(&d, 1, "GET https://ws.eu.example/db/shop:main?form=head", "");
	asked(&d, 2, "GET https://ws.eu.example/db/shop:main/schema", "");
	assert_fails(api_schema(&doc, d.api, "main", &err), &err, E_PEER, "schema");
	asked(&d, 4, "GET https://ws.eu.example/db/shop:main", "");
	d.target.hosted = true;
	error_clear(&err);
	assert_fails(api_schema(&doc, d.api, "main", &err), &err, E_PEER, "schema");
	asked(&d, 5, "GET https://ws.eu.example/db/shop:main", "");
	assert_int_equal(d.http.log.len, 6);
}

static void a_schema_that_is_too_large_is_said_to_be_that(void **state)
{
	AUTO_STR large = {0};
	AUTO_VALUE(desk) d;
	struct error err = {0};
	json_t *doc;

	(void)state;
	str_puts(&large, "{\"schema\":{\"tables\":[0");
	for (int i = 0; i < 300000; i++)
		str_puts(&large, ",0");
	str_puts(&large, "]}}");
	const struct fake_answer script[] = {{.body = "{\"usePgRoll\":true}"},
					     {.body = str_cstr(&large)}};
	desk_init(&d, script, 2);
	assert_fails_hinting(
		api_schema(&doc, d.api, "main", &err), &err, E_PEER,
		"the endpoint's answer cannot be understood: the answer has more than 300000 "
		"values (HTTP 200)",
		"Pull the branch");
}

static void a_schema_that_is_too_deep_is_not_called_large(void **state)
{
	AUTO_STR deep = {0};
	AUTO_VALUE(desk) d;
	struct error err = {0};
	json_t *doc;

	(void)state;
	str_puts(&deep, "{\"schema\":");
	for (int i = 0; i < 100000; i++)
		str_putc(&deep, '[');
	const struct fake_answer script[] = {{.body = str_cstr(&deep)}};
	desk_init(&d, script, 1);
	assert_fails(api_schema(&doc, d.api, "main", &err), &err, E_PEER,
		     "nested more than 72 levels deep");
	assert_string_equal(err.hint, "");
}

/* ---- migrations */

static void jobs_are_started_and_watched(void **state)
{
	(void)state;
	static const struct fake_answer script[] = {
		{.body = "{\"jobID\":\"mig_job_1\"}"},
		{.body = "{\"jobID\":\"mig_job_2\"}"},
		{.body = "{\"jobID\":\"mig_job_3\"}"},
		{.status = 204},
		{.body = "{\"jobID\":\"mig_job_1\",\"type\":\"start\",\"status\":\"completed\"}"},
		{.status = 204},
		{.body = "{}"},
	};
	AUTO_VALUE(desk) d;
	struct error err = {0};
	json_t *doc, *migration = json_pack("{s:[{s:{}}]}", "operations", "future_op");

	desk_init(&d, script, ARRAY_LEN(script));
	assert_ok(api_migrate_start(&doc, d.api, "main", migration, &err), &err);
	json_decref(doc);
	json_decref(migration);
	asked(&d, 0, "POST https://ws.eu.example/db/shop:main/migrations/start",
	      "{\"operations\":[{\"future_op\":{}}]}");
	assert_ok(api_migrate_complete(&doc, d.api, "main", &err), &err);
	json_decref(doc);
	asked(&d, 1, "POST https://ws.eu.example/db/shop:main/migrations/complete", "");
	assert_ok(api_migrate_rollback(&doc, d.api, "main", &err), &err);
	json_decref(doc);
	assert_ok(api_migrate_status(&doc, d.api, "main", &err), &err);
	assert_null(doc);
	assert_ok(api_migrate_job(&doc, d.api, "main", "mig_job_1", &err), &err);
	json_decref(doc);
	asked(&d, 4, "GET https://ws.eu.example/db/shop:main/migrations/jobs/mig_job_1", "");
	assert_fails(api_migrate_job(&doc, d.api, "main", "mig_job_1", &err), &err, E_PEER,
		     "says nothing about job");
	assert_fails(api_migrate_complete(&doc, d.api, "main", &err), &err, E_PEER, "jobID");
}

static void what_must_not_happen_twice_is_not_sent_twice(void **state)
{
	(void)state;
	static const struct fake_answer script[] = {{.status = 503, .body = "{}"},
						    {.status = 503, .body = "{}"},
						    {.status = 200, .body = "{}"}};
	AUTO_VALUE(desk) d;
	struct error err = {0};
	json_t *doc;

	desk_init(&d, script, 3);
	assert_fails(api_migrate_complete(&doc, d.api, "main", &err), &err, E_REMOTE_FAILED,
		     "HTTP 503");
	assert_int_equal(d.http.log.len, 1);
	assert_ok(api_branch_metadata(&doc, d.api, "main", &err), &err);
	json_decref(doc);
	assert_int_equal(d.http.log.len, 3);
}

/* Each page is one that may be read, and they would go on for ever. */
static void a_list_that_grows_beyond_reason_is_not_kept(void **state)
{
	struct fake_answer script[4];
	char *bodies[ARRAY_LEN(script)];
	AUTO_VALUE(desk) d;
	struct error err = {0};
	json_t *doc;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(script); i++) {
		AUTO_STR body = {0};
		str_puts(&body, "{\"migrations\":[{\"name\":\"a\",\"more\":[0");
		for (int n = 0; n < 90000; n++)
			str_puts(&body, ",0");
		str_printf(&body, "]}],\"cursor\":\"%zu\"}", i);
		bodies[i] = str_steal(&body);
		script[i] = (struct fake_answer){.body = bodies[i]};
	}
	desk_init(&d, script, ARRAY_LEN(script));
	assert_fails_hinting(api_migrate_list(&doc, d.api, "main", 0, &err), &err, E_PEER,
			     "the endpoint's list of migrations has more than 8 MB or 200000 "
			     "values and no end in sight",
			     "--max-count");
	assert_int_equal(d.http.log.len, 3);
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++)
		free(bodies[i]);
}

static void migrations_are_listed_page_by_page(void **state)
{
	(void)state;
	static const struct fake_answer script[] = {
		{.body = "{\"migrations\":[{\"name\":\"c\"},{\"name\":\"b\"}],\"cursor\":\"t 1\"}"},
		{.body = "{\"migrations\":[{\"name\":\"a\"}],\"cursor\":null}"},
		{.body = "{\"migrations\":[{\"name\":\"c\"},{\"name\":\"b\"}],\"cursor\":\"x\"}"},
	};
	AUTO_VALUE(desk) d;
	struct error err = {0};
	json_t *doc;

	desk_init(&d, script, 3);
	assert_ok(api_migrate_list(&doc, d.api, "main", 0, &err), &err);
	assert_int_equal(json_array_size(json_object_get(doc, "migrations")), 3);
	json_decref(doc);
	asked(&d, 0, "GET https://ws.eu.example/db/shop:main/migrations/history?limit=200", "");
	asked(&d, 1,
	      "GET https://ws.eu.example/db/shop:main/migrations/history?limit=200&cursor=t%201",
	      "");
	assert_ok(api_migrate_list(&doc, d.api, "main", 1, &err), &err);
	assert_int_equal(json_array_size(json_object_get(doc, "migrations")), 1);
	json_decref(doc);
	asked(&d, 2, "GET https://ws.eu.example/db/shop:main/migrations/history?limit=1", "");
}

static void a_list_without_end_is_refused(void **state)
{
	(void)state;
	static const struct fake_answer script[] = {
		{.body = "{\"migrations\":[{\"name\":\"c\"}],\"cursor\":\"x\"}"},
		{.body = "{\"migrations\":[{\"name\":\"b\"}],\"cursor\":\"y\"}"},
		{.body = "{\"migrations\":[{\"name\":\"c\"}],\"cursor\":\"x\"}"},
		{.body = "{\"migrations\":[],\"cursor\":\"x\"}"},
	};
	AUTO_VALUE(desk) d;
	struct error err = {0};
	json_t *doc;

	desk_init(&d, script, ARRAY_LEN(script));
	assert_fails(api_migrate_list(&doc, d.api, "main", 0, &err), &err, E_PEER,
		     "no end: a page brings the same cursor again");
	error_clear(&err);
	assert_fails(api_migrate_list(&doc, d.api, "main", 0, &err), &err, E_PEER,
		     "no end: a page brings nothing new");
}

static void a_list_with_a_strange_cursor_is_not_taken_for_whole(void **state)
{
	(void)state;
	AUTO_STR long_one = {0};
	AUTO_VALUE(desk) d;
	struct error err = {0};
	json_t *doc;

	str_printf(&long_one, "{\"migrations\":[{\"name\":\"c\"}],\"cursor\":\"%01025d\"}", 0);
	const struct fake_answer script[] = {
		{.body = "{\"migrations\":[{\"name\":\"c\"}],\"cursor\":7}"},
		{.body = str_cstr(&long_one)},
	};
	desk_init(&d, script, ARRAY_LEN(script));
	assert_fails(api_migrate_list(&doc, d.api, "main", 0, &err), &err, E_PEER,
		     "list of migrations cannot be understood: member \"cursor\" must be a string");
	error_clear(&err);
	assert_fails(api_migrate_list(&doc, d.api, "main", 0, &err), &err, E_PEER,
		     "its cursor is longer than 1024 bytes");
}

static void without_a_database_nothing_is_asked(void **state)
{
	(void)state;
	AUTO_VALUE(desk) d;
	struct error err = {0};
	json_t *doc;

	desk_init(&d, NULL, 0);
	d.target.database = NULL;
	assert_fails_hinting(api_branches(&doc, d.api, &err), &err, E_PROJECT, "no database",
			     "xata init");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_is_checked_by_listing_workspaces),
		cmocka_unit_test(a_key_that_the_endpoint_quotes_back_is_not_shown),
		cmocka_unit_test(records_that_have_the_key_stay_as_they_are),
		cmocka_unit_test(what_an_endpoint_says_is_passed_on_once_and_not_for_ever),
		cmocka_unit_test(databases_are_managed_in_the_workspace),
		cmocka_unit_test(workspace_and_region_are_asked_for_when_unknown),
		cmocka_unit_test(several_workspaces_or_regions_are_listed_to_choose_from),
		cmocka_unit_test(a_workspace_that_is_no_name_is_the_endpoints_fault),
		cmocka_unit_test(a_name_that_breaks_the_pattern_is_never_sent),
		cmocka_unit_test(lists_of_the_wrong_shape_are_refused),
		cmocka_unit_test(branches_are_managed_on_the_data_plane),
		cmocka_unit_test(a_git_branch_is_resolved_whatever_its_name),
		cmocka_unit_test(a_schema_comes_from_where_the_branch_keeps_it),
		cmocka_unit_test(a_schema_that_is_too_large_is_said_to_be_that),
		cmocka_unit_test(a_schema_that_is_too_deep_is_not_called_large),
		cmocka_unit_test(jobs_are_started_and_watched),
		cmocka_unit_test(what_must_not_happen_twice_is_not_sent_twice),
		cmocka_unit_test(migrations_are_listed_page_by_page),
		cmocka_unit_test(a_list_that_grows_beyond_reason_is_not_kept),
		cmocka_unit_test(a_list_without_end_is_refused),
		cmocka_unit_test(a_list_with_a_strange_cursor_is_not_taken_for_whole),
		cmocka_unit_test(without_a_database_nothing_is_asked),
	};
	return unit_main(tests);
}
