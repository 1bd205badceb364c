/* apply: a VM becomes what a spec says. */

#include "change.h"
#include "spec.h"

static enum status
apply(struct cli *cli, struct err *e)
{
	struct spec *spec = spec_read(cli->o.file, e);
	struct request request = { .spec = spec };
	enum status status = spec ? change_vm(cli, &request, e) : STATUS_FAILED;

	spec_free(spec);
	return status;
}

static const struct argument arguments[] = {
	{ "VM", ARGUMENT_VM },
	{ NULL },
};

static const struct option_row options[] = {
	{ "file", 'f', OPTION_FILE, OPTION(file), "FILE",
	    "the spec, in YAML or JSON; - is standard input",
	    .required = true },
	{ NULL },
};

const struct command apply_command = {
	.name = "apply",
	.arguments = arguments,
	.help = "fit a running VM to a spec",
	.text = "Fits a running VM to a spec: a Kubernetes Pod, an OCI "
		"config.json or a VirtualMachine. vCPUs, memory and devices "
		"are plugged and unplugged until the VM is what the spec "
		"says, and the guest confirms it. Devices that qmpd added "
		"and the spec does not name go away. What fails is undone. "
		"When nothing differs, nothing is done.",
	.options = options,
	.flags = COMMAND_VM,
	.exec = apply,
};
