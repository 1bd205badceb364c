/* Parts of a VM as people read them, from the contract's JSON. */
#ifndef LISTING_H
#define LISTING_H

#include "base.h"
#include <jansson.h>

/* Lines "NAME  value"; rows whose value is NULL are left out. */
struct pair {
	const char *name;
	char *value; /* freed by listing_pairs */
};
void listing_pairs(const struct pair *pairs, size_t n);

/* vcpus and memory, each with desired, requested, actual, boot and max. */
void listing_figures(const json_t *facts);
void listing_devices(const json_t *devices);
void listing_buses(const json_t *buses);

/* Every scalar below value, one a line: "qemu.version  7.2.22". */
void listing_tree(const json_t *value);

#endif
