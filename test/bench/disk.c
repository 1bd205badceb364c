/* A raw image as a virtio disk on the first bridge. */

#include "hotplug.h"
#include "host.h"
#include <fcntl.h>

#define ID "bench-disk"
#define BUS "pci-bridge-0"
#define SLOT 1
#define IMAGE_SIZE (64 * MIB)

static char *image;
static json_t *params;

static void
want(struct request *r, const struct actual *a, bool add)
{
	if (!add) {
		r->remove_id = ID;
		return;
	}
	r->add_type = "blk";
	r->add_id = ID;
	r->add_params = params;
}

static int
add(struct floor *f, const struct present *p, struct err *e)
{
	struct floor_link *l = &f->monitor;

	if (floor_tell(l, e,
		"{\"execute\":\"blockdev-add\",\"arguments\":{\"driver\":"
		"\"file\",\"node-name\":\"qmpd.f." ID "\",\"filename\":"
		"\"%s\",\"read-only\":false}}\n",
		image) < 0 ||
	    floor_tell(l, e,
		"{\"execute\":\"blockdev-add\",\"arguments\":{\"driver\":"
		"\"raw\",\"node-name\":\"qmpd.d." ID "\",\"file\":"
		"\"qmpd.f." ID "\",\"read-only\":false}}\n") < 0 ||
	    floor_tell(l, e,
		"{\"execute\":\"device_add\",\"arguments\":{\"driver\":"
		"\"virtio-blk-pci\",\"id\":\"" ID "\",\"drive\":"
		"\"qmpd.d." ID "\",\"bus\":\"" BUS "\",\"addr\":\"%d\"}}\n",
		SLOT) < 0)
		return -1;
	/* The guest has no other PCI disk. */
	return floor_ask_until(f, &f->agent,
	    "{\"execute\":\"guest-get-disks\"}\n", "\"slot\": 1,", 1, e);
}

static int
del(struct floor *f, const struct present *p, struct err *e)
{
	struct floor_link *l = &f->monitor;

	floor_expect(l, "\"DEVICE_DELETED\"", "\"device\": \"" ID "\"");
	if (floor_tell(l, e,
		"{\"execute\":\"device_del\",\"arguments\":{\"id\":\"" ID
		"\"}}\n") < 0 ||
	    floor_await(l, e) < 0 ||
	    floor_tell(l, e,
		"{\"execute\":\"blockdev-del\",\"arguments\":{\"node-name\":"
		"\"qmpd.d." ID "\"}}\n") < 0)
		return -1;
	return floor_tell(l, e,
	    "{\"execute\":\"blockdev-del\",\"arguments\":{\"node-name\":"
	    "\"qmpd.f." ID "\"}}\n");
}

static const struct hotplug disk = {
	.name = "disk",
	.target = 1.10,
	.want = want,
	.add = add,
	.remove = del,
};

int
bench_disk(struct bench *b, struct err *e)
{
	_close_ int fd = -1;
	int rc;

	image = path_join(b->folder, "disk.raw");
	fd = open(image, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, IMAGE_SIZE) < 0)
		return err_errno(e, "%s", image);
	params = must(json_pack("{s:s, s:s}", "image", image, "format", "raw"));
	rc = hotplug_run(b, &disk, e);
	json_decref(params);
	free(image);
	return rc;
}
