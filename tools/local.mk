# Scripts of the repository that are not installed, one per line.
EXTRA_DIST += tools/demo
EXTRA_DIST += tools/git-tutorial
EXTRA_DIST += tools/lint/all
EXTRA_DIST += tools/lint/commands
EXTRA_DIST += tools/lint/cppcheck.cfg
EXTRA_DIST += tools/lint/dist
EXTRA_DIST += tools/lint/files
EXTRA_DIST += tools/lint/help-width
EXTRA_DIST += tools/lint/layers
EXTRA_DIST += tools/lint/man
EXTRA_DIST += tools/lint/sizes
EXTRA_DIST += tools/lint/tidy
