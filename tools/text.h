/*
 * Text between this program and what it prints to: what others said is made
 * safe for a terminal and for JSON, figures are written as people read them.
 */
#ifndef TEXT_H
#define TEXT_H

#include "base.h"
#include <jansson.h>

/* Control characters become "?"; the caller frees. */
char *text_safe(const char *text);
/* Characters, not bytes. */
size_t text_width(const char *text);
/* A JSON string; where the text is not UTF-8, its bytes stand as \xNN. */
json_t *text_json(const char *text);

/* "0.4 ms", "812 ms", "3.41 s"; the caller frees. */
char *text_ms(double ms);
/* Bytes as "768Mi", "-" for null; the caller frees. */
char *text_bytes(const json_t *bytes);
/* Thousandths of a CPU: "2", "1.5", "0.25"; the caller frees. */
char *text_millicpu(json_int_t milli);
/* Any scalar as it is read in a table, "-" for null; the caller frees. */
char *text_value(const json_t *value);

#endif
