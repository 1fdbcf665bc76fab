/* Every command's table entry, one a cmd_<verb>.c. */
#ifndef XATA_COMMANDS_H
#define XATA_COMMANDS_H

#include "xata/command.h"

extern const struct command cmd_auth;
extern const struct command cmd_branch;
extern const struct command cmd_ci;
extern const struct command cmd_completion;
extern const struct command cmd_config;
extern const struct command cmd_dbs;
extern const struct command cmd_resolve;
extern const struct command cmd_schema;
extern const struct command cmd_help;
extern const struct command cmd_hook;
extern const struct command cmd_init;
extern const struct command cmd_log;
extern const struct command cmd_merge;
extern const struct command cmd_migrate;
extern const struct command cmd_new;
extern const struct command cmd_pull;
extern const struct command cmd_push;
extern const struct command cmd_rebase;
extern const struct command cmd_seal;
extern const struct command cmd_show;
extern const struct command cmd_squash;
extern const struct command cmd_status;
extern const struct command cmd_verify;
extern const struct command cmd_version;

#endif
