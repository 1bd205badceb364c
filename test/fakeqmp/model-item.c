/*
 * What the fake holds under an id, a list for each kind: objects, character
 * devices and network backends. Each may have one user.
 */
#include "model.h"

struct item *
item_find(const struct item_list *list, const char *id)
{
	struct item *item;

	TAILQ_FOREACH (item, list, entry)
		if (str_eq(item->id, id))
			return item;
	return NULL;
}

struct item *
item_add(struct item_list *list, const char *id, const char *type,
    const json_t *options)
{
	struct item *item = xcalloc(1, sizeof(*item));

	item->id = xstrdup(id);
	item->type = xstrdup(type);
	item->options = must(json_deep_copy(options));
	TAILQ_INSERT_TAIL(list, item, entry);
	return item;
}

void
item_free(struct item_list *list, struct item *item)
{
	TAILQ_REMOVE(list, item, entry);
	free(item->id);
	free(item->type);
	free(item->user);
	json_decref(item->options);
	free(item);
}

void
item_free_all(struct item_list *list)
{
	while (!TAILQ_EMPTY(list))
		item_free(list, TAILQ_FIRST(list));
}
