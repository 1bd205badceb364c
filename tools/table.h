/*
 * Tables for people: columns as wide as their widest cell. Cells are made
 * safe for a terminal.
 */
#ifndef TABLE_H
#define TABLE_H

#include "base.h"

struct table;

struct column {
	const char *head;
	bool right; /* a figure */
};

/* columns ends with a head that is NULL, and is borrowed. */
struct table *table_new(const struct column *columns);
void table_free(struct table *table);

/* The next cell, row by row. */
PRINTF(2, 3) void table_cell(struct table *table, const char *fmt, ...);

/* Nothing stands behind a row's last word. heads: "" in all of them shows no
 * line of heads. */
void table_print(const struct table *table, FILE *file);

#endif
