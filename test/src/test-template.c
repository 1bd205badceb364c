/* Records of templates, and whether what they were made of is still the same.
 */
#include "host.h"
#include "places.h"
#include "record.h"
#include "scratch.h"
#include "template.h"
#include <fcntl.h>
#include <sys/stat.h>

#define CONFIG "kernel: vmlinuz\ninitrd: initrd\npath: ./qemu\naccel: tcg\n"

/* What answers to --version like one. */
#define QEMU(version)                                                    \
	"#!/bin/sh\necho 'QEMU emulator version " version " (Debian)'\n" \
	"echo 'Copyright'\n"

/* ---- records ---- */

/* A template of small files, as one would be after its creation. */
static struct template *
make_template(const char *name)
{
	struct template *t = template_new(name);
	struct err e = { "" };
	_free_ char *folder = xasprintf("templates/%s", name);
	_free_ char *memory = xasprintf("%s/memory", folder);
	_free_ char *saved = xasprintf("%s/state", folder);

	assert_ok(template_config_read(
		      &t->config, scratch_file("t.yaml", CONFIG), &e),
	    &e);
	t->folder = xstrdup(scratch_path(folder));
	assert_ok(make_folders(t->folder, 0700, &e), &e);
	scratch_file(memory, "memory");
	scratch_file(saved, "state");
	t->machine = xstrdup("pc-q35-7.2");
	t->qemu_version = xstrdup("7.2.22");
	t->qemu_package = xstrdup("Debian");
	t->created = 1700000000;
	t->resident = 4096;
	t->guest = (struct template_guest){
		.use = 60 * MIB,
		.mem_total = 240 * MIB,
		.block_size = 128 * MIB,
		.vmgenid = true,
		.agent_version = xstrdup("7.2"),
	};
	assert_ok(template_file_read(&t->qemu, t->config.path, NULL, &e), &e);
	assert_ok(
	    template_file_read(&t->kernel, t->config.kernel, file_digest, &e),
	    &e);
	assert_ok(
	    template_file_read(&t->initrd, t->config.initrd, file_digest, &e),
	    &e);
	assert_ok(template_file_read(
		      &t->memory, scratch_path(memory), sparse_digest, &e),
	    &e);
	assert_ok(
	    template_file_read(&t->state, scratch_path(saved), file_digest, &e),
	    &e);
	assert_ok(template_save(t, &e), &e);
	return t;
}

static void
a_template_comes_back_as_it_was(void **state)
{
	struct template *t = make_template("base"), *got;
	struct err e = { "" };
	json_auto_t *json = template_json(t), *again = NULL;

	got = template_load("base", &e);
	assert_string_equal(e.text, "");
	assert_non_null(got);
	again = template_json(got);
	assert_true(json_equal(json, again));
	assert_string_equal(got->folder, t->folder);
	assert_int_equal(got->guest.use, 60 * MIB);
	template_free(got);
	template_free(t);
	template_free(NULL);
}

static void
one_without_an_initrd(void **state)
{
	struct template *t = make_template("base"), *got;
	struct err e = { "" };

	template_file_release(&t->initrd);
	free(TAKE(t->config.initrd));
	assert_ok(template_save(t, &e), &e);
	got = template_load("base", &e);
	assert_non_null(got);
	assert_null(got->initrd.path);
	assert_null(got->config.initrd);
	assert_ok(template_check_quick(got, &e), &e);
	template_free(got);
	template_free(t);
}

static void
records_that_are_not_believed(void **state)
{
	const char *path = scratch_path("templates/base/template.json");
	struct err e = { "" };
	_free_ char *text = NULL;
	char *version;
	size_t n;

	template_free(make_template("base"));
	text = read_file(path, 64 * KIB, NULL, &e);
	assert_null(template_load("none", &e));
	assert_string_equal(e.text, "there is no template \"none\"");
	assert_null(template_load("../templates/base", &e));
	assert_true(str_starts(e.text, "template name"));

	assert_int_equal(chmod(path, 0622), 0);
	assert_null(template_load("base", &e));
	assert_non_null(strstr(e.text, "others may write to it (mode 622)"));
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(chmod(scratch_path("templates/base"), 0777), 0);
	assert_null(template_load("base", &e));
	assert_non_null(strstr(e.text, "others may write to it (mode 777)"));
	assert_int_equal(chmod(scratch_path("templates/base"), 0700), 0);

	version = strstr(text, "\"version\": 1,");
	assert_non_null(version);
	version[11] = '2';
	scratch_file("templates/base/template.json", text);
	assert_null(template_load("base", &e));
	assert_non_null(
	    strstr(e.text, "version: must be between 1 and 1, not 2"));
	version[11] = '1';

	for (n = strlen(text); n > 0; n -= MIN(n, (size_t)7)) {
		text[n - 1] = '\0';
		scratch_file("templates/base/template.json", text);
		assert_null(template_load("base", &e));
		assert_non_null(strstr(e.text, "template.json"));
	}
}

