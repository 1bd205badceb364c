/*
 * Kubernetes' Pod (core/v1, up to 1.35). All keys of the objects that are
 * walked are known, so that a typing error is told from what does not matter
 * to a VM; what is below a key that does not matter is not looked at.
 */
#include "pod.h"
#include "nearest.h"
#include "spec-internal.h"
#include "units.h"
#include <assert.h>

static const char *const restart_names[] = { "", "Never", "OnFailure", "Always",
	NULL };
static_assert(ARRAY_SIZE(restart_names) == RESTARTS + 1, "a name each");

/* A quantity of CPUs. */
static int
decode_cpu(struct decode *d, const json_t *v, void *member, struct err *e)
{
	return units_json_millicpu(v, member, e);
}

static const struct {
	const char *name;
	decode_fn *decode;
} resource_types[RESOURCES] = {
	[RESOURCE_CPU] = { "cpu", decode_cpu },
	[RESOURCE_MEMORY] = { "memory", spec_decode_memory },
};

/* The error of a resource that no node has. */
static int
unknown_resource(const char *name, struct err *e)
{
	struct nearest near = nearest_to(name);

	nearest_try(&near, "cpu");
	nearest_try(&near, "memory");
	nearest_try(&near, "ephemeral-storage");
	if (near.found)
		return err_set(
		    e, "unknown resource; did you mean \"%s\"?", near.found);
	return err_set(e, "unknown resource");
}

/* Resources of Kubernetes or of a vendor that do not size a VM. */
static bool
is_other_resource(const char *name)
{
	return str_eq(name, "ephemeral-storage") ||
	    str_starts(name, "hugepages-") || strchr(name, '/');
}

/* One member of a ResourceList. */
static int
decode_resource(struct decode *d, const char *name, const json_t *v, void *out,
    struct err *e)
{
	struct resource_list *list = out;
	size_t i;

	for (i = 0; i < RESOURCES; i++) {
		if (!str_eq(name, resource_types[i].name))
			continue;
		return resource_types[i].decode(d, v, &list->amounts[i], e);
	}
	return is_other_resource(name) ? 0 : unknown_resource(name, e);
}

/* limits, requests or overhead. */
static int
decode_resource_list(
    struct decode *d, const json_t *v, void *member, struct err *e)
{
	return decode_members(d, v, decode_resource, member, e);
}

static const struct decode_row resources_rows[] = {
	{ "limits", DECODE_FN, offsetof(struct resources, limits),
	    .fn = decode_resource_list },
	{ "requests", DECODE_FN, offsetof(struct resources, requests),
	    .fn = decode_resource_list },
	{ "claims", DECODE_IGNORE },
	{ NULL },
};

static const struct decode_row container_rows[] = {
	{ "name", DECODE_STRING, offsetof(struct container, name), true },
	{ "resources", DECODE_OBJECT, offsetof(struct container, resources),
	    .rows = resources_rows },
	{ "restartPolicy", DECODE_ENUM, offsetof(struct container, restart),
	    .names = restart_names },
	{ "args", DECODE_IGNORE },
	{ "command", DECODE_IGNORE },
	{ "env", DECODE_IGNORE },
	{ "envFrom", DECODE_IGNORE },
	{ "image", DECODE_IGNORE },
	{ "imagePullPolicy", DECODE_IGNORE },
	{ "lifecycle", DECODE_IGNORE },
	{ "livenessProbe", DECODE_IGNORE },
	{ "ports", DECODE_IGNORE },
	{ "readinessProbe", DECODE_IGNORE },
	{ "resizePolicy", DECODE_IGNORE },
	{ "restartPolicyRules", DECODE_IGNORE },
	{ "securityContext", DECODE_IGNORE },
	{ "startupProbe", DECODE_IGNORE },
	{ "stdin", DECODE_IGNORE },
	{ "stdinOnce", DECODE_IGNORE },
	{ "terminationMessagePath", DECODE_IGNORE },
	{ "terminationMessagePolicy", DECODE_IGNORE },
	{ "tty", DECODE_IGNORE },
	{ "volumeDevices", DECODE_IGNORE },
	{ "volumeMounts", DECODE_IGNORE },
	{ "workingDir", DECODE_IGNORE },
	{ NULL },
};

/* One of spec.containers or spec.initContainers. */
static int
decode_container(struct decode *d, const json_t *v, void *member, struct err *e)
{
	struct containers *list = member;
	struct container *c;

	list->items = xrealloc(list->items, list->n + 1, sizeof(*list->items));
	c = &list->items[list->n++];
	*c = (struct container){ NULL };
	return decode_object(d, v, container_rows, c, e);
}

