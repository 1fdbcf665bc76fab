# One file per line; headers too, so that they are distributed.
noinst_LIBRARIES += src/libserver.a
src_libserver_a_SOURCES =
