# One file per line; headers too, so that they are distributed.
noinst_LIBRARIES += src/libproject.a
src_libproject_a_SOURCES =
