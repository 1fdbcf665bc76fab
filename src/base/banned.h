/*
 * Functions nobody may call here: each has a bounded or re-entrant replacement. Include this last,
 * after every system header, from .c files (never from headers).
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

/* glibc wraps these two in macros for compilers without __builtin_va_arg_pack, such as clang. */
#undef sprintf
#undef vsprintf
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok atoi atol atof gmtime \
	localtime gets mktemp tmpnam

#endif
