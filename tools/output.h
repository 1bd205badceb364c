/* Where results and errors are printed. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include "command.h"
#include <jansson.h>

bool output_is_json(const struct cli *cli);
/* On standard output, with a newline; json is taken over. */
void output_json(json_t *json);
/* "qmpctl: …" on standard error. */
PRINTF(1, 2) void output_complain(const char *fmt, ...);
/* The same, and as JSON where that is wanted. */
void output_error(const struct cli *cli, const char *text);
/* All was written; STATUS_FAILED and a sentence when not. */
enum status output_finish(enum status status);

#endif
