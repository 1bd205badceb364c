/* A recorded VM, a request, and the plan as text. */
#include "fitting.h"
#include "run.h"
#include "scratch.h"
#include "vm.h"

const char *fitting_image;

int
fitting_setup(void **state)
{
	if (scratch_setup(state) < 0)
		return -1;
	fitting_image = scratch_image("disk.img", MIB);
	return 0;
}

void
fitting_read(struct fitting *f, const char *recording)
{
	*f = (struct fitting){ .plan = NULL };
	replies_read(&f->r, recording);
}

void
fitting_free(struct fitting *f)
{
	plan_free(f->plan);
	fitted_release(&f->fitted);
	replies_free(&f->r);
}

int
fitting_fit(struct fitting *f, const struct request *request)
{
	struct vm *vm;
	int rc;

	plan_free(f->plan);
	fitted_release(&f->fitted);
	f->plan = plan_new();
	f->e.text[0] = '\0';
	f->r.features = fit_features(request);
	rc = fit(replies_observe(&f->r), request, f->plan, &f->fitted, &f->e);
	vm = vm_new(f->r.clock, "web");
	run_rehearse(vm, f->plan);
	vm_free(vm);
	return rc;
}

int
fitting_resize(struct fitting *f, int vcpus, uint64_t memory)
{
	struct request request = { .resize = { vcpus, memory } };

	return fitting_fit(f, &request);
}

int
fitting_add_disk(struct fitting *f, const char *id)
{
	json_auto_t *params = json_pack("{s:s}", "image", fitting_image);
	struct request request = {
		.add_type = "blk", .add_id = id, .add_params = params
	};

	return fitting_fit(f, &request);
}

int
fitting_remove_disk(struct fitting *f, const char *id)
{
	struct request request = { .remove_id = id };

	return fitting_fit(f, &request);
}

/* The recorded disk's, and one for each other. */
static const char *
image_of(const char *id)
{
	_free_ char *name = xasprintf("%s.img", id);

	return str_eq(id, "data") || str_eq(id, LONG_ID)
	    ? fitting_image
	    : scratch_image(name, MIB);
}

int
fitting_want_disks(struct fitting *f, const char *const *ids, size_t n)
{
	struct spec_device devices[8];
	struct spec spec = { .kind = SPEC_VM,
		.has_cpu = true,
		.has_memory = true,
		.millicpu = 2000,
		.memory = 384 * MIB,
		.devices = devices,
		.devices_n = n };
	struct request request = { .spec = &spec };
	_free_ char *type = xstrdup("blk");
	size_t i;
	int rc;

	assert_true(n <= ARRAY_SIZE(devices));
	for (i = 0; i < n; i++)
		devices[i] = (struct spec_device){ .id = xstrdup(ids[i]),
			.type = type,
			.params =
			    json_pack("{s:s}", "image", image_of(ids[i])) };
	rc = fitting_fit(f, &request);
	for (i = 0; i < n; i++) {
		free(devices[i].id);
		json_decref(devices[i].params);
	}
	return rc;
}

/* ---- the plan as text ---- */

static void
append(char **text, const char *line)
{
	char *longer = xasprintf("%s%s\n", *text, line);

	free(*text);
	*text = longer;
}

static void
append_command(char **text, const json_t *does)
{
	const json_t *command = json_object_get(does, "command");
	const json_t *arguments = json_object_get(command, "arguments");
	const char *to = json_string_value(json_object_get(does, "to"));
	_free_ char *values =
	    arguments ? json_dumps(arguments, JSON_SORT_KEYS) : xstrdup("");
	_free_ char *line =
	    xasprintf("  %s%s%s%s", str_eq(to, "agent") ? "agent: " : "",
		json_string_value(json_object_get(command, "execute")),
		*values ? " " : "", values);
	char *p;

	for (p = line; *p; p++)
		if (*p == '"')
			*p = '\'';
	append(text, line);
}

static char *
rehearsal(const struct fitting *f, bool names_only)
{
	json_auto_t *steps = plan_rehearsal_json(f->plan);
	_free_ char *text = xstrdup("");
	size_t i, j;
	json_t *step, *does;

	json_array_foreach (steps, i, step) {
		append(&text, json_string_value(json_object_get(step, "name")));
		json_array_foreach (json_object_get(step, "does"), j, does) {
			const json_t *what = json_object_get(does, "waits for");
			_free_ char *waits = what ? xasprintf("  waits for %s",
							json_string_value(what))
						  : NULL;

			if (names_only)
				continue;
			if (waits)
				append(&text, waits);
			else
				append_command(&text, does);
		}
	}
	return scratch() ? scratch_strip(text) : TAKE(text);
}

