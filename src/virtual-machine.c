/* qmpd's own document: the size and the devices of the VM itself. */
#include "spec-internal.h"

struct machine {
	struct spec *spec;
	int64_t vcpus;
	uint64_t memory;
	int sizing;
};

/* One of a list of devices: id and type, and the rest for its family to check.
 */
static int
decode_device(struct decode *d, const json_t *v, void *member, struct err *e)
{
	struct {
		char *id, *type;
	} names = { NULL };
	static const struct decode_row rows[] = {
		{ "id", DECODE_STRING, 0, true },
		{ "type", DECODE_STRING, sizeof(char *), true },
		DECODE_OTHERS_PASS,
	};
	struct spec *spec = member;
	json_t *params;
	int result = decode_object(d, v, rows, &names, e);

	if (result == 0) {
		params = must(json_deep_copy(v));
		json_object_del(params, "id");
		json_object_del(params, "type");
		result =
		    spec_add_device(d, spec, names.id, names.type, params, e);
	}
	free(names.id);
	free(names.type);
	return result;
}

int
spec_decode_devices(
    struct decode *d, const json_t *v, struct spec *spec, struct err *e)
{
	return decode_list(d, v, decode_device, spec, e);
}

/* spec.devices. */
static int
decode_devices(struct decode *d, const json_t *v, void *member, struct err *e)
{
	struct machine *machine = member;

	return spec_decode_devices(d, v, machine->spec, e);
}

/* metadata, into the spec. */
static int
decode_metadata(struct decode *d, const json_t *v, void *member, struct err *e)
{
	struct machine *machine = member;

	return spec_decode_metadata(d, v, machine->spec, e);
}

static const struct decode_row spec_rows[] = {
	{ "vcpus", DECODE_INT, offsetof(struct machine, vcpus), .min = 1,
	    .max = SPEC_VCPUS_MAX, .help = "vCPUs of the VM" },
	{ "memory", DECODE_FN, offsetof(struct machine, memory),
	    .fn = spec_decode_memory, .help = "memory of the VM" },
	{ "sizing", DECODE_ENUM, offsetof(struct machine, sizing),
	    .names = spec_sizing_names,
	    .help = "floor: boot size is a minimum; kata: it is added" },
	{ "devices", DECODE_FN, .fn = decode_devices,
	    .help = "id, type and the type's own keys, each" },
	{ NULL },
};

/* spec, into the whole struct machine. */
static int
decode_spec(struct decode *d, const json_t *v, void *member, struct err *e)
{
	struct machine *machine = member;

	machine->sizing = (int)machine->spec->sizing;
	return decode_object(d, v, spec_rows, machine, e);
}

static const struct decode_row rows[] = {
	{ "apiVersion", DECODE_IGNORE, .required = true },
	{ "kind", DECODE_IGNORE, .required = true },
	{ "metadata", DECODE_FN, .fn = decode_metadata },
	{ "spec", DECODE_FN, .required = true, .fn = decode_spec },
	{ NULL },
};

int
spec_decode_vm(
    struct decode *d, const json_t *root, struct spec *spec, struct err *e)
{
	struct machine machine = { spec };

	if (decode_object(d, root, rows, &machine, e) < 0)
		return -1;
	spec->sizing = (enum spec_sizing)machine.sizing;
	spec->has_cpu = machine.vcpus > 0;
	spec->millicpu = (uint64_t)machine.vcpus * 1000;
	spec->has_memory = machine.memory > 0;
	spec->memory = machine.memory;
	if (spec->has_cpu)
		spec_add_term(
		    &spec->cpu_terms, spec->millicpu, true, "spec.vcpus");
	if (spec->has_memory)
		spec_add_term(
		    &spec->memory_terms, spec->memory, true, "spec.memory");
	return 0;
}
