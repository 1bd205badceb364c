/* Runs the plan that makes a template. */

#include "creation.h"
#include "outcome.h"
#include "session.h"
#include "template.h"
#include "units.h"

static int
run(struct cli *cli, const char *name, const struct template_config *config,
    struct outcome *outcome, struct err *e)
{
	unsigned boot_ms = (unsigned)cli->o.boot_timeout * 1000;
	struct plan *plan = template_create_plan(
	    name, config, boot_ms ? boot_ms : TEMPLATE_BOOT_MS, e);
	struct session *s;
	struct run_result result;

	if (!plan)
		return -1;
	s = session_make(cli, name);
	session_run(s, plan, &result);
	outcome_add(outcome, &result, plan);
	session_free(s);
	plan_free(plan);
	return 0;
}

int
creation_run(struct cli *cli, const char *name, const char *file,
    struct outcome *outcome, struct err *e)
{
	struct template_config config;
	int rc;

	if (template_config_read(&config, file, e) < 0)
		return -1;
	rc = run(cli, name, &config, outcome, e);
	template_config_release(&config);
	return rc;
}

/* "256Mi, 31.25Mi of it not zero, pc-q35-7.2, QEMU 7.2.22". */
static char *
words(const struct template *t)
{
	_free_ char *memory = units_print_bytes(t->config.default_memory);

	return xasprintf("%s of memory, %lluMi of it kept, %s, QEMU %s", memory,
	    (unsigned long long)(t->resident / MIB), t->machine,
	    t->qemu_version);
}

void
creation_print(
    const struct cli *cli, const char *name, const struct outcome *outcome)
{
	struct template *t =
	    outcome->end == PLAN_DONE ? template_load(name, NULL) : NULL;
	_free_ char *what = t ? words(t) : NULL;
	json_t *more =
	    t ? must(json_pack("{s:o}", "template", template_json(t))) : NULL;

	outcome_print(cli, name, outcome, more, what);
	template_free(t);
}
