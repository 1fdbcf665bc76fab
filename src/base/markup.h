/*
 * Text from outside made harmless for what a CI system shows: Markdown comments and the commands
 * that GitHub Actions reads from a job's output. As str_put_safe() is for terminals.
 */
#ifndef BASE_MARKUP_H
#define BASE_MARKUP_H

#include "base/str.h"

/*
 * Appends text as a code span, in which neither Markdown, HTML, links nor mentions count; what a
 * terminal is not safe from becomes \xNN first, so that it stays on one line. At most max bytes of
 * text are taken, "…" stands for the rest. Nothing at all for an empty text.
 */
void str_put_markdown_code(struct str *out, struct view text, size_t max);

/*
 * The data and the properties of a workflow command, "::error file=…,line=1,title=…::data": "%",
 * line ends, and in properties ":" and "," become %NN.
 */
void str_put_workflow_data(struct str *out, struct view text);
void str_put_workflow_property(struct str *out, struct view text);

/*
 * For a line that is no workflow command, but that GitHub looks through for the older form of one,
 * "##[error]…", which may stand anywhere: changes "##[" to "##(" in place.
 */
void workflow_defuse(char *text);

#endif
