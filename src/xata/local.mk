# One file per line; headers too. The program is enabled by its first source.
#bin_PROGRAMS += xata
#xata_LDADD = $(LINK_ADAPT_CLIENT)
#xata_SOURCES =
#xata_SOURCES += src/xata/main.c
