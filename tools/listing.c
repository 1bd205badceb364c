/* Tables of what a VM has. */

#include "listing.h"
#include "table.h"
#include "text.h"

static const struct column two_columns[] = { { "" }, { "" }, { NULL } };

static void
print_and_free(struct table *table)
{
	table_print(table, stdout);
	table_free(table);
}

void
listing_pairs(const struct pair *pairs, size_t n)
{
	struct table *table = table_new(two_columns);
	size_t i;

	for (i = 0; i < n; i++) {
		if (pairs[i].value) {
			table_cell(table, "%s", pairs[i].name);
			table_cell(table, "%s", pairs[i].value);
		}
		free(pairs[i].value);
	}
	print_and_free(table);
}

/* ---- figures ---- */

static const struct column figure_columns[] = { { "" }, { "DESIRED", true },
	{ "REQUESTED", true }, { "ACTUAL", true }, { "BOOT", true },
	{ "MAX", true }, { NULL } };

static const char *const figures[] = { "desired", "requested", "actual", "boot",
	"max" };

static void
add_figures(struct table *table, const char *name, const json_t *object,
    char *(*text)(const json_t *))
{
	size_t i;

	table_cell(table, "%s", name);
	for (i = 0; i < ARRAY_SIZE(figures); i++) {
		_free_ char *value = text(json_object_get(object, figures[i]));

		table_cell(table, "%s", value);
	}
}

void
listing_figures(const json_t *facts)
{
	struct table *table = table_new(figure_columns);

	add_figures(
	    table, "vcpus", json_object_get(facts, "vcpus"), text_value);
	add_figures(
	    table, "memory", json_object_get(facts, "memory"), text_bytes);
	print_and_free(table);
}

/* ---- lists ---- */

static void
add_values(struct table *table, const json_t *object,
    const struct column *columns, const char *const *keys)
{
	size_t i;

	for (i = 0; columns[i].head; i++) {
		_free_ char *value =
		    text_value(json_object_get(object, keys[i]));

		table_cell(table, "%s", value);
	}
}

static void
print_list(
    const json_t *list, const struct column *columns, const char *const *keys)
{
	struct table *table = table_new(columns);
	size_t i;
	json_t *item;

	json_array_foreach (list, i, item)
		add_values(table, item, columns, keys);
	print_and_free(table);
}

void
listing_devices(const json_t *devices)
{
	static const struct column columns[] = { { "DEVICE" }, { "TYPE" },
		{ "BUS" }, { "SLOT", true }, { "GUEST PATH" }, { "STATE" },
		{ NULL } };
	static const char *const keys[] = { "id", "type", "bus", "slot",
		"guest_path", "state" };

	print_list(devices, columns, keys);
}

void
listing_buses(const json_t *buses)
{
	static const struct column columns[] = { { "BUS" }, { "TYPE" },
		{ "SLOTS", true }, { "USED", true }, { "HOTPLUG" }, { NULL } };
	static const char *const keys[] = { "id", "type", "slots", "used",
		"hotplug" };

	print_list(buses, columns, keys);
}

/* ---- any JSON ---- */

static void add_tree(
    struct table *table, const char *path, const json_t *value);

static void
add_members(struct table *table, const char *path, const json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)object, key, value) {
		_free_ char *below =
		    xasprintf("%s%s%s", path, *path ? "." : "", key);

		add_tree(table, below, value);
	}
}

static void
add_items(struct table *table, const char *path, const json_t *array)
{
	size_t i;
	json_t *value;

	json_array_foreach (array, i, value) {
		_free_ char *below = xasprintf("%s[%zu]", path, i);

		add_tree(table, below, value);
	}
}

static void
add_tree(struct table *table, const char *path, const json_t *value)
{
	_free_ char *text = NULL;

	if (json_is_object(value)) {
		add_members(table, path, value);
	} else if (json_is_array(value)) {
		add_items(table, path, value);
	} else {
		text = text_value(value);
		table_cell(table, "%s", path);
		table_cell(table, "%s", text);
	}
}

void
listing_tree(const json_t *value)
{
	struct table *table = table_new(two_columns);

	add_tree(table, "", value);
	print_and_free(table);
}
