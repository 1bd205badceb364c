/* 128 MiB of memory, one block of the guest's. */

#include "hotplug.h"
#include "memory.h"

#define ID "qmpd-dimm-0"
#define MEMDEV "qmpd-mem-0"

static void
want(struct request *r, const struct actual *a, bool add)
{
	r->resize.memory = a->memory_boot + (add ? MEMORY_BLOCK : 0);
}

static int
add(struct floor *f, const struct present *p, struct err *e)
{
	struct floor_link *l = &f->monitor;

	if (floor_tell(l, e,
		"{\"execute\":\"object-add\",\"arguments\":{\"qom-type\":"
		"\"memory-backend-ram\",\"id\":\"" MEMDEV "\",\"size\":%llu}}"
		"\n",
		(unsigned long long)MEMORY_BLOCK) < 0 ||
	    floor_tell(l, e,
		"{\"execute\":\"device_add\",\"arguments\":{\"driver\":"
		"\"pc-dimm\",\"id\":\"" ID "\",\"memdev\":\"" MEMDEV "\"}}"
		"\n") < 0)
		return -1;
	return floor_ask_until(f, &f->agent,
	    "{\"execute\":\"guest-get-memory-blocks\"}\n", "\"online\": true",
	    p->blocks_online + 1, e);
}

static int
del(struct floor *f, const struct present *p, struct err *e)
{
	struct floor_link *l = &f->monitor;

	floor_expect(l, "\"DEVICE_DELETED\"", "\"device\": \"" ID "\"");
	if (floor_tell(l, e,
		"{\"execute\":\"device_del\",\"arguments\":{\"id\":\"" ID
		"\"}}\n") < 0 ||
	    floor_await(l, e) < 0)
		return -1;
	return floor_tell(l, e,
	    "{\"execute\":\"object-del\",\"arguments\":{\"id\":\"" MEMDEV
	    "\"}}\n");
}

static const struct hotplug dimm = {
	.name = "memory, 128 MiB",
	.target = 1.10,
	.want = want,
	.add = add,
	.remove = del,
};

int
bench_dimm(struct bench *b, struct err *e)
{
	return hotplug_run(b, &dimm, e);
}
