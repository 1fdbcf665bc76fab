/*
 * Functions nobody may call here: each has a bounded or re-entrant replacement. Include this last,
 * after every system header, from .c files (never from headers).
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok atoi atol atof gmtime \
	localtime gets mktemp tmpnam

#endif