/* spec.containers or spec.initContainers. */
static int
decode_containers(
    struct decode *d, const json_t *v, void *member, struct err *e)
{
	return decode_list(d, v, decode_container, member, e);
}

static const struct decode_row pod_spec_rows[] = {
	{ "containers", DECODE_FN, offsetof(struct pod, main), true,
	    .fn = decode_containers },
	{ "initContainers", DECODE_FN, offsetof(struct pod, init),
	    .fn = decode_containers },
	{ "overhead", DECODE_FN, offsetof(struct pod, overhead),
	    .fn = decode_resource_list },
	{ "resources", DECODE_OBJECT, offsetof(struct pod, resources),
	    .rows = resources_rows },
	{ "volumes", DECODE_FN, .fn = pod_decode_volumes },
	{ "activeDeadlineSeconds", DECODE_IGNORE },
	{ "affinity", DECODE_IGNORE },
	{ "automountServiceAccountToken", DECODE_IGNORE },
	{ "dnsConfig", DECODE_IGNORE },
	{ "dnsPolicy", DECODE_IGNORE },
	{ "enableServiceLinks", DECODE_IGNORE },
	{ "ephemeralContainers", DECODE_IGNORE },
	{ "hostAliases", DECODE_IGNORE },
	{ "hostIPC", DECODE_IGNORE },
	{ "hostNetwork", DECODE_IGNORE },
	{ "hostPID", DECODE_IGNORE },
	{ "hostUsers", DECODE_IGNORE },
	{ "hostname", DECODE_IGNORE },
	{ "hostnameOverride", DECODE_IGNORE },
	{ "imagePullSecrets", DECODE_IGNORE },
	{ "nodeName", DECODE_IGNORE },
	{ "nodeSelector", DECODE_IGNORE },
	{ "os", DECODE_IGNORE },
	{ "preemptionPolicy", DECODE_IGNORE },
	{ "priority", DECODE_IGNORE },
	{ "priorityClassName", DECODE_IGNORE },
	{ "readinessGates", DECODE_IGNORE },
	{ "resourceClaims", DECODE_IGNORE },
	{ "restartPolicy", DECODE_IGNORE },
	{ "runtimeClassName", DECODE_IGNORE },
	{ "schedulerName", DECODE_IGNORE },
	{ "schedulingGates", DECODE_IGNORE },
	{ "securityContext", DECODE_IGNORE },
	{ "serviceAccount", DECODE_IGNORE },
	{ "serviceAccountName", DECODE_IGNORE },
	{ "setHostnameAsFQDN", DECODE_IGNORE },
	{ "shareProcessNamespace", DECODE_IGNORE },
	{ "subdomain", DECODE_IGNORE },
	{ "terminationGracePeriodSeconds", DECODE_IGNORE },
	{ "tolerations", DECODE_IGNORE },
	{ "topologySpreadConstraints", DECODE_IGNORE },
	{ "workloadRef", DECODE_IGNORE },
	{ NULL },
};

/* spec, and from it the size. */
static int
decode_pod_spec(struct decode *d, const json_t *v, void *member, struct err *e)
{
	struct pod *pod = member;

	if (decode_object(d, v, pod_spec_rows, pod, e) < 0)
		return -1;
	if (pod->main.n == 0)
		return decode_error(d, e, "\"containers\" is empty");
	return pod_size(pod, e);
}

/* metadata, into the spec. */
static int
decode_metadata(struct decode *d, const json_t *v, void *member, struct err *e)
{
	struct pod *pod = member;

	return spec_decode_metadata(d, v, pod->spec, e);
}

static const struct decode_row pod_rows[] = {
	{ "apiVersion", DECODE_IGNORE, .required = true },
	{ "kind", DECODE_IGNORE, .required = true },
	{ "metadata", DECODE_FN, .fn = decode_metadata },
	{ "spec", DECODE_FN, .required = true, .fn = decode_pod_spec },
	{ "status", DECODE_IGNORE },
	{ NULL },
};

/* The containers and their names. */
static void
release_containers(struct containers *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		free(list->items[i].name);
	free(list->items);
}

int
spec_decode_pod(
    struct decode *d, const json_t *root, struct spec *spec, struct err *e)
{
	struct pod pod = { spec };
	int result = decode_object(d, root, pod_rows, &pod, e);

	release_containers(&pod.init);
	release_containers(&pod.main);
	return result;
}
