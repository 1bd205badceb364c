/* Rows are kept as JSON; the table is made from it. */

#include "report.h"

struct report {
	json_t *groups;
	json_t *rows; /* of the last group; borrowed */
};

struct report *
report_new(void)
{
	struct report *r = xcalloc(1, sizeof(*r));

	r->groups = must(json_array());
	return r;
}

void
report_free(struct report *r)
{
	if (!r)
		return;
	json_decref(r->groups);
	free(r);
}

void
report_group(struct report *r, const char *name)
{
	r->rows = must(json_array());
	json_array_append_new(r->groups,
	    must(json_pack("{s:s, s:o}", "name", name, "rows", r->rows)));
}

/* Adds the row, with its ratio and what that should be. */
static void
add(struct report *r, json_t *row, double ratio, struct target target)
{
	bool met =
	    target.at_least ? ratio >= target.ratio : ratio <= target.ratio;

	if (ratio > 0)
		json_object_set_new(row, "ratio", json_real(ratio));
	if (ratio > 0 && target.ratio > 0) {
		json_object_set_new(row, "target", json_real(target.ratio));
		json_object_set_new(
		    row, "at_least", json_boolean(target.at_least));
		json_object_set_new(row, "met", json_boolean(met));
	}
	json_array_append_new(r->rows, row);
}

void
report_times(struct report *r, const char *name, const struct samples *s,
    double base, struct target target)
{
	double p50 = samples_median(s), ratio = 0;
	json_t *all = must(json_array());
	size_t i;

	for (i = 0; i < s->n; i++)
		json_array_append_new(all, json_real(s->v[i]));
	if (base > 0 && p50 > 0)
		ratio = target.at_least ? base / p50 : p50 / base;
	add(r,
	    must(json_pack("{s:s, s:s, s:i, s:f, s:f, s:f, s:o}", "name", name,
		"unit", "ms", "n", (int)s->n, "min", samples_min(s), "p50", p50,
		"p99", samples_quantile(s, 0.99), "samples", all)),
	    ratio, target);
}

void
report_figure(struct report *r, const char *name, const char *unit,
    double value, double ratio, struct target target)
{
	add(r,
	    must(json_pack(
		"{s:s, s:s, s:f}", "name", name, "unit", unit, "p50", value)),
	    ratio, target);
}

void
report_left_out(struct report *r, const char *name, const char *why)
{
	json_array_append_new(r->rows,
	    must(json_pack("{s:s, s:s}", "name", name, "left_out", why)));
}

void
report_table(struct report *r, const char *name, const char *const *columns)
{
	json_t *names = must(json_array());

	for (; *columns; columns++)
		json_array_append_new(names, json_string(*columns));
	report_group(r, name);
	json_object_set_new(
	    json_array_get(r->groups, json_array_size(r->groups) - 1),
	    "columns", names);
}

void
report_line(struct report *r, const char *name, const double *numbers, size_t n)
{
	json_t *row = must(json_array());
	size_t i;

	for (i = 0; i < n; i++)
		json_array_append_new(
		    row, numbers[i] < 0 ? json_null() : json_real(numbers[i]));
	json_array_append_new(r->rows,
	    must(json_pack("{s:s, s:o}", "name", name, "numbers", row)));
}

/* ---- for people ---- */

/* A number of the row, or blanks. */
static void
print_number(const json_t *row, const char *key)
{
	const json_t *v = json_object_get(row, key);

	if (v)
		printf(" %9.2f", json_number_value(v));
	else
		printf(" %9s", "");
}

static void
print_target(const json_t *row)
{
	const json_t *target = json_object_get(row, "target");

	if (!target)
		return;
	printf("  %s %.2f %s",
	    json_is_true(json_object_get(row, "at_least")) ? ">=" : "<=",
	    json_number_value(target),
	    json_is_true(json_object_get(row, "met")) ? "" : "  not met");
}

/* A row of a table of its own form. */
static void
print_numbers(const char *name, const json_t *numbers)
{
	size_t i;
	json_t *v;

	printf("  %-18s", name);
	json_array_foreach (numbers, i, v) {
		if (json_is_null(v))
			printf(" %14s", "");
		else
			printf(" %14.1f", json_number_value(v));
	}
	printf("\n");
}

static void
print_head(const json_t *group)
{
	const char *name = json_string_value(json_object_get(group, "name"));
	const json_t *columns = json_object_get(group, "columns");
	size_t i;
	json_t *v;

	if (!columns) {
		printf("\n%-35s %5s %9s %9s %9s %9s  target\n", name, "n",
		    "min", "p50", "p99", "ratio");
		return;
	}
	printf("\n%-20s", name);
	json_array_foreach (columns, i, v)
		printf(" %14s", json_string_value(v));
	printf("\n");
}

static void
print_row(const json_t *row)
{
	const char *unit = json_string_value(json_object_get(row, "unit"));
	const char *name = json_string_value(json_object_get(row, "name"));
	const char *why = json_string_value(json_object_get(row, "left_out"));
	const json_t *n = json_object_get(row, "n");

	if (why) {
		printf("  %-30s left out: %s\n", name, why);
		return;
	}
	if (json_object_get(row, "numbers")) {
		print_numbers(name, json_object_get(row, "numbers"));
		return;
	}
	printf("  %-30s %-3s", name, unit);
	if (n)
		printf(" %4d", (int)json_integer_value(n));
	else
		printf(" %4s", "");
	print_number(row, "min");
	print_number(row, "p50");
	print_number(row, "p99");
	print_number(row, "ratio");
	print_target(row);
	printf("\n");
}

void
report_print(const struct report *r, const json_t *facts)
{
	json_t *members = (json_t *)(uintptr_t)facts, *group, *row, *v;
	const char *key;
	size_t i, j;

	json_object_foreach (members, key, v) {
		_free_ char *text =
		    json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT);

		printf("%s: %s\n", key, text);
	}
	json_array_foreach (r->groups, i, group) {
		print_head(group);
		json_array_foreach (json_object_get(group, "rows"), j, row)
			print_row(row);
	}
}

void
report_print_json(const struct report *r, json_t *facts)
{
	json_auto_t *all = must(json_copy(facts));

	json_object_set(all, "groups", r->groups);
	json_dumpf(all, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
	printf("\n");
}
