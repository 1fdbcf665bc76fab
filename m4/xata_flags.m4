dnl Compiler flags: each is tried first, so that gcc and clang of any age both work.

dnl XATA_TRY_CFLAGS(VARIABLE, FLAGS...): adds each flag that the compiler takes without a warning.
AC_DEFUN([XATA_TRY_CFLAGS], [
for xata_flag in $2; do
	AS_VAR_PUSHDEF([xata_cv], [xata_cv_cflag_$xata_flag])
	AC_CACHE_CHECK([whether $CC takes $xata_flag], [xata_cv], [
		xata_save_CFLAGS=$CFLAGS
		CFLAGS="$CFLAGS -Werror $xata_flag"
		AC_COMPILE_IFELSE([AC_LANG_SOURCE([[
			#include <stdio.h>
			int xata_probe(void);
			int xata_probe(void) { return getchar(); }
		]])], [AS_VAR_SET([xata_cv], [yes])], [AS_VAR_SET([xata_cv], [no])])
		CFLAGS=$xata_save_CFLAGS
	])
	AS_VAR_IF([xata_cv], [yes], [$1="$$1 $xata_flag"])
	AS_VAR_POPDEF([xata_cv])
done
])

dnl XATA_TRY_LDFLAGS(VARIABLE, FLAGS...): the same for the link step.
AC_DEFUN([XATA_TRY_LDFLAGS], [
for xata_flag in $2; do
	AS_VAR_PUSHDEF([xata_cv], [xata_cv_ldflag_$xata_flag])
	AC_CACHE_CHECK([whether $CC links with $xata_flag], [xata_cv], [
		xata_save_CFLAGS=$CFLAGS
		xata_save_LDFLAGS=$LDFLAGS
		CFLAGS="$CFLAGS -Werror $XATA_CFLAGS"
		LDFLAGS="$LDFLAGS $xata_flag"
		AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
			[AS_VAR_SET([xata_cv], [yes])], [AS_VAR_SET([xata_cv], [no])])
		CFLAGS=$xata_save_CFLAGS
		LDFLAGS=$xata_save_LDFLAGS
	])
	AS_VAR_IF([xata_cv], [yes], [$1="$$1 $xata_flag"])
	AS_VAR_POPDEF([xata_cv])
done
])

AC_DEFUN([XATA_WARNINGS], [
AC_SUBST([XATA_CFLAGS])
AC_SUBST([XATA_CPPFLAGS])
AC_SUBST([XATA_LDFLAGS])
AC_SUBST([WERROR_CFLAGS])
XATA_TRY_CFLAGS([XATA_CFLAGS], [-std=gnu11 -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes dnl
-Wmissing-prototypes -Wpointer-arith -Wcast-qual -Wwrite-strings -Wundef -Wformat=2 -Wvla dnl
-Wnull-dereference -Wimplicit-fallthrough -Wconversion -Wsign-conversion -Wduplicated-cond dnl
-Wlogical-op -Wjump-misses-init -fno-common -fstack-protector-strong])
AS_IF([test "x$enable_werror" = xyes], [WERROR_CFLAGS=-Werror])
])

dnl The programs start a tenth quicker with the address sanitizer inside than as a library, and the
dnl tests start them ten thousand times.
AC_DEFUN([XATA_STATIC_SANITIZERS], [
AS_IF([test "x$enable_sanitizers" = xyes], [
	xata_save_CFLAGS=$CFLAGS
	xata_save_LDFLAGS=$LDFLAGS
	xata_static="-static-libasan -static-libubsan"
	CFLAGS="$CFLAGS $xata_instrument"
	LDFLAGS="$LDFLAGS $xata_static -Werror"
	AC_MSG_CHECKING([whether $CC takes $xata_static])
	AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [AC_MSG_RESULT([yes])
		XATA_PROGRAM_LDFLAGS=$xata_static],
		[AC_MSG_RESULT([no])])
	CFLAGS=$xata_save_CFLAGS
	LDFLAGS=$xata_save_LDFLAGS
])
AC_SUBST([XATA_PROGRAM_LDFLAGS])
])

dnl A sanitizer report ends the program, so that a test cannot pass over it.
AC_DEFUN([XATA_INSTRUMENTATION], [
AS_IF([test "x$enable_sanitizers" = xyes], [
	xata_instrument="-fsanitize=address,undefined"
	XATA_CFLAGS="$XATA_CFLAGS $xata_instrument -fno-sanitize-recover=all -fno-omit-frame-pointer"
])
AS_IF([test "x$enable_tsan" = xyes], [
	xata_instrument="-fsanitize=thread"
	XATA_CFLAGS="$XATA_CFLAGS $xata_instrument -fno-omit-frame-pointer"
])
AS_IF([test "x$enable_coverage" = xyes], [
	XATA_CFLAGS="$XATA_CFLAGS --coverage"
	XATA_LDFLAGS="$XATA_LDFLAGS --coverage"
])
AS_IF([test -n "$xata_instrument"], [
	XATA_LDFLAGS="$XATA_LDFLAGS $xata_instrument"
	AC_MSG_CHECKING([whether $CC links with $xata_instrument])
	xata_save_CFLAGS=$CFLAGS
	CFLAGS="$CFLAGS $xata_instrument"
	AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [AC_MSG_RESULT([yes])],
		[AC_MSG_RESULT([no])
		AC_MSG_ERROR([$CC cannot link with $xata_instrument: install its sanitizer libraries, or do without])])
	CFLAGS=$xata_save_CFLAGS
	XATA_STATIC_SANITIZERS
	# The sanitizers' instrumentation makes these two report what is not there.
	XATA_TRY_CFLAGS([XATA_CFLAGS], [-Wno-null-dereference -Wno-maybe-uninitialized])
])
])

dnl Only for plain builds: _FORTIFY_SOURCE hides calls from the sanitizers.
AC_DEFUN([XATA_HARDENING], [
AS_IF([test "x$enable_sanitizers$enable_tsan$enable_coverage" = xnonono], [
	XATA_TRY_CFLAGS([XATA_CPPFLAGS], [-D_FORTIFY_SOURCE=2])
	XATA_TRY_CFLAGS([XATA_CFLAGS], [-fPIE -fstack-clash-protection -fcf-protection])
	XATA_TRY_LDFLAGS([XATA_LDFLAGS], [-pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack])
])
])
