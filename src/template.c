/* Templates by name: their records, and taking one away. */

#include "template.h"
#include "decode.h"
#include "host.h"
#include "places.h"
#include "record.h"
#include <dirent.h>

struct template *
template_new(const char *name)
{
	struct template *t = xcalloc(1, sizeof(*t));

	t->name = xstrdup(name);
	template_config_init(&t->config);
	return t;
}

void
template_free(struct template *t)
{
	if (!t)
		return;
	template_config_release(&t->config);
	template_file_release(&t->qemu);
	template_file_release(&t->kernel);
	template_file_release(&t->initrd);
	template_file_release(&t->image);
	template_files_release(&t->disks);
	template_file_release(&t->memory);
	template_file_release(&t->state);
	free(t->guest.agent_version);
	free(t->qemu_version);
	free(t->qemu_package);
	free(t->machine);
	free(t->folder);
	free(t->name);
	free(t);
}

/* ---- the record ---- */

static json_t *
file_json(const struct template_file *f)
{
	if (!f->path)
		return json_null();
	return must(json_pack("{s:s, s:I, s:I, s:s*}", "path", f->path, "size",
	    (json_int_t)f->size, "mtime", (json_int_t)f->mtime, "sha256",
	    f->sha256));
}

static json_t *
files_json(const struct template_files *files)
{
	json_t *out = must(json_array());
	size_t i;

	for (i = 0; i < files->n; i++)
		json_array_append_new(out, file_json(&files->items[i]));
	return out;
}

json_t *
template_json(const struct template *t)
{
	return must(json_pack(
	    "{s:i, s:s, s:I, s:o, s:s*, s:{s:o, s:s*, s:s*}, s:o, s:o, s:o, "
	    "s:o, s:o, s:o, s:I, s:{s:I, s:I, s:I, s:b, s:s*}}",
	    "version", TEMPLATE_VERSION, "name", t->name, "created",
	    (json_int_t)t->created, "config", template_config_json(&t->config),
	    "machine", t->machine, "qemu", "file", file_json(&t->qemu),
	    "version", t->qemu_version, "package", t->qemu_package, "kernel",
	    file_json(&t->kernel), "initrd", file_json(&t->initrd), "image",
	    file_json(&t->image), "disks", files_json(&t->disks), "memory_file",
	    file_json(&t->memory), "state_file", file_json(&t->state),
	    "resident", (json_int_t)t->resident, "guest", "use",
	    (json_int_t)t->guest.use, "mem_total",
	    (json_int_t)t->guest.mem_total, "block_size",
	    (json_int_t)t->guest.block_size, "vmgenid", t->guest.vmgenid,
	    "agent_version", t->guest.agent_version));
}

/* The numbers of a record, as the decoder wants them. */
struct members {
	int64_t version, created, resident;
	json_t *config;
	struct template_file qemu;
	struct {
		int64_t use, mem_total, block_size;
		bool vmgenid;
		char *agent_version;
	} guest;
	char *name, *machine, *qemu_version, *qemu_package;
	struct template_file kernel, initrd, image, memory, state;
	struct template_files disks;
};

#define ANY_INT .min = 0, .max = INT64_MAX

static const struct decode_row file_rows[] = {
	{ "path", DECODE_STRING, offsetof(struct template_file, path), true },
	{ "size", DECODE_INT, offsetof(struct template_file, size), true,
	    ANY_INT },
	{ "mtime", DECODE_INT, offsetof(struct template_file, mtime), true,
	    ANY_INT },
	{ "sha256", DECODE_STRING, offsetof(struct template_file, sha256) },
	{ NULL },
};

#define MEMBER(m) offsetof(struct members, m)

/* "qemu": {file, version, package}; offsets are those of members. */
static const struct decode_row qemu_rows[] = {
	{ "file", DECODE_OBJECT, MEMBER(qemu), true, .rows = file_rows },
	{ "version", DECODE_STRING, MEMBER(qemu_version), true },
	{ "package", DECODE_STRING, MEMBER(qemu_package) },
	{ NULL },
};

static const struct decode_row guest_rows[] = {
	{ "use", DECODE_INT, MEMBER(guest.use), true, ANY_INT },
	{ "mem_total", DECODE_INT, MEMBER(guest.mem_total), ANY_INT },
	{ "block_size", DECODE_INT, MEMBER(guest.block_size), ANY_INT },
	{ "vmgenid", DECODE_BOOL, MEMBER(guest.vmgenid), true },
	{ "agent_version", DECODE_STRING, MEMBER(guest.agent_version) },
	{ NULL },
};

/* null where a template has no such file. */
static int
decode_maybe(struct decode *d, const json_t *v, void *member, struct err *e)
{
	return json_is_null(v) ? 0 : decode_object(d, v, file_rows, member, e);
}

static int
decode_disk(struct decode *d, const json_t *v, void *member, struct err *e)
{
	struct template_files *files = member;

	files->items =
	    xrealloc(files->items, files->n + 1, sizeof(*files->items));
	files->items[files->n] = (struct template_file){ 0 };
	return decode_object(d, v, file_rows, &files->items[files->n++], e);
}

static int
decode_disks(struct decode *d, const json_t *v, void *member, struct err *e)
{
	return decode_list(d, v, decode_disk, member, e);
}

