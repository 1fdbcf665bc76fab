# One file per line; headers too. The program is enabled by its first source.
#bin_PROGRAMS += xatad
#xatad_LDADD = $(LINK_ADAPT_SERVER)
#xatad_SOURCES =
#xatad_SOURCES += src/xatad/main.c
