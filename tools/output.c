/* Results on standard output, sentences on standard error. */

#include "output.h"
#include "text.h"

/* 15 digits are what a double holds: 812.345 stays 812.345. */
#define FLAGS (JSON_INDENT(2) | JSON_REAL_PRECISION(15) | JSON_ENCODE_ANY)

bool
output_is_json(const struct cli *cli)
{
	return cli->o.output == OUTPUT_JSON;
}

void
output_json(json_t *json)
{
	size_t ascii = isatty(STDOUT_FILENO) ? JSON_ENSURE_ASCII : 0;

	json_dumpf(json, stdout, FLAGS | ascii);
	fputc('\n', stdout);
	json_decref(json);
}

void
output_complain(const char *fmt, ...)
{
	_free_ char *text = NULL, *safe = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = must(NULL);
	va_end(ap);
	safe = text_safe(text);
	fflush(stdout);
	fprintf(stderr, "qmpctl: %s\n", safe);
}

void
output_error(const struct cli *cli, const char *text)
{
	if (output_is_json(cli))
		output_json(must(json_pack("{s:s, s:o}", "result", "failed",
		    "error", text_json(text))));
	output_complain("%s", text);
}

enum status
output_finish(enum status status)
{
	/* A reader that has seen enough is no failure. */
	if ((fflush(stdout) == 0 && !ferror(stdout)) || errno == EPIPE)
		return status;
	output_complain("cannot write the result: %s", strerror(errno));
	return status == STATUS_DONE ? STATUS_FAILED : status;
}