static const struct decode_row rows[] = {
	{ "version", DECODE_INT, MEMBER(version), true, 1, TEMPLATE_VERSION },
	{ "name", DECODE_STRING, MEMBER(name), true },
	{ "created", DECODE_INT, MEMBER(created), true, ANY_INT },
	{ "config", DECODE_ANY, MEMBER(config), true },
	{ "machine", DECODE_STRING, MEMBER(machine), true },
	{ "qemu", DECODE_OBJECT, 0, true, .rows = qemu_rows },
	{ "kernel", DECODE_OBJECT, MEMBER(kernel), true, .rows = file_rows },
	{ "initrd", DECODE_FN, MEMBER(initrd), .fn = decode_maybe },
	{ "image", DECODE_FN, MEMBER(image), .fn = decode_maybe },
	{ "disks", DECODE_FN, MEMBER(disks), .fn = decode_disks },
	{ "memory_file", DECODE_OBJECT, MEMBER(memory), true,
	    .rows = file_rows },
	{ "state_file", DECODE_OBJECT, MEMBER(state), true, .rows = file_rows },
	{ "resident", DECODE_INT, MEMBER(resident), true, ANY_INT },
	{ "guest", DECODE_OBJECT, 0, true, .rows = guest_rows },
	{ NULL },
};

/* Takes over what the members own. */
static void
from_members(struct template *t, const struct members *m)
{
	t->created = (uint64_t)m->created;
	t->resident = (uint64_t)m->resident;
	t->machine = m->machine;
	t->qemu = m->qemu;
	t->qemu_version = m->qemu_version;
	t->qemu_package = m->qemu_package;
	t->kernel = m->kernel;
	t->initrd = m->initrd;
	t->image = m->image;
	t->disks = m->disks;
	t->memory = m->memory;
	t->state = m->state;
	t->guest = (struct template_guest){
		.use = (uint64_t)m->guest.use,
		.mem_total = (uint64_t)m->guest.mem_total,
		.block_size = (uint64_t)m->guest.block_size,
		.vmgenid = m->guest.vmgenid,
		.agent_version = m->guest.agent_version,
	};
	free(m->name);
}

static int
decode_record(struct template *t, const char *path, struct err *e)
{
	struct document *doc = document_read(path, e);
	struct members m = { 0 };
	struct decode *d;
	int rc;

	if (!doc)
		return -1;
	d = decode_new(doc);
	rc = decode_object(d, document_root(doc), rows, &m, e);
	decode_free(d);
	from_members(t, &m);
	if (rc == 0)
		rc = template_config_from_json(&t->config, m.config, e) < 0
		    ? err_wrap(e, "%s: config", path)
		    : 0;
	json_decref(m.config);
	document_free(doc);
	return rc;
}

struct template *
template_load(const char *name, struct err *e)
{
	_free_ char *templates = NULL, *path = NULL;
	struct template *t;

	if (place_check_name("template", name, e) < 0)
		return NULL;
	templates = place_templates(e);
	if (!templates)
		return NULL;
	t = template_new(name);
	t->folder = path_join(templates, name);
	path = path_join(t->folder, "template.json");
	if (access(path, F_OK) < 0)
		err_set(e, "there is no template \"%s\"", name);
	else if (check_trusted(t->folder, e) == 0 &&
	    check_trusted(path, e) == 0 && decode_record(t, path, e) == 0)
		return t;
	template_free(t);
	return NULL;
}

int
template_save(const struct template *t, struct err *e)
{
	json_auto_t *json = template_json(t);
	_free_ char *text = must(json_dumps(json, JSON_INDENT(1)));
	_free_ char *path = path_join(t->folder, "template.json");

	return write_file(path, text, strlen(text), e);
}

/* ---- all of them ---- */

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A folder whose name is a template's, with a record in it. */
static bool
is_template(const char *templates, const char *name)
{
	_free_ char *path = xasprintf("%s/%s/template.json", templates, name);

	return place_check_name("template", name, NULL) == 0 &&
	    access(path, F_OK) == 0;
}

char **
template_names(size_t *n, struct err *e)
{
	_free_ char *templates = place_templates(e);
	DIR *dir = templates ? opendir(templates) : NULL;
	char **names = xcalloc(1, sizeof(*names));
	struct dirent *entry;

	*n = 0;
	if (!dir) {
		free(names);
		return NULL;
	}
	while ((entry = readdir(dir))) {
		if (!is_template(templates, entry->d_name))
			continue;
		names = xrealloc(names, *n + 1, sizeof(*names));
		names[(*n)++] = xstrdup(entry->d_name);
	}
	closedir(dir);
	qsort(names, *n, sizeof(*names), compare);
	return names;
}

/* The first VM whose record names the template; the caller frees. */
static char *
find_clone(const char *template)
{
	size_t n = 0, i;
	char **names = record_names(&n, NULL), *found = NULL;

	for (i = 0; i < n && !found; i++) {
		struct record *r = record_load(names[i], NULL);

		if (!r || str_eq(r->template, template))
			found = xstrdup(names[i]);
		record_free(r);
	}
	names_free(names, n);
	return found;
}

int
template_remove(const char *name, bool force, struct err *e)
{
	_free_ char *templates = NULL, *folder = NULL, *gone = NULL;
	_free_ char *clone = NULL;

	if (place_check_name("template", name, e) < 0)
		return -1;
	templates = place_templates(e);
	if (!templates)
		return -1;
	folder = path_join(templates, name);
	if (access(folder, F_OK) < 0)
		return err_set(e, "there is no template \"%s\"", name);
	clone = force ? NULL : find_clone(name);
	if (clone)
		return err_set(e,
		    "template %s: vm %s was cloned from it (--force removes "
		    "it all the same; the vm keeps its memory)",
		    name, clone);
	/* Renamed first: a template that is there is whole. */
	gone = xasprintf("%s/.%s.gone-%d", templates, name, (int)getpid());
	if (rename(folder, gone) < 0)
		return err_errno(e, "cannot remove %s", folder);
	return remove_tree(gone, e);
}
