# One file per line; headers too.
bin_PROGRAMS += xatad
xatad_LDFLAGS = $(AM_LDFLAGS) $(XATA_PROGRAM_LDFLAGS)
xatad_LDADD = $(LINK_ADAPT_SERVER)
xatad_SOURCES = \
	src/xatad/cmd_backup.c \
	src/xatad/cmd_help.c \
	src/xatad/cmd_init.c \
	src/xatad/cmd_key.c \
	src/xatad/cmd_serve.c \
	src/xatad/cmd_version.c \
	src/xatad/command.h \
	src/xatad/commands.c \
	src/xatad/datadir.c \
	src/xatad/datadir.h \
	src/xatad/key.c \
	src/xatad/key.h \
	src/xatad/main.c \
	src/xatad/output.c \
	src/xatad/output.h \
	src/xatad/request_log.c \
	src/xatad/request_log.h \
	src/xatad/service.c \
	src/xatad/service.h
