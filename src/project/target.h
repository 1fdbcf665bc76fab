/*
 * Where a command goes and with which key: the one place that decides whether a key may be sent.
 *
 * A key from the user's environment or profile goes only to: the profile's own host; hosts under
 * xata.sh and xata.io over https; a host named on the command line or by XATA_DATABASE_URL (or
 * XATA_API_PROVIDER) of the real environment; a host approved with `xata auth trust`. A URL that
 * comes only from files of the project and names another host is refused (E_UNTRUSTED).
 * http is refused except to loopback.
 */
#ifndef PROJECT_TARGET_H
#define PROJECT_TARGET_H

#include "project/project.h"

/* What the command line said; each NULL when it said nothing. */
struct target_request {
	const char *db; /* --db: a database URL, or the name of a database at the profile's host */
	const char *branch;  /* argument or --branch */
	const char *profile; /* --profile */
	const char *host;    /* --host: origin of an endpoint */
	const char *cacert;  /* --cacert */
	const char *api_key; /* --api-key (auth login only) */
	bool need_database;  /* E_PROJECT when no database is known */
	bool no_key;	     /* the command sends no key (auth login asks for it later) */
};

struct target {
	char *control; /* control plane origin, "https://api.xata.io" */
	char *data; /* data plane origin, "https://ws-abc123.us-east-1.xata.sh"; NULL: no database
		     */
	char *workspace; /* from the host name, or NULL: ask the endpoint */
	char *region;	 /* likewise */
	char *database;	 /* NULL: none known */
	char *branch; /* named by request.branch, a ":branch" of the URL or XATA_BRANCH; NULL: none
		       */
	enum origin branch_origin; /* ORIGIN_NONE when branch is NULL */
	char *url; /* the database URL as people know it, without credentials; NULL: none */
	enum origin url_origin;
	char *api_key;		   /* NULL: none known */
	const char *api_key_where; /* "XATA_API_KEY", "the profile", ".env", "--api-key"; static or
				      NULL */
	char *cacert; /* CA file, or NULL: the system's (SSL_CERT_FILE is honoured by the transport)
		       */
	char *profile; /* name of the profile in use, NULL: none */
	bool hosted;   /* under xata.sh, xata.io or another domain of the hosted service */
};
void target_release(struct target *t);
AUTO_VALUE_DEFINE(target)

/*
 * Key: --api-key; the profile that --profile names; XATA_API_KEY of the environment, then of
 * .env.local and .env (as in the official CLI); the profile of XATA_PROFILE, else "default".
 * Branch: request.branch, then what is nearest to the user, command line before real environment
 * before .env before configuration; at the same distance XATA_BRANCH before a URL's ":branch".
 * A database name without URL is looked for at the host of the profile named by --profile, at that
 * of the configured URL, at that of the default profile.
 */
int target_resolve(struct target *out, const struct project *p, const struct target_request *req,
		   struct error *err) MUST_USE;

/* Splits an origin or URL; false when it is not http(s) or has credentials, a fragment, … */
struct url_parts {
	char *scheme, *host; /* host in lower case, without port and brackets */
	long port;	     /* 443 and 80 filled in */
	char *path;	     /* "" or starting with "/" */
};
bool url_split(struct url_parts *out, const char *url);
void url_parts_release(struct url_parts *u);
bool host_is_loopback(const char *host); /* localhost, *.localhost, 127.0.0.0/8, ::1 */

#endif
