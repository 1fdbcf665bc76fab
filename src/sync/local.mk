# One file per line; headers too, so that they are distributed.
noinst_LIBRARIES += src/libsync.a
src_libsync_a_SOURCES = \
	src/sync/api.c \
	src/sync/api.h \
	src/sync/api_answer.c \
	src/sync/api_branch.c \
	src/sync/api_control.c \
	src/sync/api_impl.h \
	src/sync/api_migrate.c \
	src/sync/api_path.c \
	src/sync/compare.c \
	src/sync/endpoint.c \
	src/sync/endpoint.h \
	src/sync/endpoint_rest.c \
	src/sync/endpoint_rest_push.c \
	src/sync/http.c \
	src/sync/http.h \
	src/sync/local.c \
	src/sync/local.h \
	src/sync/news.c \
	src/sync/news.h \
	src/sync/pull.c \
	src/sync/push.c \
	src/sync/push_apply.c \
	src/sync/rest_impl.h \
	src/sync/sync.h \
	src/sync/walk.c \
	src/sync/walk.h
