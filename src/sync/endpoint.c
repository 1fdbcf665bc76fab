/* Releases the values that an endpoint hands out. */
#include "sync/endpoint.h"

#include <stdlib.h>

#include "base/banned.h"

void remote_head_release(struct remote_head *h)
{
	free(h->id);
	free(h->checksum);
	free(h->active);
	*h = (struct remote_head){0};
}

void history_page_release(struct history_page *p)
{
	records_release(&p->records);
	records_release(&p->unfinished);
	free(p->cursor);
	*p = (struct history_page){0};
}

void remote_job_release(struct remote_job *j)
{
	free(j->error);
	*j = (struct remote_job){0};
}