static void
expect(const struct fitting *f, const char *wanted, bool names_only)
{
	_free_ char *got = rehearsal(f, names_only);

	if (!str_eq(got, wanted))
		fail_msg("wanted:\n%s\ngot:\n%s%s", wanted, got, f->e.text);
}

void
expect_steps(const struct fitting *f, const char *names)
{
	expect(f, names, true);
}

void
expect_rehearsal(const struct fitting *f, const char *text)
{
	expect(f, text, false);
}

void
expect_refused(const struct fitting *f, int rc, const char *sentence)
{
	_free_ char *text =
	    scratch() ? scratch_strip(f->e.text) : xstrdup(f->e.text);

	assert_int_equal(rc, -1);
	assert_string_equal(text, sentence);
	assert_true(plan_is_empty(f->plan));
}

/* ---- what the VM has ---- */

static json_t *
dimm_reply(unsigned number, uint64_t size)
{
	return json_pack("{s:s, s:{s:o, s:o, s:I, s:b, s:b, s:i, s:i, s:I}}",
	    "type", "dimm", "data", "id", json_sprintf("qmpd-dimm-%u", number),
	    "memdev", json_sprintf("/objects/qmpd-mem-%u", number), "size",
	    (json_int_t)size, "hotplugged", 1, "hotpluggable", 1, "slot",
	    (int)number, "node", 0, "addr", (json_int_t)(4 * GIB));
}

void
give_dimms(struct fitting *f, const unsigned *mib, size_t n)
{
	json_t *dimms = replies_value(&f->r, "query-memory-devices");
	json_t *objects = replies_value(&f->r, "qom-list-objects");
	json_t *blocks = replies_value(&f->r, "guest-get-memory-blocks");
	uint64_t plugged = 0;
	unsigned i;

	json_array_clear(dimms);
	json_array_clear(blocks);
	json_array_clear(objects);
	for (i = 0; i < n; i++) {
		if (!mib[i])
			continue;
		json_array_append_new(dimms, dimm_reply(i, mib[i] * MIB));
		json_array_append_new(objects,
		    json_pack("{s:o, s:s}", "name",
			json_sprintf("qmpd-mem-%u", i), "type",
			"child<memory-backend-ram>"));
		plugged += mib[i] * MIB;
	}
	for (i = 0; i < 2 + plugged / (128 * MIB); i++)
		json_array_append_new(blocks,
		    json_pack("{s:i, s:b, s:b}", "phys-index", (int)i,
			"can-offline", 1, "online", 1));
	json_object_set_new(replies_value(&f->r, "query-memory-size-summary"),
	    "plugged-memory", json_integer((json_int_t)plugged));
}

void
give_kvm(struct fitting *f)
{
	replies_set(&f->r, "query-kvm", "{'enabled': true, 'present': true}");
}

void
give_slots(struct fitting *f, int slots)
{
	json_object_set_new(replies_value(&f->r, "qom-get-machine-memory"),
	    "slots", json_integer(slots));
}

/* The functions below the bridge of query-pci. */
static json_t *
bridge_devices(const struct fitting *f)
{
	json_t *root = json_array_get(replies_value(&f->r, "query-pci"), 0);
	size_t i;
	json_t *v;

	json_array_foreach (json_object_get(root, "devices"), i, v) {
		const char *id =
		    json_string_value(json_object_get(v, "qdev_id"));
		json_t *bridge = json_object_get(v, "pci_bridge");

		if (!str_eq(id, "pci-bridge-0"))
			continue;
		if (!json_object_get(bridge, "devices"))
			json_object_set_new(bridge, "devices", json_array());
		return json_object_get(bridge, "devices");
	}
	fail_msg("no bridge was recorded");
	return NULL;
}

void
fill_bridge(struct fitting *f, unsigned n)
{
	json_t *devices = bridge_devices(f);
	unsigned i;

	json_array_clear(devices);
	for (i = 1; i <= n; i++)
		json_array_append_new(devices,
		    json_pack("{s:i, s:i, s:i, s:s, s:[]}", "bus", 1, "slot",
			(int)i, "function", 0, "qdev_id", "", "regions"));
}

void
give_image(struct fitting *f, const char *path)
{
	json_t *nodes = replies_value(&f->r, "query-named-block-nodes"), *v;
	size_t i;

	json_array_foreach (nodes, i, v)
		json_object_set_new(v, "file", json_string(path));
}
