/*
 * What was wanted of a VM: the size in its record, and beside it, in
 * size.json, how a spec came to that size.
 */

#include "facts.h"
#include "host.h"
#include "record.h"
#include "session.h"

#define SIZE_MAX_BYTES MIB

/* In the VM's folder, with which it goes away; NULL without a record. */
static char *
size_path(const struct session *s, struct err *e)
{
	_free_ char *folder = record_folder(session_name(s), e);

	return folder ? path_join(folder, "size.json") : NULL;
}

/* A size that nobody explains replaces the explanation of the last one. */
static int
save_explain(const struct session *s, const json_t *explain, struct err *e)
{
	_free_ char *path = size_path(s, e);
	_free_ char *text = NULL;

	if (!path)
		return -1;
	if (!explain)
		return unlink(path) < 0 && errno != ENOENT
		    ? err_errno(e, "cannot remove %s", path)
		    : 0;
	text = must(json_dumps(explain, JSON_COMPACT));
	return write_file(path, text, strlen(text), e);
}

int
desired_save(struct session *s, const struct size *desired,
    const json_t *explain, struct err *e)
{
	struct record *r = session_record(s);

	if (!r)
		return 0;
	if (desired->vcpus)
		r->desired_vcpus = desired->vcpus;
	if (desired->memory)
		r->desired_memory = desired->memory;
	if (record_save(r, e) < 0)
		return -1;
	return save_explain(s, explain, e);
}

json_t *
desired_load(const struct session *s)
{
	_free_ char *path = session_record(s) ? size_path(s, NULL) : NULL;
	_free_ char *text = NULL;
	size_t n;

	if (!path || check_trusted(path, NULL) < 0)
		return NULL;
	text = read_file(path, SIZE_MAX_BYTES, &n, NULL);
	return text ? json_loadb(text, n, 0, NULL) : NULL;
}
