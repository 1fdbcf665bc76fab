# The fuzz targets for libFuzzer, with everything they link instrumented: for GNU make, run by
# tools/fuzz at the top of the source tree. "make check" builds the same sources without it.
CC = clang
OUT = build/fuzz
SANITIZE = address,undefined
FLAGS = -g -O1 -std=gnu11 -fno-omit-frame-pointer -fno-sanitize-recover=all -D_GNU_SOURCE \
	-D_FILE_OFFSET_BITS=64 -Isrc -Itests -I$(OUT) \
	-DDOTENV_VALUE_MAX='((size_t)2048)' -DDOTENV_REFERENCES_MAX=200 \
	$(shell pkg-config --cflags jansson libcrypto sqlite3 cmocka)
LIBS = $(shell pkg-config --libs jansson libcrypto sqlite3 cmocka)
SOURCES = $(wildcard src/base/*.c src/ledger/*.c src/project/*.c src/sync/*.c src/server/*.c \
	src/adapt/store_sqlite*.c) \
	tests/lib/server_world.c tests/unit/support/chain.c tests/unit/support/fake_http.c
OBJECTS = $(SOURCES:%.c=$(OUT)/obj/%.o)

$(OUT)/fuzz_%: tests/fuzz/fuzz_%.c tests/fuzz/fuzz.h $(OUT)/libfuzz.a
	$(CC) $(FLAGS) $(COVERAGE) -fsanitize=fuzzer,$(SANITIZE) $< $(OUT)/libfuzz.a $(LIBS) -o $@

$(OUT)/libfuzz.a: $(OBJECTS)
	rm -f $@
	ar crD $@ $(OBJECTS)

$(OUT)/config.h:
	@mkdir -p $(@D)
	echo '#define PACKAGE_VERSION "fuzz"' >$@

$(OUT)/obj/%.o: %.c | $(OUT)/config.h
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(COVERAGE) -fsanitize=fuzzer-no-link,$(SANITIZE) -MMD -c $< -o $@

-include $(OBJECTS:.o=.d)
