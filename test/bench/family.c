/* Device families: what each is added with, and how the guest is known to
 * have it. The floor sends the commands of qmpd's own plan. */

#include "device.h"
#include "host.h"
#include "hotplug.h"
#include "report.h"
#include <fcntl.h>

#define ID "bench"
#define IMAGE "bench.raw"
#define IMAGE_SIZE (64 * MIB)

/* In the reply, behind one string and before another, there is a third; the
 * place, or NULL. */
static const char *
find(
    const char *reply, const char *behind, const char *before, const char *what)
{
	const char *from = strstr(reply, behind);
	const char *end = from ? strstr(from, before) : NULL;
	const char *found = end ? strstr(from, what) : NULL;

	return found && found < end ? found : NULL;
}

/* query-pci: a memory region of its has an address; those of ports stay
 * without one on a bridge that has no window for them. */
static bool
is_mapped(const char *reply)
{
	static const char address[] = "\"address\": ";
	const char *at = find(reply, "\"qdev_id\": \"" ID "\"", "]", address);

	for (; at; at = find(at + 1, "", "]", address))
		if (strtoll(at + strlen(address), NULL, 10) > 0)
			return true;
	return false;
}

/* guest-get-disks: the guest has no other PCI disk. */
static bool
has_disk(const char *reply)
{
	return strstr(reply, "\"slot\": 1,") != NULL;
}

static const struct proof mapped = {
	.line = "{\"execute\":\"query-pci\"}\n",
	.sign = is_mapped,
};

static const struct proof disk = {
	.agent = true,
	.line = "{\"execute\":\"guest-get-disks\"}\n",
	.sign = has_disk,
};

static const struct family {
	const char *type;
	/* Words of parameters; @ is the run's own folder. */
	const char *params[4];
	const struct proof *proof; /* NULL: the commands' replies are all */
	const char *left_out; /* a file that it needs of the host */
} families[] = {
	{ "blk", { "image=@/" IMAGE, "format=raw" }, &disk },
	{ "rng", { NULL }, &mapped },
	{ "console", { "socket=@/bench.sock" } },
	{ "serial-port", { "name=bench", "socket=@/bench.sock" } },
	{ "vsock", { "cid=4711" }, &mapped, "/dev/vhost-vsock" },
};

static const struct family *family;
static json_t *params;

static void
want(struct request *r, const struct actual *a, bool add)
{
	if (!add) {
		r->remove_id = ID;
		return;
	}
	r->add_type = family->type;
	r->add_id = ID;
	r->add_params = params;
}

static int
make_params(const struct bench *b, struct err *e)
{
	char *words[ARRAY_SIZE(family->params)];
	size_t n = 0, i;

	for (; n < ARRAY_SIZE(words) && family->params[n]; n++) {
		const char *word = family->params[n];
		size_t length = strcspn(word, "@");

		words[n] = xasprintf("%.*s%s%s", (int)length, word,
		    word[length] ? b->folder : "",
		    word[length] ? word + length + 1 : "");
	}
	params = device_parse_params((const char *const *)words, n, e);
	for (i = 0; i < n; i++)
		free(words[i]);
	return params ? 0 : -1;
}

static int
bench_family(struct bench *b, struct err *e)
{
	struct hotplug h = {
		.name = family->type,
		.target = 1.10,
		.want = want,
		.replayed = true,
		.proof = family->proof,
		.one_table = true,
	};
	int rc;

	if (family->left_out && access(family->left_out, F_OK) < 0) {
		_free_ char *why =
		    xasprintf("there is no %s", family->left_out);

		report_left_out(b->report, family->type, why);
		return 0;
	}
	rc = make_params(b, e);
	if (rc == 0)
		rc = hotplug_run(b, &h, e);
	json_decref(params);
	params = NULL;
	return rc;
}

static int
make_image(const struct bench *b, struct err *e)
{
	_free_ char *path = path_join(b->folder, IMAGE);
	_close_ int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || ftruncate(fd, IMAGE_SIZE) < 0)
		return err_errno(e, "%s", path);
	return 0;
}

int
bench_families(struct bench *b, struct err *e)
{
	size_t i;
	int rc = make_image(b, e);

	report_group(b->report, "device families");
	for (i = 0; rc == 0 && i < ARRAY_SIZE(families); i++) {
		family = &families[i];
		rc = bench_family(b, e);
	}
	return rc;
}
