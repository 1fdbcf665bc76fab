/* xata ci: what CI systems run for pull requests and after their merge. */
#include "xata/ci.h"
#include "xata/commands.h"

static const struct command *const subcommands[] = {&ci_check, &ci_preview, &ci_deploy, &ci_stale,
						    NULL};

const struct command cmd_ci = {
	.name = "ci",
	.summary = "check, preview and deploy pull requests",
	.description =
		"For the jobs of a CI system. In GitHub Actions and GitLab the environment tells\n"
		"about the pull request; elsewhere options do. Nothing needs a working tree.",
	.subcommands = subcommands,
};
