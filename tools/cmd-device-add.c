/* device add: one device more. */

#include "change.h"
#include "device.h"

static enum status
device_add(struct cli *cli, struct err *e)
{
	json_t *params =
	    device_parse_params(cli->words + 2, cli->words_n - 2, e);
	struct request request = {
		.add_type = cli->words[0],
		.add_id = cli->words[1],
		.add_params = params,
	};
	enum status status =
	    params ? change_vm(cli, &request, e) : STATUS_USAGE;

	json_decref(params);
	return status;
}

/* The families and their keys, from their rows. */
static void
print_families(FILE *file)
{
	const struct decode_row *row;
	size_t i;

	for (i = 0; device_types[i]; i++) {
		fprintf(file, "\nTYPE %s (%s) has the keys:\n",
		    device_types[i]->name, device_types[i]->words);
		for (row = device_types[i]->rows; row->key; row++) {
			int n = fprintf(file, "  %s%s", row->key,
			    row->required ? " (required)" : "");

			fprintf(file, "%*s", n < 26 ? 26 - n : 1, "");
			usage_wrap(file, MAX(n + 1, 26), 26, row->help);
		}
	}
}

static const struct argument arguments[] = {
	{ "VM", ARGUMENT_VM },
	{ "TYPE", ARGUMENT_DEVICE_TYPE },
	{ "ID", ARGUMENT_DEVICE_ID },
	{ "KEY=VALUE", ARGUMENT_TEXT, .optional = true, .repeats = true },
	{ NULL },
};

const struct command device_add_command = {
	.name = "device add",
	.arguments = arguments,
	.help = "plug a device",
	.text = "Plugs a device into a running VM, and waits until the guest "
		"has it. A device of this ID that is there already, with the "
		"same parameters, is left alone.",
	.flags = COMMAND_VM,
	.exec = device_add,
	.more = print_families,
};
