/* Empties the values that a store hands out; what they hold is the same for every store. */
#include "server/store.h"

#include <stdlib.h>

#include "base/banned.h"

void store_key_release(struct store_key *k)
{
	free(k->id);
	free(k->name);
	free(k->hash);
	free(k->database);
	*k = (struct store_key){0};
}

void store_workspace_release(struct store_workspace *w)
{
	free(w->id);
	free(w->name);
	*w = (struct store_workspace){0};
}

void store_database_release(struct store_database *d)
{
	free(d->workspace);
	free(d->name);
	free(d->region);
	free(d->ui);
	*d = (struct store_database){0};
}

void store_branch_release(struct store_branch *b)
{
	free(b->name);
	free(b->id);
	free(b->head_id);
	free(b->head_checksum);
	free(b->schema);
	free(b->metadata);
	free(b->from_branch);
	free(b->from_branch_id);
	free(b->from_head);
	*b = (struct store_branch){0};
}

void store_record_release(struct store_record *r)
{
	free(r->id);
	free(r->checksum);
	free(r->content);
	free(r->doc);
	*r = (struct store_record){0};
}

void store_job_release(struct store_job *j)
{
	free(j->id);
	free(j->migration);
	free(j->description);
	free(j->error);
	*j = (struct store_job){0};
}

void store_git_branch_release(struct store_git_branch *g)
{
	free(g->git_branch);
	free(g->branch);
	*g = (struct store_git_branch){0};
}
