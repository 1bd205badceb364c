/*
 * A Pod's effective size by Kubernetes' rule (KEP-753, Sidecar Containers;
 * KEP-2837, Pod Level Resource Specifications): the pod's own resources; or
 * else the larger of what runs while it initialises and what runs after.
 */
#include "pod.h"
#include "quote.h"
#include "spec-internal.h"

/* The larger phase is one init container with the sidecars before it, or,
 * with NO_INIT, all containers with all sidecars. */
#define NO_INIT SIZE_MAX

static const char *const resource_names[] = {
	[RESOURCE_CPU] = "cpu",
	[RESOURCE_MEMORY] = "memory",
};

/* An amount, and whether it is a limit or a request. */
struct amount {
	uint64_t value;
	const char *source; /* NULL: neither */
};

/* The limit, or else the request; a limit of zero is none. */
static struct amount
amount_of(const struct resources *r, enum resource which)
{
	if (r->limits.amounts[which])
		return (struct amount){ r->limits.amounts[which], "limits" };
	if (r->requests.amounts[which])
		return (
		    struct amount){ r->requests.amounts[which], "requests" };
	return (struct amount){ 0, NULL };
}

/* What one container adds. */
static uint64_t
container_amount(const struct container *c, enum resource which)
{
	return amount_of(&c->resources, which).value;
}

/* What Kubernetes calls a sidecar: an init container that goes on. */
static bool
is_sidecar(const struct container *init)
{
	return init->restart == RESTART_ALWAYS;
}

/* Adds, and remains at the greatest when it is too much: the caller looks. */
static uint64_t
add(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* The sum while all containers and all sidecars run. */
static uint64_t
running_sum(const struct pod *pod, enum resource which)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < pod->main.n; i++)
		sum = add(sum, container_amount(&pod->main.items[i], which));
	for (i = 0; i < pod->init.n; i++) {
		if (is_sidecar(&pod->init.items[i]))
			sum = add(
			    sum, container_amount(&pod->init.items[i], which));
	}
	return sum;
}

/* The largest sum of any phase, and the init container of that phase. */
static uint64_t
largest_phase(const struct pod *pod, enum resource which, size_t *phase)
{
	uint64_t largest = running_sum(pod, which), sidecars = 0;
	size_t i;

	*phase = NO_INIT;
	for (i = 0; i < pod->init.n; i++) {
		const struct container *init = &pod->init.items[i];
		uint64_t sum = add(sidecars, container_amount(init, which));

		if (is_sidecar(init))
			sidecars = sum;
		if (sum > largest) {
			largest = sum;
			*phase = i;
		}
	}
	return largest;
}

/* Adds a container's term, when it has one. */
static void
add_term(struct spec_terms *terms, const char *what, const struct container *c,
    enum resource which, bool counted)
{
	struct amount amount = amount_of(&c->resources, which);

	if (amount.source)
		spec_add_term(terms, amount.value, counted, "%s %s: %s.%s",
		    what, quote(c->name).text, amount.source,
		    resource_names[which]);
}

/* Every container's term; those of the largest phase are counted. */
static void
add_terms(const struct pod *pod, enum resource which, size_t phase,
    bool counted, struct spec_terms *terms)
{
	size_t i;

	for (i = 0; i < pod->init.n; i++) {
		const struct container *init = &pod->init.items[i];
		bool sidecar = is_sidecar(init);
		bool in_phase = i == phase || (sidecar && i < phase);

		add_term(terms, sidecar ? "sidecar" : "init container", init,
		    which, counted && in_phase);
	}
	for (i = 0; i < pod->main.n; i++)
		add_term(terms, "container", &pod->main.items[i], which,
		    counted && phase == NO_INIT);
}

/* The pod's own limit caps what its containers may use together; its own
 * request only says what they need at least. */
static bool
own_counts(
    struct amount own, const struct pod *pod, enum resource which, uint64_t sum)
{
	return own.source &&
	    (pod->resources.limits.amounts[which] || own.value >= sum);
}

/* The workload in one resource, and its terms. */
static uint64_t
workload(const struct pod *pod, enum resource which, struct spec_terms *terms)
{
	struct amount own = amount_of(&pod->resources, which);
	size_t phase;
	uint64_t sum = largest_phase(pod, which, &phase);
	bool counts = own_counts(own, pod, which, sum);

	if (own.source)
		spec_add_term(terms, own.value, counts, "pod: %s.%s",
		    own.source, resource_names[which]);
	add_terms(pod, which, phase, !counts, terms);
	return counts ? own.value : sum;
}

int
pod_size(const struct pod *pod, struct err *e)
{
	struct spec *spec = pod->spec;

	spec->millicpu = workload(pod, RESOURCE_CPU, &spec->cpu_terms);
	spec->memory = workload(pod, RESOURCE_MEMORY, &spec->memory_terms);
	spec->has_cpu = spec->millicpu > 0;
	spec->has_memory = spec->memory > 0;
	spec->overhead_millicpu = pod->overhead.amounts[RESOURCE_CPU];
	spec->overhead_memory = pod->overhead.amounts[RESOURCE_MEMORY];
	if (spec->memory > INT64_MAX)
		return err_set(e,
		    "memory: the sum of the containers is above"
		    " %lld bytes",
		    (long long)INT64_MAX);
	return 0;
}
