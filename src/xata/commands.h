/* Every command's table entry, one a cmd_<verb>.c. */
#ifndef XATA_COMMANDS_H
#define XATA_COMMANDS_H

#include "xata/command.h"

extern const struct command cmd_help;
extern const struct command cmd_version;

#endif
