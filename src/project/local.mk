# One file per line; headers too, so that they are distributed.
noinst_LIBRARIES += src/libproject.a
src_libproject_a_SOURCES = \
	src/project/append_only.c \
	src/project/change.c \
	src/project/ci.c \
	src/project/ci.h \
	src/project/config.c \
	src/project/credentials.c \
	src/project/credentials.h \
	src/project/dotenv.c \
	src/project/dotenv.h \
	src/project/glance.c \
	src/project/hook.c \
	src/project/hook.h \
	src/project/ini.c \
	src/project/ini.h \
	src/project/internal.h \
	src/project/journal.c \
	src/project/merge_files.c \
	src/project/merge_sides.c \
	src/project/merge_sides.h \
	src/project/merge_sides_impl.h \
	src/project/preview.c \
	src/project/preview.h \
	src/project/project.c \
	src/project/project.h \
	src/project/provider.c \
	src/project/provider.h \
	src/project/snapshot.c \
	src/project/snapshot.h \
	src/project/target.c \
	src/project/target.h \
	src/project/template.c \
	src/project/tracking.c \
	src/project/trust.c \
	src/project/url.c \
	src/project/url.h \
	src/project/userfile.c \
	src/project/userfile.h \
	src/project/vcs.c \
	src/project/vcs.h \
	src/project/workdir.c \
	src/project/workdir.h \
	src/project/workdir_internal.h
