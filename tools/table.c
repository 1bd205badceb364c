/* Cells in rows, printed as wide as they need. */

#include "table.h"
#include "text.h"

#define GAP 2

struct table {
	const struct column *columns;
	size_t columns_n;
	char **cells;
	size_t cells_n;
};

struct table *
table_new(const struct column *columns)
{
	struct table *table = xcalloc(1, sizeof(*table));

	table->columns = columns;
	while (columns[table->columns_n].head)
		table->columns_n++;
	return table;
}

void
table_free(struct table *table)
{
	size_t i;

	if (!table)
		return;
	for (i = 0; i < table->cells_n; i++)
		free(table->cells[i]);
	free(table->cells);
	free(table);
}

void
table_cell(struct table *table, const char *fmt, ...)
{
	_free_ char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = must(NULL);
	va_end(ap);
	table->cells =
	    xrealloc(table->cells, table->cells_n + 1, sizeof(char *));
	table->cells[table->cells_n++] = text_safe(text);
}

/* The text of a cell; row 0 has the heads. */
static const char *
cell(const struct table *table, size_t row, size_t column)
{
	size_t at = (row - 1) * table->columns_n + column;

	if (row == 0)
		return table->columns[column].head;
	return at < table->cells_n ? table->cells[at] : "";
}

static size_t
rows(const struct table *table)
{
	return 1 + (table->cells_n + table->columns_n - 1) / table->columns_n;
}

static size_t
width(const struct table *table, size_t column)
{
	size_t most = 0, row;

	for (row = 0; row < rows(table); row++)
		most = MAX(most, text_width(cell(table, row, column)));
	return most;
}

/* Whether every cell from this column on is empty. */
static bool
is_rest_empty(const struct table *table, size_t row, size_t column)
{
	for (; column < table->columns_n; column++)
		if (*cell(table, row, column))
			return false;
	return true;
}

static void
print_row(
    const struct table *table, const size_t *widths, size_t row, FILE *file)
{
	size_t i;

	for (i = 0; i < table->columns_n; i++) {
		const char *text = cell(table, row, i);
		int pad = (int)(widths[i] - text_width(text));
		bool last = is_rest_empty(table, row, i + 1);

		if (table->columns[i].right)
			fprintf(file, "%*s%s", pad, "", text);
		else
			fprintf(file, "%s%*s", text, last ? 0 : pad, "");
		if (last)
			break;
		fprintf(file, "%*s", GAP, "");
	}
	fputc('\n', file);
}

void
table_print(const struct table *table, FILE *file)
{
	_free_ size_t *widths = xcalloc(table->columns_n, sizeof(*widths));
	size_t i;

	for (i = 0; i < table->columns_n; i++)
		widths[i] = width(table, i);
	for (i = is_rest_empty(table, 0, 0) ? 1 : 0; i < rows(table); i++)
		print_row(table, widths, i, file);
}
