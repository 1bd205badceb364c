/* Whether what a template was made of is still the same. */

#include "host.h"
#include "template.h"
#include <sys/stat.h>

#define VERSION_MAX 4096
#define VERSION_MS 5000

/* One file of a template, by the name that a sentence gives it. */
struct part {
	const char *what;
	const struct template_file *file;
	digest_fn *digest; /* NULL: it is asked for its version */
};

static const struct {
	const char *what;
	size_t offset;
	digest_fn *digest;
} parts[] = {
	{ "QEMU", offsetof(struct template, qemu), NULL },
	{ "kernel", offsetof(struct template, kernel), file_digest },
	{ "initrd", offsetof(struct template, initrd), file_digest },
	{ "image", offsetof(struct template, image), sparse_digest },
	{ "memory file", offsetof(struct template, memory), sparse_digest },
	{ "state file", offsetof(struct template, state), file_digest },
};

/* The parts by number, and then the disks; false at the end. */
static bool
part_at(const struct template *t, size_t i, struct part *part)
{
	size_t n = ARRAY_SIZE(parts);
	const void *file;

	if (i >= n + t->disks.n)
		return false;
	if (i >= n) {
		*part = (struct part){ "disk", &t->disks.items[i - n],
			sparse_digest };
		return true;
	}
	file = (const char *)t + parts[i].offset;
	*part = (struct part){ parts[i].what, file, parts[i].digest };
	return true;
}

/* For people to read. */
static void
print_time(uint64_t ns, char *text, size_t n)
{
	time_t seconds = (time_t)(ns / UINT64_C(1000000000));
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(text, n, "%Y-%m-%d %H:%M:%S UTC", &tm);
}

/* "QEMU emulator version 7.2.22 (Debian …)": what the binary says now. */
static char *
ask_version(const char *path, struct err *e)
{
	char *said =
	    host_ask_program((const char *const[]){ path, "--version", NULL },
		VERSION_MAX, VERSION_MS);

	if (said && *said) {
		said[strcspn(said, "\n")] = '\0';
		return said;
	}
	free(said);
	err_set(e, "%s --version does not answer", path);
	return NULL;
}

static int
check_version(const struct template *t, struct err *e)
{
	bool package = *t->qemu_package;
	_free_ char *was =
	    xasprintf("QEMU emulator version %s%s%s%s", t->qemu_version,
		package ? " (" : "", t->qemu_package, package ? ")" : "");
	_free_ char *now = ask_version(t->config.path, e);

	if (!now)
		return err_wrap(e, "template %s: its QEMU", t->name);
	if (str_eq(was, now))
		return 0;
	return err_set(e, "template %s: it was made by %s, and %s is %s",
	    t->name, was, t->config.path, now);
}

/* Size and time, without reading the file. */
static int
check_stat(const struct template *t, const struct part *part, struct err *e)
{
	const struct template_file *was = part->file;
	struct template_file now = { 0 };
	char then[32], since[32];
	int rc = 0;

	if (template_file_read(&now, was->path, NULL, e) < 0)
		return err_wrap(e, "template %s: its %s", t->name, part->what);
	print_time(was->mtime, then, sizeof(then));
	print_time(now.mtime, since, sizeof(since));
	if (now.size != was->size)
		rc = err_set(e,
		    "template %s: its %s %s had %llu bytes, and has %llu now",
		    t->name, part->what, was->path,
		    (unsigned long long)was->size,
		    (unsigned long long)now.size);
	else if (now.mtime != was->mtime)
		rc = err_set(e,
		    "template %s: its %s %s was of %s, and was changed %s",
		    t->name, part->what, was->path, then, since);
	template_file_release(&now);
	return rc;
}

/* What it holds, whatever its time is. */
static int
check_digest(const struct template *t, const struct part *part, struct err *e)
{
	const struct template_file *was = part->file;
	_free_ char *now = NULL;

	if (!was->sha256)
		return check_stat(t, part, e);
	now = part->digest(was->path, e);
	if (!now)
		return err_wrap(e, "template %s: its %s", t->name, part->what);
	if (str_eq(now, was->sha256))
		return 0;
	return err_set(e,
	    "template %s: its %s %s is not what it was: SHA-256 %.16s… then, "
	    "%.16s… now",
	    t->name, part->what, was->path, was->sha256, now);
}

/* One more sentence. */
static void
add_problem(json_t *found, const struct err *problem)
{
	json_array_append_new(found, must(json_string(problem->text)));
}

/* Whether one part is as it was; QEMU is asked, the others are read. */
static int
check_part(const struct template *t, const struct part *part, struct err *e)
{
	if (part->digest)
		return check_digest(t, part, e);
	return check_version(t, e);
}

int
template_check_quick(const struct template *t, struct err *e)
{
	struct part part;
	size_t i;

	for (i = 0; part_at(t, i, &part); i++) {
		if (!part.file->path || check_stat(t, &part, e) == 0)
			continue;
		/* Made anew, or touched: what is inside counts. */
		if (check_part(t, &part, NULL) < 0)
			return err_wrap(e, "refused");
	}
	return 0;
}

int
template_verify(const struct template *t, json_t **problems, struct err *e)
{
	json_t *found = must(json_array());
	struct part part;
	size_t i;
	int rc = 0;

	for (i = 0; part_at(t, i, &part); i++) {
		struct err problem;

		if (!part.file->path || check_part(t, &part, &problem) == 0)
			continue;
		add_problem(found, &problem);
		if (rc == 0)
			rc = err_set(e, "%s", problem.text);
	}
	if (problems)
		*problems = found;
	else
		json_decref(found);
	return rc;
}
