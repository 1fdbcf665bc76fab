# One file per line; headers too. Each adapter belongs to the client's or to the server's archive.
noinst_LIBRARIES += src/libadapt_client.a src/libadapt_server.a
src_libadapt_client_a_SOURCES = \
	src/adapt/http_curl.c \
	src/adapt/http_curl.h \
	src/adapt/http_curl_error.c \
	src/adapt/http_curl_impl.h \
	src/adapt/http_curl_load.c \
	src/adapt/http_curl_load.h \
	src/adapt/http_curl_sockets.c \
	src/adapt/vcs_git.c \
	src/adapt/vcs_git.h \
	src/adapt/vcs_git_commit.c \
	src/adapt/vcs_git_history.c \
	src/adapt/vcs_git_id.c \
	src/adapt/vcs_git_identity.c \
	src/adapt/vcs_git_impl.h \
	src/adapt/vcs_git_memory.c \
	src/adapt/vcs_git_merge.c \
	src/adapt/vcs_git_index.c \
	src/adapt/vcs_git_index.h \
	src/adapt/vcs_git_read.c \
	src/adapt/vcs_git_stage.c \
	src/adapt/vcs_git_use.c
src_libadapt_server_a_SOURCES = \
	src/adapt/store_sqlite.c \
	src/adapt/store_sqlite.h \
	src/adapt/store_sqlite_backup.c \
	src/adapt/store_sqlite_branch.c \
	src/adapt/store_sqlite_catalog.c \
	src/adapt/store_sqlite_gitmap.c \
	src/adapt/store_sqlite_job.c \
	src/adapt/store_sqlite_lineage.c \
	src/adapt/store_sqlite_private.h \
	src/adapt/store_sqlite_query.c \
	src/adapt/store_sqlite_record.c \
	src/adapt/store_sqlite_schema.c \
	src/adapt/store_sqlite_sweep.c
# The server's sockets and certificates.
src_libadapt_server_a_SOURCES += src/adapt/gzip_zlib.c
src_libadapt_server_a_SOURCES += src/adapt/gzip_zlib.h
src_libadapt_server_a_SOURCES += src/adapt/httpd_exchange.c
src_libadapt_server_a_SOURCES += src/adapt/httpd_exchange.h
src_libadapt_server_a_SOURCES += src/adapt/httpd_guard.c
src_libadapt_server_a_SOURCES += src/adapt/httpd_guard.h
src_libadapt_server_a_SOURCES += src/adapt/httpd_listen.c
src_libadapt_server_a_SOURCES += src/adapt/httpd_listen.h
src_libadapt_server_a_SOURCES += src/adapt/httpd_microhttpd.c
src_libadapt_server_a_SOURCES += src/adapt/httpd_microhttpd.h
src_libadapt_server_a_SOURCES += src/adapt/httpd_request.c
src_libadapt_server_a_SOURCES += src/adapt/httpd_request.h
src_libadapt_server_a_SOURCES += src/adapt/httpd_room.c
src_libadapt_server_a_SOURCES += src/adapt/httpd_room.h
src_libadapt_server_a_SOURCES += src/adapt/httpd_workers.c
src_libadapt_server_a_SOURCES += src/adapt/httpd_workers.h
src_libadapt_server_a_SOURCES += src/adapt/tls_openssl.c
src_libadapt_server_a_SOURCES += src/adapt/tls_openssl.h
