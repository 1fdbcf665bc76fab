# One file per line; headers too, so that they are distributed.
noinst_LIBRARIES += src/libsync.a
src_libsync_a_SOURCES =
