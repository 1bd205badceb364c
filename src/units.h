/*
 * Quantities as Kubernetes writes them (k8s.io/apimachinery resource.Quantity)
 * and as people read them. Exact: no floating point.
 */
#ifndef UNITS_H
#define UNITS_H

#include "err.h"
#include <jansson.h>

/*
 * Bytes: "768Mi", "1.5Gi", "1e9", "512M", "1073741824". Suffixes k M G T P E
 * and Ki Mi Gi Ti Pi Ei, or an exponent; n, u and m only where the result is
 * whole. Refused with a sentence: negative, not whole bytes after scaling up
 * ("0.5Mi" is 524288 and fine; "0.3" is not), above INT64_MAX, more than 19
 * significant digits, white space, an unknown suffix.
 */
int units_bytes(const char *text, uint64_t *bytes, struct err *e);
/* Thousandths of a CPU: "500m", "2", "1.5", "0.1". Rounded up, as Kubernetes
 * does; at most 1e6 CPUs. */
int units_millicpu(const char *text, uint64_t *milli, struct err *e);

/* A JSON string or number, by the two rules above; a fraction is taken as the
 * shortest decimal that reads back as it. */
int units_json_bytes(const json_t *v, uint64_t *bytes, struct err *e);
int units_json_millicpu(const json_t *v, uint64_t *milli, struct err *e);

/* The quantity in v as its author wrote it, for sentences; the caller frees.
 * NULL when v is neither a string nor a number. */
char *units_json_text(const json_t *v);

/* "768Mi", "1.5Gi", "123456": exact, two decimals at most; the caller frees. */
char *units_print_bytes(uint64_t bytes);

#endif
