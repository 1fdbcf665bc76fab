# One file per line; headers too, so that they are distributed.
noinst_LIBRARIES += src/libserver.a
src_libserver_a_SOURCES = \
	src/server/jobs.h \
	src/server/names.c \
	src/server/names.h \
	src/server/server.h \
	src/server/store.c \
	src/server/store.h
