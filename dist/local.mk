# What is installed beside the programs and the manual pages.

# The systemd unit goes below the prefix, so that installing never needs another directory.
systemdunitdir = $(prefix)/lib/systemd/system
dist_systemdunit_DATA =
dist_systemdunit_DATA += dist/xatad.service

# What "xata init" lays into a new project, with its folders and modes kept; one file per line.
TEMPLATE_FILES =
TEMPLATE_FILES += .xata-template/.gitattributes
TEMPLATE_FILES += .xata-template/README.md
TEMPLATE_FILES += .xata-template/ci/github/xata-check.yml
TEMPLATE_FILES += .xata-template/ci/github/xata-deploy.yml
TEMPLATE_FILES += .xata-template/ci/github/xata-preview.yml
TEMPLATE_FILES += .xata-template/ci/gitlab/xata-migrations.yml
TEMPLATE_FILES += .xata-template/hooks/pre-commit
TEMPLATE_FILES += .xata-template/migrations/.ledger
EXTRA_DIST += $(TEMPLATE_FILES)
templatedir = $(pkgdatadir)/template

install-data-local:
	@for f in $(TEMPLATE_FILES); do \
		to="$(DESTDIR)$(templatedir)/$${f#.xata-template/}"; \
		$(MKDIR_P) "$${to%/*}" || exit 1; \
		if test -x "$(srcdir)/$$f"; then how="$(INSTALL_SCRIPT)"; else how="$(INSTALL_DATA)"; fi; \
		echo " $$how $(srcdir)/$$f $$to"; $$how "$(srcdir)/$$f" "$$to" || exit 1; \
	done

uninstall-local:
	test ! -d "$(DESTDIR)$(templatedir)" || rm -rf "$(DESTDIR)$(templatedir)"
EXTRA_DIST += .pre-commit-hooks.yaml
