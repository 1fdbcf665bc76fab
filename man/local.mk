# One page per line: dist_man_MANS += man/xata.1
dist_man_MANS += man/xatad.8
dist_man_MANS += man/xatad-api.7
