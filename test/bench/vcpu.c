/* One vCPU more, brought online by the agent. It stays: some QEMUs die after
 * a vCPU was unplugged under TCG. */

#include "hotplug.h"

static void
want(struct request *r, const struct actual *a, bool add)
{
	r->resize.vcpus = a->vcpus_present + 1;
}

static int
add(struct floor *f, const struct present *p, struct err *e)
{
	static const char ask[] = "{\"execute\":\"guest-get-vcpus\"}\n";
	unsigned next = p->vcpus;

	if (!p->free_vcpu)
		return err_set(e, "there is no place for another vCPU");
	if (floor_tell(&f->monitor, e,
		"{\"execute\":\"device_add\",\"arguments\":%s}\n",
		p->free_vcpu) < 0 ||
	    /* Before the guest's kernel has made the file that tells, the
	     * agent says "online": true, and setting it does nothing. */
	    floor_ask_until(f, &f->agent, ask, "\"online\": false", 1, e) < 0 ||
	    floor_tell(&f->agent, e,
		"{\"execute\":\"guest-set-vcpus\",\"arguments\":{\"vcpus\":"
		"[{\"logical-id\":%u,\"online\":true}]}}\n",
		next) < 0)
		return -1;
	return floor_ask_until(
	    f, &f->agent, ask, "\"online\": true", next + 1, e);
}

static const struct hotplug vcpu = {
	.name = "vCPU",
	.target = 1.10,
	.want = want,
	.add = add,
};

int
bench_vcpu(struct bench *b, struct err *e)
{
	return hotplug_run(b, &vcpu, e);
}