/* Its config is the record's too: a bad one is named with the file. */
static void
a_record_with_a_bad_config(void **state)
{
	struct template *t = make_template("base");
	struct err e = { "" };

	t->config.memory_slots = 1000;
	assert_ok(template_save(t, &e), &e);
	template_free(t);
	assert_null(template_load("base", &e));
	assert_non_null(strstr(e.text, "memory_slots: "));
	assert_non_null(strstr(e.text, "template.json"));
}

/* ---- whether it is still what it was ---- */

static void
touch(const char *path, time_t seconds)
{
	struct timespec times[2] = { { .tv_sec = seconds },
		{ .tv_sec = seconds } };

	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void
flip_first_byte(const char *path)
{
	FILE *file = fopen(path, "r+");
	int byte = file ? getc(file) : EOF;

	assert_non_null(file);
	rewind(file);
	putc(byte ^ 1, file);
	assert_int_equal(fclose(file), 0);
}

static void
quick_compares_size_and_time(void **state)
{
	static const struct {
		const char *file, *what;
	} rows[] = {
		{ "qemu", "QEMU qemu" },
		{ "vmlinuz", "kernel vmlinuz" },
		{ "initrd", "initrd initrd" },
		{ "templates/base/memory",
		    "memory file templates/base/memory" },
		{ "templates/base/state", "state file templates/base/state" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *path = scratch_path(rows[i].file);
		struct template *t = NULL;
		struct err e = { "" };
		_free_ char *text = NULL, *wanted = NULL;

		touch(path, 1000000000);
		t = make_template("base");
		touch(path, 1000000000);
		template_file_release(&t->memory);
		template_file_release(&t->state);
		assert_ok(template_file_read(&t->memory,
			      scratch_path("templates/base/memory"),
			      sparse_digest, &e),
		    &e);
		assert_ok(
		    template_file_read(&t->state,
			scratch_path("templates/base/state"), file_digest, &e),
		    &e);
		assert_ok(template_check_quick(t, &e), &e);
		/* Made anew and the same inside: nothing has changed. */
		touch(path, 1000000060);
		assert_ok(template_check_quick(t, &e), &e);
		/* QEMU is asked for its version instead of being read. */
		if (i > 0) {
			flip_first_byte(path);
			touch(path, 1000000060);
			assert_int_equal(template_check_quick(t, &e), -1);
			text = scratch_strip(e.text);
			wanted = xasprintf(
			    "refused: template base: its %s was of 2001-09-09 "
			    "01:46:40 UTC, and was changed 2001-09-09 01:47:40 "
			    "UTC",
			    rows[i].what);
			assert_string_equal(text, wanted);
		}
		template_free(t);
	}
}

static void
another_size_is_named(void **state)
{
	struct template *t = make_template("base");
	struct err e = { "" };
	_free_ char *text = NULL;

	scratch_file("templates/base/state", "state and more");
	assert_int_equal(template_check_quick(t, &e), -1);
	text = scratch_strip(e.text);
	assert_string_equal(text,
	    "refused: template base: its state file templates/base/state had 5"
	    " bytes, and has 14 now");
	template_free(t);
}

static void
a_file_that_is_gone_is_named(void **state)
{
	struct template *t = make_template("base");
	struct err e = { "" };
	_free_ char *text = NULL;

	assert_int_equal(unlink(scratch_path("templates/base/memory")), 0);
	assert_int_equal(template_check_quick(t, &e), -1);
	text = scratch_strip(e.text);
	assert_string_equal(text,
	    "refused: template base: its memory file: templates/base/memory:"
	    " No such file or directory");
	template_free(t);
}

/* The digest finds what size and time hide, and minds no new time. */
static void
verify_compares_what_is_inside(void **state)
{
	struct template *t = make_template("base");
	struct err e = { "" };
	json_t *problems = NULL;
	_free_ char *text = NULL;

	touch(scratch_path("templates/base/memory"), 1000000000);
	assert_ok(template_verify(t, &problems, &e), &e);
	assert_int_equal(json_array_size(problems), 0);
	json_decref(problems);

	scratch_file("templates/base/memory", "Memory");
	scratch_file("templates/base/state", "State");
	touch(scratch_path("templates/base/memory"),
	    (time_t)(t->memory.mtime / 1000000000));
	assert_int_equal(template_verify(t, &problems, &e), -1);
	text = scratch_strip(e.text);
	assert_true(str_starts(text,
	    "template base: its memory file templates/base/memory is not what"
	    " it was: SHA-256 "));
	/* All of them, the first in the sentence. */
	assert_int_equal(json_array_size(problems), 2);
	assert_string_equal(
	    json_string_value(json_array_get(problems, 0)), e.text);
	assert_non_null(strstr(
	    json_string_value(json_array_get(problems, 1)), "state file"));
	json_decref(problems);
	assert_int_equal(template_verify(t, NULL, NULL), -1);
	template_free(t);
}

/* QEMU is asked: what it says counts, not its file. */
static void
another_qemu_is_named(void **state)
{
	struct template *t = make_template("base");
	struct err e = { "" };
	_free_ char *text = NULL;

	assert_int_equal(chmod(scratch_file("qemu", QEMU("10.0.2")), 0700), 0);
	assert_int_equal(template_verify(t, NULL, &e), -1);
	text = scratch_strip(e.text);
	assert_true(str_starts(text,
	    "template base: it was made by QEMU emulator version 7.2.22"
	    " (Debian), and "));
	assert_non_null(
	    strstr(text, " is QEMU emulator version 10.0.2 (Debian)"));
	assert_int_equal(chmod(scratch_file("qemu", QEMU("7.2.22")), 0700), 0);
	assert_ok(template_verify(t, NULL, &e), &e);
	template_free(t);
}

/* ---- by name ---- */

static void
names_are_of_whole_templates(void **state)
{
	struct err e = { "" };
	size_t n = 99;
	char **names;

	template_free(make_template("b"));
	template_free(make_template("a"));
	template_free(make_template(".c.new")); /* half made */
	assert_ok(make_folders(scratch_path("templates/d"), 0700, &e), &e);
	scratch_file("templates/d/memory", "no record yet");
	scratch_file("templates/.a.lock", "");
	scratch_file("templates/file", "");
	names = template_names(&n, &e);
	assert_int_equal(n, 2);
	assert_string_equal(names[0], "a");
	assert_string_equal(names[1], "b");
	names_free(names, n);
}

static void
a_template_with_clones_stays(void **state)
{
	struct record *r = record_new("web");
	struct err e = { "" };

	template_free(make_template("base"));
	template_free(make_template("free"));
	r->template = xstrdup("base");
	assert_ok(record_save(r, &e), &e);
	assert_int_equal(template_remove("base", false, &e), -1);
	assert_string_equal(e.text,
	    "template base: vm web was cloned from it (--force removes it all"
	    " the same; the vm keeps its memory)");
	assert_int_equal(
	    access(scratch_path("templates/base/template.json"), F_OK), 0);
	assert_ok(template_remove("free", false, &e), &e);
	assert_ok(template_remove("base", true, &e), &e);
	assert_int_equal(scratch_count(scratch_path("templates")), 0);
	assert_int_equal(template_remove("base", false, &e), -1);
	assert_string_equal(e.text, "there is no template \"base\"");
	assert_int_equal(template_remove("..", true, &e), -1);
	assert_true(str_starts(e.text, "template name"));
	record_free(r);
}

/* A record that cannot be read may be of a clone: that is no "none". */
static void
a_clone_that_cannot_be_read_counts(void **state)
{
	struct record *r = record_new("web");
	struct err e = { "" };

	template_free(make_template("base"));
	r->template = xstrdup("base");
	assert_ok(record_save(r, &e), &e);
	record_free(r);
	assert_int_equal(chmod(scratch_path("vms/web.json"), 0622), 0);
	assert_int_equal(template_remove("base", false, &e), -1);
	assert_non_null(strstr(e.text, "web"));
}

/* ---- */

/* Each test has empty folders. */
static int
clear(void **state)
{
	const char *vms = scratch_path("vms");
	const char *templates = scratch_path("templates");

	return remove_tree(templates, NULL) < 0 || remove_tree(vms, NULL) < 0
	    ? -1
	    : mkdir(templates, 0700);
}

static int
setup(void **state)
{
	char kernel[0x400 + 1];

	if (scratch_setup(state) < 0)
		return -1;
	memset(kernel, 'k', sizeof(kernel) - 1);
	kernel[sizeof(kernel) - 1] = '\0';
	memcpy(kernel + 0x202, "HdrS", 4);
	scratch_file("vmlinuz", kernel);
	scratch_file("initrd", "i");
	if (chmod(scratch_file("qemu", QEMU("7.2.22")), 0700) < 0)
		return -1;
	setenv("QMPD_STATE_DIR", scratch(), 1);
	return setenv("QMPD_TEMPLATE_DIR", scratch_path("templates"), 1);
}

#define TEST(f) cmocka_unit_test_setup(f, clear)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_template_comes_back_as_it_was),
		TEST(one_without_an_initrd),
		TEST(records_that_are_not_believed),
		TEST(a_record_with_a_bad_config),
		TEST(quick_compares_size_and_time),
		TEST(another_size_is_named),
		TEST(a_file_that_is_gone_is_named),
		TEST(verify_compares_what_is_inside),
		TEST(another_qemu_is_named),
		TEST(names_are_of_whole_templates),
		TEST(a_template_with_clones_stays),
		TEST(a_clone_that_cannot_be_read_counts),
	};

	return cmocka_run_group_tests(tests, setup, scratch_teardown);
}
