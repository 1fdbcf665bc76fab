dnl Collects missing libraries, so that configure names all of them, with their packages, at once.

dnl XATA_DEPENDENCY(PREFIX, MODULE-SPEC, DEBIAN-PACKAGE, [REMARK])
AC_DEFUN([XATA_DEPENDENCY], [
PKG_CHECK_MODULES([$1], [$2], [],
	[xata_missing="$xata_missing
    $2 (package $3[]m4_ifval([$4], [; $4]))"
	xata_packages="$xata_packages $3"])
])

dnl The trust store handling (SSL_CERT_FILE, --cacert) is written for OpenSSL, and two TLS
dnl libraries in one process is one too many. The flavour is known only at run time.
AC_DEFUN([XATA_CURL_IS_OPENSSL], [
AS_IF([test -n "$CURL_LIBS"], [
	AC_CACHE_CHECK([whether libcurl uses OpenSSL], [xata_cv_curl_openssl], [
		xata_save_CFLAGS=$CFLAGS
		xata_save_LIBS=$LIBS
		CFLAGS="$CFLAGS $CURL_CFLAGS"
		LIBS="$CURL_LIBS $LIBS"
		AC_RUN_IFELSE([AC_LANG_PROGRAM([[
			#include <string.h>
			#include <curl/curl.h>
		]], [[
			const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);
			return !(v->ssl_version && strstr(v->ssl_version, "OpenSSL/"));
		]])], [xata_cv_curl_openssl=yes], [xata_cv_curl_openssl=no],
			[xata_cv_curl_openssl="assumed, cross compiling"])
		CFLAGS=$xata_save_CFLAGS
		LIBS=$xata_save_LIBS
	])
	AS_IF([test "x$xata_cv_curl_openssl" = xno], [
		xata_missing="$xata_missing
    libcurl in its OpenSSL flavour (package libcurl4-openssl-dev; the libcurl found uses another TLS library)"
		xata_packages="$xata_packages libcurl4-openssl-dev"])
])
])

dnl Only the header can be asked here; xatad asks the library itself (MHD_is_feature_supported).
AC_DEFUN([XATA_MHD_HAS_TLS], [
AS_IF([test -n "$MHD_LIBS"], [
	xata_save_CFLAGS=$CFLAGS
	CFLAGS="$CFLAGS $MHD_CFLAGS"
	AC_CHECK_DECLS([MHD_USE_TLS, MHD_FEATURE_TLS], [],
		[xata_missing="$xata_missing
    libmicrohttpd with TLS (package libmicrohttpd-dev)"
		xata_packages="$xata_packages libmicrohttpd-dev"],
		[[#include <microhttpd.h>]])
	CFLAGS=$xata_save_CFLAGS
])
])

AC_DEFUN([XATA_REPORT_MISSING], [
AS_IF([test -n "$xata_missing"], [
	AC_MSG_ERROR([these libraries are missing or too old:
$xata_missing

"./bootstrap deps" installs them, or by hand on Debian 12:
    apt install$xata_packages
])])
])
