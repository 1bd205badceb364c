/* clone: a VM from a template, made fit for its spec. */

#include "change.h"
#include "clone.h"
#include "creation.h"
#include "device.h"
#include "facts.h"
#include "outcome.h"
#include "output.h"
#include "record.h"
#include "session.h"
#include "spec.h"
#include "template.h"

/* A clone in the making. */
struct making {
	struct template *t;
	struct spec *spec; /* NULL: it stays as its template was booted */
	struct outcome outcome;
	json_t *figures; /* of the VM, once it is there */
};

/* ---- the template ---- */

static bool
has_template(const char *name)
{
	size_t n = 0, i;
	char **names = template_names(&n, NULL);
	bool found = false;

	for (i = 0; i < n; i++)
		found |= str_eq(names[i], name);
	if (names)
		names_free(names, n);
	return found;
}

/* The first key that differs between the file and the template. */
static int
compare_config(const struct template *t, const struct template_config *config,
    const char *file, struct err *e)
{
	json_auto_t *made = template_config_said(&t->config);
	json_auto_t *said = template_config_said(config);
	const char *key;
	json_t *value;

	json_object_update_missing(made, said);
	json_object_foreach (made, key, value) {
		const json_t *other = json_object_get(said, key);
		_free_ char *was = json_dumps(value, JSON_ENCODE_ANY);
		_free_ char *is =
		    other ? json_dumps(other, JSON_ENCODE_ANY) : NULL;

		if (json_equal(value, other))
			continue;
		return err_set(e,
		    "refused: template %s was made with %s %s, and %s says %s",
		    t->name, key, was, file, is ? is : "nothing");
	}
	return 0;
}

/* A template that is there must be the one that the file describes. */
static int
check_file(const struct template *t, const char *file, struct err *e)
{
	struct template_config config;
	int rc;

	if (template_config_read(&config, file, e) < 0)
		return -1;
	rc = compare_config(t, &config, file, e);
	template_config_release(&config);
	return rc;
}

/* The template, made first when it is not there and may be. m->t stays NULL
 * when that went wrong; what became of it is in the outcome. */
static int
find_template(
    struct cli *cli, const char *name, struct making *m, struct err *e)
{
	const char *file = cli->o.template_file;
	bool there = !file || has_template(name);

	if (!there && cli->o.fetch_only)
		return err_set(e,
		    "there is no template \"%s\", and --fetch-only forbids "
		    "making it",
		    name);
	if (!there && creation_run(cli, name, file, &m->outcome, e) < 0)
		return -1;
	if (m->outcome.end != PLAN_DONE)
		return 0;
	m->t = template_load(name, e);
	if (!m->t)
		return -1;
	return there && file ? check_file(m->t, file, e) : 0;
}

/* ---- what can be known before ---- */

/* A device of the spec: its keys, and the memory that it needs. */
static int
check_device(
    const struct spec_device *s, enum memory_sharing sharing, struct err *e)
{
	struct device *d = device_new(s->type, s->id, s->params, s->where, e);
	bool good =
	    d && (sharing == MEMORY_SHARED || !d->type->needs_shared_memory);

	if (d && !good)
		err_set(e,
		    "%s: the backend of device %s must map the guest's memory: "
		    "--memory-sharing shared is needed",
		    s->where, s->id);
	device_free(d);
	return good ? 0 : -1;
}

static int
check_spec(const struct cli *cli, const struct making *m, struct err *e)
{
	struct size_base base = facts_template_base(m->t);
	struct size size;
	size_t i;

	if (!m->spec)
		return 0;
	if (size_from_spec(m->spec, &base, &size, NULL, e) < 0)
		return -1;
	for (i = 0; i < m->spec->devices_n; i++)
		if (check_device(&m->spec->devices[i],
			(enum memory_sharing)cli->o.memory_sharing, e) < 0)
			return -1;
	return 0;
}

/* All that can go wrong before there is a VM. */
static int
prepare(struct cli *cli, struct making *m, struct err *e)
{
	if (cli->o.file) {
		m->spec = spec_read(cli->o.file, e);
		if (!m->spec)
			return -1;
	}
	if (find_template(cli, cli->words[0], m, e) < 0)
		return -1;
	return m->t ? check_spec(cli, m, e) : 0;
}

/* ---- the clone ---- */

/* The clone's plan holds its lock until it is freed. */
static int
make_clone(struct cli *cli, struct session *s, struct making *m, struct err *e)
{
	enum memory_sharing sharing =
	    (enum memory_sharing)cli->o.memory_sharing;
	struct plan *plan = clone_plan(session_name(s), m->t, sharing, e);
	struct run_result result;

	if (!plan)
		return -1;
	session_run(s, plan, &result);
	outcome_add(&m->outcome, &result, plan);
	plan_free(plan);
	return 0;
}

/* A VM that never became what was wanted is none: it goes away again, and
 * what could not be undone goes with it. */
