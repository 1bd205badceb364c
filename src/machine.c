/* The table of machines. */

#include "machine.h"
#include "host.h"
#include "quote.h"
#include <sys/utsname.h>

/* ---- kernels ---- */

/* "HdrS" at 0x202 (Linux Documentation/arch/x86/boot.rst). */
static bool
is_bzimage(const uint8_t *head, size_t n)
{
	return n >= 0x206 && memcmp(head + 0x202, "HdrS", 4) == 0;
}

/*
 * "ARM\x64" at 0x38 (Linux Documentation/arch/arm64/booting.rst), or a file
 * that QEMU unpacks: gzip, and since 8.0 the kernel's own EFI wrapper, which
 * has "zimg" at 4 (drivers/firmware/efi/libstub/zboot-header.S).
 */
static bool
is_arm64_image(const uint8_t *head, size_t n)
{
	if (n >= 3 && memcmp(head, "\x1f\x8b\x08", 3) == 0)
		return true;
	if (n >= 8 && memcmp(head, "MZ", 2) == 0 &&
	    memcmp(head + 4, "zimg", 4) == 0)
		return true;
	return n >= 0x3c && memcmp(head + 0x38, "ARM\x64", 4) == 0;
}

/* ---- the table ---- */

#define X86                                                                    \
	.qemu = "qemu-system-x86_64", .architecture = "x86_64",                \
	.cpu = { [MACHINE_TCG] = "max", [MACHINE_KVM] = "host" },              \
	.options = { [MACHINE_TCG] = "", [MACHINE_KVM] = "" },                 \
	.console = "ttyS0",                                                    \
	.words = { BOOT_WORDS("earlyprintk=ttyS0,115200") },                   \
	.is_kernel = is_bzimage, .kernel = "a Linux bzImage", .first_slot = 2, \
	.bridge_acpi = true, .bridges = 1, .vmgenid = true,                    \
	.disk_addresses = true, .cpu_hotplug = true, .dimm_hotplug = true

#define BOOT_WORDS(early)                                                     \
	[MACHINE_QUIET] = "quiet",                                            \
	[MACHINE_DEBUG] = "debug initcall_debug " early,                      \
	[MACHINE_QUIET_SYSTEMD] = "quiet systemd.show_status=false",          \
	[MACHINE_DEBUG_SYSTEMD] = "debug " early " systemd.show_status=true " \
				  "systemd.log_level=debug "                  \
				  "systemd.log_target=console"

/* A name with a version begins with only one of the prefixes. */
static const struct machine machines[] = {
	{ .name = "q35",
	    .prefix = "pc-q35-",
	    .root = "pcie.0",
	    .express = true,
	    .bridge_major = 6,
	    .bridge_minor = 1,
	    X86 },
	{ .name = "pc",
	    .prefix = "pc-i440fx-",
	    .root = "pci.0",
	    .root_hotplug = true,
	    X86 },
	/* Its ACPI is the firmware's, and we boot without one: what takes
	 * devices does it natively, and nothing plugs vCPUs or DIMMs. Its PCI
	 * bus is below a platform device, where qemu-ga looks for none. */
	{ .name = "virt",
	    .prefix = "virt-",
	    .qemu = "qemu-system-aarch64",
	    .architecture = "aarch64",
	    .cpu = { [MACHINE_TCG] = "max", [MACHINE_KVM] = "host" },
	    .options = { [MACHINE_TCG] = "gic-version=max",
		[MACHINE_KVM] = "gic-version=host" },
	    .console = "ttyAMA0",
	    .words = { BOOT_WORDS("earlycon") },
	    .is_kernel = is_arm64_image,
	    .kernel = "an arm64 Linux Image, plain or compressed",
	    .root = "pcie.0",
	    .first_slot = 2,
	    .express = true,
	    .ports = 4 },
};

const struct machine *
machine_find(const char *type)
{
	size_t i;

	for (i = 0; type && i < ARRAY_SIZE(machines); i++) {
		const struct machine *m = &machines[i];

		if (str_eq(type, m->name) ||
		    (str_starts(type, m->prefix) && type[strlen(m->prefix)]))
			return m;
	}
	return NULL;
}

bool
machine_is_native(const struct machine *m)
{
	struct utsname host;

	return uname(&host) == 0 && str_eq(host.machine, m->architecture);
}

bool
machine_disk_addresses(const char *type)
{
	const struct machine *m = machine_find(type);

	return !m || m->disk_addresses;
}

