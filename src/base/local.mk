# One file per line; headers too, so that they are distributed.
noinst_LIBRARIES += src/libbase.a
src_libbase_a_SOURCES =
