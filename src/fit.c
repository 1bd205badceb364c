/* From actual and wanted to a plan. */

#include "fit.h"
#include "feature.h"
#include "memory.h"
#include "pci.h"
#include "spec.h"
#include "units.h"
#include "virtio-mem.h"

void
fitted_release(struct fitted *f)
{
	json_decref(f->explain);
	*f = (struct fitted){ 0 };
}

struct size_base
fit_base(const struct actual *a, const struct request *request)
{
	return (struct size_base){
		.boot_vcpus = a->vcpus_boot,
		.max_vcpus = a->vcpus_max,
		.boot_memory = a->memory_boot,
		.max_memory =
		    a->memory_max ? a->memory_max : request->max_memory,
		.guest_use = request->guest_use,
		.block_size = fit_has_virtio_mem(a, request)
		    ? virtio_mem_granule(&a->virtio_mem)
		    : a->guest.block_size,
		.has_balloon = fit_has_balloon(a),
	};
}

static unsigned
features_of_type(const char *name)
{
	const struct device_type *type = device_type_named(name);

	return type ? type->features : 0;
}

/* For what goes it is enough to know what is known already. */
unsigned
fit_features(const struct request *request)
{
	const struct spec *spec = request->spec;
	unsigned bits = spec || request->remove_id ? FEATURES_KNOWN : 0;
	size_t i;

	for (i = 0; spec && i < spec->devices_n; i++)
		bits |= features_of_type(spec->devices[i].type);
	return request->add_id ? bits | features_of_type(request->add_type)
			       : bits;
}

/* Sizes by the request: a spec's, a resize's, or those that are there. */
static int
fit_size(const struct actual *a, const struct request *request,
    struct fitted *f, struct err *e)
{
	struct size_base base = fit_base(a, request);

	if (request->spec)
		return size_from_spec(
		    request->spec, &base, &f->desired, &f->explain, e);
	f->desired.vcpus = request->resize.vcpus;
	if (request->resize.vcpus > a->vcpus_max)
		return err_set(e,
		    "vCPUs: %d wanted, this VM's maximum is %d "
		    "(default_maxvcpus)",
		    request->resize.vcpus, a->vcpus_max);
	if (!request->resize.memory)
		return 0;
	return size_round_memory(
	    &base, request->resize.memory, &f->desired.memory, e);
}

/* The devices that the request names, decoded. */
static struct device **
wanted_devices(const struct request *request, size_t *n, struct err *e)
{
	const struct spec *spec = request->spec;
	size_t most = spec ? spec->devices_n : 1, i;
	struct device **wanted = xcalloc(most, sizeof(*wanted));

	*n = 0;
	for (i = 0; spec && i < spec->devices_n; i++) {
		const struct spec_device *s = &spec->devices[i];

		wanted[i] = device_new(s->type, s->id, s->params, s->where, e);
		if (!wanted[i])
			goto fail;
		*n = i + 1;
	}
	if (request->add_id) {
		wanted[0] = device_new(request->add_type, request->add_id,
		    request->add_params, NULL, e);
		if (!wanted[0])
			goto fail;
		*n = 1;
	}
	return wanted;
fail:
	for (i = 0; i < *n; i++)
		device_free(wanted[i]);
	free(wanted);
	return NULL;
}

/* The parts, in the order of fit.h. */
static int
fit_parts(const struct actual *a, const struct request *request,
    struct device **wanted, size_t n, struct plan *plan, struct fitted *f,
    struct err *e)
{
	const struct size *want = &f->desired;
	struct pci_places places;

	pci_places_init(&places, a);
	if (fit_devices_down(a, request, wanted, n, plan, e) < 0)
		return -1;
	if (want->vcpus && fit_cpus_down(a, want->vcpus, plan, e) < 0)
		return -1;
	if (want->memory && fit_memory_down(a, &f->desired.memory, plan, e) < 0)
		return -1;
	if (want->memory &&
	    fit_memory_up(a, request, &places, want->memory, plan, e) < 0)
		return -1;
	if (want->vcpus && fit_cpus_up(a, want->vcpus, plan, e) < 0)
		return -1;
	return fit_devices_up(a, &places, wanted, n, plan, e);
}

int
fit(const struct actual *a, const struct request *request, struct plan *plan,
    struct fitted *fitted, struct err *e)
{
	struct device **wanted;
	size_t n, i, before = plan_length(plan);
	int rc;

	*fitted = (struct fitted){ 0 };
	if (fit_size(a, request, fitted, e) < 0)
		return -1;
	wanted = wanted_devices(request, &n, e);
	if (!wanted)
		return -1;
	rc = fit_parts(a, request, wanted, n, plan, fitted, e);
	if (rc < 0)
		plan_truncate(plan, before);
	/* What a plan took over was set to NULL. */
	for (i = 0; i < n; i++)
		device_free(wanted[i]);
	free(wanted);
	if (!fitted->desired.vcpus)
		fitted->desired.vcpus = a->vcpus_present;
	if (!fitted->desired.memory)
		fitted->desired.memory = actual_memory_requested(a);
	return rc;
}
