/* rm: a VM goes away. */

#include "clone.h"
#include "outcome.h"
#include "record.h"
#include "session.h"

static enum status
rm(struct cli *cli, struct err *e)
{
	struct session *s =
	    session_find(cli, cli->words[0], session_patience_ms(cli), e);
	struct outcome outcome = { 0 };
	struct run_result result;
	struct plan *plan;
	enum status status = STATUS_FAILED;

	if (s &&
	    (session_state(s) == SESSION_BUSY ||
		session_state(s) == SESSION_MAKING)) {
		err_set(e, "vm %s: %s", session_name(s), session_why(s));
	} else if (s) {
		plan = remove_plan(session_record(s));
		session_run(s, plan, &result);
		outcome_add(&outcome, &result, plan);
		plan_free(plan);
		outcome_print(cli, session_name(s), &outcome, NULL, "removed");
		status = outcome_status(&outcome);
	}
	outcome_release(&outcome);
	session_free(s);
	return status;
}

static const struct argument arguments[] = {
	{ "VM", ARGUMENT_VM },
	{ NULL },
};

const struct command rm_command = {
	.name = "rm",
	.arguments = arguments,
	.help = "end a VM and remove it",
	.text = "Ends a VM's QEMU (SIGTERM, and SIGKILL after 5 seconds) and "
		"removes its folder and its record. What is left of a VM whose "
		"QEMU has ended, or that was never finished, goes away too.",
	.exec = rm,
};
