/*
 * A walk over what query-qmp-schema answers (QEMU docs/devel/qapi-code-gen,
 * "Client JSON Protocol introspection"). Pure; QEMU is not trusted: whatever
 * the schema says, a walk ends.
 */
#ifndef SCHEMA_H
#define SCHEMA_H

#include "base.h"
#include <jansson.h>

struct schema;

/* Borrows the answer, which must outlive it; NULL is a schema of nothing. */
struct schema *schema_new(const json_t *answer);
/* NULL is allowed. */
void schema_free(struct schema *schema);

/*
 * Whether this QEMU knows what the path names: a command, then a member, the
 * case of a variant, or a value of an enum, each in the type of the one
 * before: "chardev-add/backend/socket/data/reconnect". Arrays and alternates
 * are looked into without a word of the path.
 */
bool schema_has(const struct schema *schema, const char *path);

#endif