bool
machine_bridges_hotplug(const char *type)
{
	const struct machine *m = machine_find(type);
	int major, minor;

	if (!m || !str_starts(type, m->prefix) ||
	    sscanf(type + strlen(m->prefix), "%d.%d", &major, &minor) != 2)
		return true;
	return major > m->bridge_major ||
	    (major == m->bridge_major && minor >= m->bridge_minor);
}

/* ---- asking a QEMU ---- */

#define ASK_BYTES (64 * KIB)
#define ASK_MS 5000
#define NAMES_MAX (ERR_MAX / 4)

/* Adds ", name". */
static void
list_add(char **list, const char *name, size_t n)
{
	char *longer =
	    xasprintf("%s%s%.*s", *list, **list ? ", " : "", (int)n, name);

	free(*list);
	*list = longer;
}

/* The table's own names, for when nobody could be asked. */
static char *
own_names(void)
{
	char *list = xstrdup("");
	size_t i;

	for (i = 0; i < ARRAY_SIZE(machines); i++) {
		const struct machine *m = &machines[i];
		_free_ char *both =
		    xasprintf("%s, %sVERSION", m->name, m->prefix);

		list_add(&list, both, strlen(both));
	}
	return list;
}

/* What is listed first: our names without a version, then those of the
 * machine that was asked for. */
enum rank { RANK_PLAIN, RANK_ASKED, RANK_OTHER, RANKS };

static enum rank
rank_of(const char *name, const struct machine *asked)
{
	const struct machine *m = machine_find(name);

	if (str_eq(name, m->name))
		return RANK_PLAIN;
	return m == asked ? RANK_ASKED : RANK_OTHER;
}

/*
 * Walks what -machine help said: a name and a description a line. Ours of
 * this rank are added to list, as many as a sentence bears. True when type is
 * among them.
 */
static bool
read_names(const char *help, enum rank rank, const char *type, char **list)
{
	bool found = false, full = strlen(*list) > NAMES_MAX;

	for (; *help; help += strspn(help, "\n")) {
		size_t n = strcspn(help, " \n");
		_free_ char *name = must(strndup(help, n));

		help += strcspn(help, "\n");
		if (!machine_find(name) ||
		    rank_of(name, machine_find(type)) != rank)
			continue;
		found |= str_eq(name, type);
		if (full)
			continue;
		list_add(list, name, n);
		full = strlen(*list) > NAMES_MAX;
		if (full)
			list_add(list, "…", strlen("…"));
	}
	return found;
}

/* All that this QEMU has of ours; true when type is among them. */
static bool
ask_names(const char *qemu, const char *type, char **list)
{
	_free_ char *help = host_ask_program(
	    (const char *const[]){ qemu, "-machine", "help", NULL }, ASK_BYTES,
	    ASK_MS);
	bool found = false;
	int rank;

	for (rank = 0; help && rank < RANKS; rank++)
		found |= read_names(help, (enum rank)rank, type, list);
	return found;
}

int
machine_check(const char *type, const char *qemu, struct err *e)
{
	const struct machine *m = machine_find(type);
	_free_ char *names = xstrdup("");

	if ((m && str_eq(type, m->name)) || ask_names(qemu, type, &names))
		return 0;
	if (*names)
		return err_set(e,
		    "unrecognised machine type: %s; this QEMU has: %s",
		    quote(type).text, names);
	if (m && !strpbrk(type, ", \t"))
		return 0; /* it looks right, and QEMU will say */
	free(TAKE(names));
	names = own_names();
	return err_set(e, "unrecognised machine type: %s; known are: %s",
	    quote(type).text, names);
}

/* ---- kernel parameters ---- */

/* Whether one of the words of text has the same key (what is before '='). */
static bool
has_key(const char *text, const char *word, size_t n)
{
	size_t key = strcspn(word, "= ");

	key = MIN(key, n);
	while (text && *text) {
		size_t length = strcspn(text, " ");

		if (strncmp(text, word, key) == 0 &&
		    (text[key] == '=' || key == length))
			return true;
		text += length;
		text += strspn(text, " ");
	}
	return false;
}

char *
machine_kernel_params(
    const struct machine *m, enum machine_words words, const char *own)
{
	_free_ char *all =
	    xasprintf("console=%s %s", m->console, m->words[words]);
	const char *word = all;
	char *out = xstrdup("");

	for (; *word; word += strspn(word, " ")) {
		size_t n = strcspn(word, " ");
		char *longer;

		if (!has_key(own, word, n)) {
			longer = xasprintf(
			    "%s%s%.*s", out, *out ? " " : "", (int)n, word);
			free(out);
			out = longer;
		}
		word += n;
	}
	if (own && *own) {
		char *longer = xasprintf("%s%s%s", out, *out ? " " : "", own);

		free(out);
		out = longer;
	}
	return out;
}
