# One file per line; headers too. Each adapter belongs to the client's or to the server's archive.
noinst_LIBRARIES += src/libadapt_client.a src/libadapt_server.a
src_libadapt_client_a_SOURCES =
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
	src/adapt/store_sqlite_schema.c
