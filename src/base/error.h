/*
 * The one error type of the project: a kind, a message and a hint.
 *
 * An error is declared by the top caller, passed down, and filled in once: the first failure wins,
 * so code that cleans up after a failure cannot hide its cause. It needs no release.
 *
 * Wording: the message is lower case without a period, names stand in double quotes, "could not"
 * if a retry may help and "cannot" if never, the reason after a colon. The hint is one full
 * sentence that says what to do next.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdarg.h>

#include "base/attr.h"

/*
 * One row per kind of failure: enum, value, name (stable, printed by --json and sent by xatad as
 * "id"), exit status of the client, HTTP status of the server.
 */
#define ERROR_CODES(X)                                                                             \
	X(E_USAGE, -1, "usage", 2, 400)	       /* the command line is wrong */                     \
	X(E_NO, -2, "no", 1, 422)	       /* the answer is no: findings, refusal */           \
	X(E_PROJECT, -3, "project", 3, 400)    /* no usable project, configuration */              \
	X(E_INVALID, -4, "invalid", 3, 400)    /* input that does not fit its format */            \
	X(E_LIMIT, -5, "limit", 3, 413)	       /* larger than this program accepts */              \
	X(E_NOTFOUND, -6, "not_found", 3, 404) /* a thing named here does not exist here */        \
	X(E_EXISTS, -7, "exists", 3, 422)      /* a thing to be made exists already */             \
	X(E_IO, -8, "io", 3, 500)	       /* the file system said no */                       \
	X(E_ACCESS, -9, "access", 3, 500)      /* permission, ownership, read-only tree */         \
	X(E_NOSPACE, -10, "no_space", 3, 507)  /* disk or quota full */                            \
	X(E_DIVERGED, -11, "diverged", 4, 409) /* both sides have records the other lacks */       \
	X(E_CONFLICT, -12, "conflict", 4, 409) /* compare and swap lost, or a state in the way */  \
	X(E_UNREACHABLE, -13, "unreachable", 5, 503) /* no connection, TLS refused */              \
	X(E_TIMEOUT, -14, "timeout", 5, 504)	     /* no answer in time */                       \
	X(E_AUTH, -15, "unauthorized", 6, 401)	     /* no key, or a wrong one */                  \
	X(E_FORBIDDEN, -16, "forbidden", 6, 403)     /* the key may not do this */                 \
	X(E_UNTRUSTED, -17, "untrusted_host", 6,                                                   \
	  403)					 /* a key would go to a host nobody approved */    \
	X(E_REFUSED, -18, "refused", 7, 400)	 /* the endpoint refused the request */            \
	X(E_PEER, -19, "peer_invalid", 7, 502)	 /* the endpoint sent something invalid */         \
	X(E_REWRITTEN, -20, "rewritten", 7, 409) /* the remote lost or changed known history */    \
	X(E_REMOTE_NOTFOUND, -21, "remote_not_found", 7, 404) /* endpoint lacks the thing named */ \
	X(E_REMOTE_FAILED, -22, "remote_failed", 7, 500) /* the endpoint failed, or a job did */   \
	X(E_LOCKED, -23, "locked", 8, 423)		 /* another process holds the lock */      \
	X(E_METHOD, -24, "method_not_allowed", 7, 405) /* server: route exists, method does not */ \
	X(E_BUSY, -25, "busy", 5, 503)		       /* server: try again later */               \
	X(E_INTERNAL, -70, "internal", 70, 500)	       /* a defect of the program */

#define ERROR_ENUM(id, value, name, exit_status, http_status) id = (value),
enum error_code { E_OK = 0, ERROR_CODES(ERROR_ENUM) };
#undef ERROR_ENUM

/* A text that does not fit is cut between two UTF-8 characters. */
struct error {
	enum error_code code; /* E_OK: nothing failed yet */
	char msg[480];
	char hint[240];
};

/*
 * Records a failure and returns its code, so that a function ends with `return fail(err, …)`.
 * Does nothing but return the code when err already holds a failure. err may be NULL where the
 * caller only asks whether something works.
 */
int fail(struct error *err, enum error_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);
int failv(struct error *err, enum error_code code, const char *fmt, va_list ap) PRINTF_LIKE(3, 0);

/*
 * As fail(), for a system call that set errno: the kind follows from errnum (ENOSPC, EACCES,
 * EROFS, …; everything else is E_IO), ": " and the system's text are appended to the message, and
 * a hint is set for those kinds that have an obvious one. Pass errno before anything can change it.
 */
int fail_sys(struct error *err, int errnum, const char *fmt, ...) PRINTF_LIKE(3, 4);

/*
 * The analyzer sees one file at a time: without these it would follow each call as if it could
 * return success.
 */
#ifdef __clang_analyzer__
#define fail(err, code, ...) ((fail)((err), (code), __VA_ARGS__), (int)(code))
#define fail_sys(err, errnum, ...) ((fail_sys)((err), (errnum), __VA_ARGS__), (int)E_IO)
#endif

/* Sets the advice that belongs to the failure in err; the first hint wins. No-op without one. */
void hint(struct error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Puts "what: " before the message, for a caller that knows which thing the failure was about. */
void error_prefix(struct error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Gives err another kind, when a caller knows better what the failure means; keeps the texts. */
int error_recode(struct error *err, enum error_code code);

/* Empties err, so that it can be used again after a failure that was dealt with. */
void error_clear(struct error *err);

/* The stable name, exit status and HTTP status of a code; unknown codes count as E_INTERNAL. */
const char *error_name(int code);
int error_exit_status(int code);
int error_http_status(int code);

#endif
