/* Steps as they end, and the wire for -v. */

#include "progress.h"
#include "command.h"
#include "text.h"
#include "vm.h"

/* Long work is shown even where nobody looks: in a build's log. */
static bool
is_wanted(const struct cli *cli)
{
	bool is_long = str_eq(cli->command->name, "template create");

	if (cli->o.quiet)
		return false;
	return cli->o.verbose || is_long || isatty(STDERR_FILENO);
}

/* Reading is no step worth a line, unless it went wrong. */
static bool
is_dull(const struct plan_step *step)
{
	return step->step->flags & STEP_QUIET && step->result == STEP_DONE;
}

void
progress_step(void *arg, const struct plan_step *step)
{
	const struct cli *cli = arg;
	_free_ char *title = NULL, *ms = NULL, *line = NULL, *safe = NULL;

	if (!is_wanted(cli) || is_dull(step))
		return;
	title = plan_step_title(step);
	ms = text_ms((double)step->us / 1000);
	line =
	    xasprintf("%s: %s, %s%s%s", title, step_result_name(step->result),
		ms, step->note ? ": " : "", step->note ? step->note : "");
	safe = text_safe(line);
	fprintf(stderr, "  %s\n", safe);
}

void
progress_trace(
    void *arg, enum qmp_dialect dialect, char way, const char *text, size_t n)
{
	const struct vm *vm = arg;
	_free_ char *line = must(strndup(text, n));
	_free_ char *safe = NULL;

	line[strcspn(line, "\r\n")] = '\0';
	safe = text_safe(line);
	fprintf(stderr, "%s %s %c %s\n", vm_name(vm),
	    dialect == QMP_AGENT ? "agent" : "monitor", way, safe);
}
