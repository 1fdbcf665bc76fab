# One file per line; headers too, so that they are distributed.
noinst_LIBRARIES += src/libledger.a
src_libledger_a_SOURCES =
