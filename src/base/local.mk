# One file per line; headers too, so that they are distributed.
noinst_LIBRARIES += src/libbase.a
src_libbase_a_SOURCES = \
	src/base/alloc.c \
	src/base/alloc.h \
	src/base/attr.h \
	src/base/banned.h \
	src/base/clock.c \
	src/base/clock.h \
	src/base/digest_set.c \
	src/base/digest_set.h \
	src/base/error.c \
	src/base/error.h \
	src/base/fault.c \
	src/base/fault.h \
	src/base/fs.c \
	src/base/fs.h \
	src/base/fs_temporary.c \
	src/base/json.c \
	src/base/json.h \
	src/base/json_parse.c \
	src/base/json_parse.h \
	src/base/json_scan.c \
	src/base/json_scan.h \
	src/base/json_write.c \
	src/base/map.c \
	src/base/map.h \
	src/base/markup.c \
	src/base/markup.h \
	src/base/opt.c \
	src/base/opt.h \
	src/base/sha256.c \
	src/base/sha256.h \
	src/base/spool.c \
	src/base/spool.h \
	src/base/str.c \
	src/base/str.h \
	src/base/xid.c \
	src/base/xid.h
