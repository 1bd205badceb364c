/* version: which qmpctl this is, and what it stands on. */

#include "output.h"
#include <event2/event.h>

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unreleased"
#endif

static enum status
version(struct cli *cli, struct err *e)
{
	if (output_is_json(cli))
		output_json(must(json_pack("{s:s, s:s, s:s}", "version",
		    PACKAGE_VERSION, "libevent", event_get_version(), "jansson",
		    jansson_version_str())));
	else
		printf("qmpctl %s\n", PACKAGE_VERSION);
	return STATUS_DONE;
}

const struct command version_command = {
	.name = "version",
	.help = "print the version",
	.text = "Prints the version; as JSON also that of the libraries.",
	.exec = version,
};