static void
take_away(struct cli *cli, struct session *s, struct making *m)
{
	struct plan *plan = remove_plan(session_record(s));
	struct run_result result;

	cli->interrupted = false;
	session_run(s, plan, &result);
	plan_free(plan);
	json_decref(TAKE(m->figures));
	if (result.end != PLAN_DONE && result.end != PLAN_PARTIAL) {
		output_complain("%s: the new vm could not be removed: %s; "
				"qmpctl rm %s",
		    session_name(s), result.error, session_name(s));
		return;
	}
	output_complain("%s: the new vm is removed again", session_name(s));
	outcome_undone(&m->outcome);
}

/* The spec, applied to the VM that has just been made. */
static int
fit_clone(struct cli *cli, struct session *s, struct making *m, struct err *e)
{
	struct request request = { .spec = m->spec };
	struct fitted fitted = { 0 };

	if (session_take(s, e) < 0 || facts_of_request(s, &request, e) < 0)
		return -1;
	m->figures = change_run(s, &request, &fitted, &m->outcome);
	fitted_release(&fitted);
	if (m->outcome.end == PLAN_FAILED || m->outcome.end == PLAN_STUCK)
		take_away(cli, s, m);
	return 0;
}

static bool
is_made(const struct making *m)
{
	return m->outcome.end == PLAN_DONE || m->outcome.end == PLAN_PARTIAL;
}

/* What the new VM has, as its guest says; else what its template says. */
static json_t *
figures_of(struct session *s, const struct template *t)
{
	struct size_base base = facts_template_base(t);
	struct size boot = { base.boot_vcpus, base.boot_memory };
	struct err e;

	return session_observe(s, &e) == 0 ? facts_figures(s, &boot)
					   : facts_of_size(&base);
}

/* Clones, and fits the clone when there is a spec. */
static int
make(struct cli *cli, struct session *s, struct making *m, struct err *e)
{
	if (!m->t)
		return 0;
	if (make_clone(cli, s, m, e) < 0)
		return -1;
	if (!is_made(m))
		return 0;
	if (m->spec)
		return fit_clone(cli, s, m, e);
	m->figures = figures_of(s, m->t);
	return 0;
}

/* ---- the command ---- */

static void
print(const struct cli *cli, const struct session *s, struct making *m)
{
	json_t *more = must(json_pack("{s:s}", "template", cli->words[0]));
	_free_ char *size = m->figures ? facts_sentence(m->figures) : NULL;
	_free_ char *what =
	    size ? xasprintf("a clone of %s: %s", cli->words[0], size) : NULL;

	if (m->figures)
		json_object_update(more, m->figures);
	outcome_print(cli, session_name(s), &m->outcome, more, what);
}

static enum status
clone(struct cli *cli, struct err *e)
{
	struct session *s = session_make(cli, cli->words[1]);
	struct making m = { NULL };
	enum status status = STATUS_FAILED;

	if (prepare(cli, &m, e) == 0 && make(cli, s, &m, e) == 0) {
		print(cli, s, &m);
		status = outcome_status(&m.outcome);
	}
	session_free(s);
	outcome_release(&m.outcome);
	json_decref(m.figures);
	template_free(m.t);
	spec_free(m.spec);
	return status;
}

static const struct argument arguments[] = {
	{ "TEMPLATE", ARGUMENT_TEMPLATE },
	{ "NAME", ARGUMENT_NAME },
	{ NULL },
};

static const struct option_row options[] = {
	{ "file", 'f', OPTION_FILE, OPTION(file), "FILE",
	    "fit the clone to this spec; - is standard input" },
	{ "template-file", 0, OPTION_FILE, OPTION(template_file), "FILE",
	    "make the template from this file when it is not there" },
	{ "fetch-only", 0, OPTION_FLAG, OPTION(fetch_only), NULL,
	    "never make the template" },
	{ "memory-sharing", 0, OPTION_CHOICE, OPTION(memory_sharing), "WAY",
	    "private: copy-on-write (default); shared: a copy that vhost-user "
	    "backends can map",
	    .choices = memory_sharing_names },
	{ "boot-timeout", 0, OPTION_NUMBER, OPTION(boot_timeout), "SECONDS",
	    "with --template-file: how long the guest may take to boot (120)",
	    .min = 1, .max = 86400 },
	{ NULL },
};

const struct command clone_command = {
	.name = "clone",
	.arguments = arguments,
	.help = "start a VM from a template",
	.text =
	    "Starts a VM from a template, in about the time that QEMU takes "
	    "to start, and makes it itself: its random numbers, clock, "
	    "host name and machine id. With -f it is fitted to the spec "
	    "at once, and removed again when that fails. virtio-fs and other "
	    "vhost-user devices work on clones with --memory-sharing shared "
	    "only: such a clone has all that is not zero of the template's "
	    "memory as a copy of its own, on the template's tmpfs, and says "
	    "how much that is. With "
	    "--template-file a template that is there must be what the "
	    "file says; a difference is named and refused.",
	.options = options,
	.exec = clone,
};
