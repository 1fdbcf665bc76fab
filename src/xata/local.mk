# One file per line; headers too.
xata_sources = \
	src/xata/auth.h \
	src/xata/cmd_auth.c \
	src/xata/cmd_auth_login.c \
	src/xata/cmd_auth_logout.c \
	src/xata/cmd_auth_status.c \
	src/xata/cmd_auth_trust.c \
	src/xata/cmd_branch.c \
	src/xata/cmd_completion.c \
	src/xata/cmd_config.c \
	src/xata/cmd_dbs.c \
	src/xata/cmd_resolve.c \
	src/xata/cmd_schema.c \
	src/xata/cmd_help.c \
	src/xata/cmd_hook.c \
	src/xata/cmd_init.c \
	src/xata/cmd_log.c \
	src/xata/cmd_merge.c \
	src/xata/cmd_migrate.c \
	src/xata/cmd_new.c \
	src/xata/cmd_pull.c \
	src/xata/cmd_push.c \
	src/xata/cmd_rebase.c \
	src/xata/cmd_seal.c \
	src/xata/cmd_show.c \
	src/xata/cmd_status.c \
	src/xata/cmd_verify.c \
	src/xata/cmd_version.c \
	src/xata/completion.h \
	src/xata/completion_bash.c \
	src/xata/completion_fish.c \
	src/xata/completion_zsh.c \
	src/xata/conflicts.c \
	src/xata/conflicts.h \
	src/xata/confirm.c \
	src/xata/confirm.h \
	src/xata/command.h \
	src/xata/commands.c \
	src/xata/commands.h \
	src/xata/init.h \
	src/xata/init_database.c \
	src/xata/main.c \
	src/xata/merge.c \
	src/xata/merge.h \
	src/xata/output.c \
	src/xata/output.h \
	src/xata/prefix.c \
	src/xata/prefix.h \
	src/xata/progress.c \
	src/xata/progress.h \
	src/xata/prompt.c \
	src/xata/prompt.h \
	src/xata/pull.c \
	src/xata/pull.h \
	src/xata/report.c \
	src/xata/report.h \
	src/xata/revision.c \
	src/xata/revision.h \
	src/xata/resolving.c \
	src/xata/resolving.h \
	src/xata/resolving_upstream.c \
	src/xata/session.c \
	src/xata/session.h
bin_PROGRAMS += xata
xata_SOURCES = $(xata_sources)
xata_LDADD = $(LINK_ADAPT_CLIENT)
