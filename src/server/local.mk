# One file per line; headers too, so that they are distributed.
noinst_LIBRARIES += src/libserver.a
src_libserver_a_SOURCES = \
	src/server/auth.c \
	src/server/auth.h \
	src/server/branch.c \
	src/server/branch.h \
	src/server/call.c \
	src/server/call.h \
	src/server/handlers.h \
	src/server/handlers_branch.c \
	src/server/handlers_database.c \
	src/server/handlers_gitmap.c \
	src/server/handlers_jobs.c \
	src/server/handlers_meta.c \
	src/server/handlers_migrations.c \
	src/server/handlers_schema.c \
	src/server/handlers_workspace.c \
	src/server/history.c \
	src/server/history.h \
	src/server/job_store.c \
	src/server/job_store.h \
	src/server/jobs.c \
	src/server/jobs.h \
	src/server/metrics.c \
	src/server/metrics.h \
	src/server/names.c \
	src/server/names.h \
	src/server/push.c \
	src/server/push.h \
	src/server/routes.c \
	src/server/routes.h \
	src/server/schema_view.c \
	src/server/schema_view.h \
	src/server/server.c \
	src/server/server.h \
	src/server/store.c \
	src/server/store.h
