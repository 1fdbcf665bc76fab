# Built by name only: make bench/bench_store
EXTRA_PROGRAMS = bench/bench_store
bench_bench_store_SOURCES = bench/bench_store.c
bench_bench_store_LDADD = $(LINK_ADAPT_SERVER)
EXTRA_DIST += bench/run bench/measure.py bench/make-history bench/pages.lua bench/static.lua
EXTRA_DIST += bench/gitflows.py
