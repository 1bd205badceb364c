/* Small shell scripts in the guest. */

#include "script.h"
#include "base64.h"
#include "commands.h"

/* The first line that a script printed. */
static char *
first_line(const json_t *status, const char *key)
{
	const char *base64 = json_string_value(json_object_get(status, key));
	char *text = base64 ? base64_decode(base64, NULL) : NULL;

	if (!text)
		return xstrdup("");
	text[strcspn(text, "\n")] = '\0';
	return text;
}

/* guest-exec-status: {exited, exitcode, out-data, err-data}. */
static enum verdict
probed_exit(struct run *run, void *subject, const json_t *value)
{
	_free_ char *out = NULL, *err = NULL;
	json_int_t code;

	if (!json_is_true(json_object_get(value, "exited")))
		return NOT_YET;
	out = first_line(value, "out-data");
	err = first_line(value, "err-data");
	code = json_integer_value(json_object_get(value, "exitcode"));
	if (code != 0 || json_object_get(value, "signal"))
		return run_refuse(run, "the guest's script failed (%d): %s",
		    (int)code, *err ? err : out);
	if (*out)
		run_note(run, "%s", out);
	return MET;
}

static void
wait_for_end(struct run *run, const json_t *started, unsigned timeout_ms)
{
	json_t *pid = json_object_get(started, "pid");

	want_until(run,
	    &(struct wait){
		.what = "the guest's script to end",
		.side = RUN_AGENT,
		.probe = cmd_guest_exec_status(json_integer_value(pid)),
		.probed = probed_exit,
		.timeout_ms = timeout_ms,
	    });
}

static void
on_started(struct run *run, void *subject, const json_t *value)
{
	wait_for_end(run, value, 0);
}

static void
on_slow_started(struct run *run, void *subject, const json_t *value)
{
	wait_for_end(run, value, SCRIPT_SLOW_MS);
}

static void
start(struct run *run, const char *script, const char *input,
    run_value_fn *started)
{
	_free_ char *base64 = base64_encode(input, strlen(input));

	want_value(
	    run, RUN_AGENT, cmd_guest_exec_script(script, base64), started);
}

void
want_script(struct run *run, const char *script, const char *input)
{
	start(run, script, input, on_started);
}

void
want_slow_script(struct run *run, const char *script, const char *input)
{
	start(run, script, input, on_slow_started);
}
