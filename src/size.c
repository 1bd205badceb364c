/* Arithmetic is done in 128 bits and narrowed once, when it is checked. */
#include "size.h"
#include "spec.h"
#include "units.h"
#include <assert.h>
#include <limits.h>

#define BLOCK_SIZE (128 * MIB)
/* struct page is 64 bytes for each page of 4 KiB. */
#define MEMMAP_RATIO 64

typedef unsigned __int128 wide;

/* How the memory comes about; all in bytes. */
struct memory {
	uint64_t sum, guest_use, memmap, rounding, desired;
};

static const char *const subjects[] = {
	[SPEC_POD] = "the pod",
	[SPEC_OCI] = "the container",
	[SPEC_VM] = "the request",
};
static_assert(ARRAY_SIZE(subjects) == SPEC_KINDS, "a subject each");

/* n / unit, rounded up. */
static wide
divide_up(wide n, uint64_t unit)
{
	return (n + unit - 1) / unit;
}

/* The guest's memory block. */
static uint64_t
block_size(const struct size_base *base)
{
	return base->block_size ? base->block_size : BLOCK_SIZE;
}

/* Boot and whole blocks that hold at least need. */
static wide
round_up(const struct size_base *base, wide need)
{
	uint64_t block = block_size(base);

	if (need <= base->boot_memory)
		return base->boot_memory;
	return base->boot_memory +
	    divide_up(need - base->boot_memory, block) * block;
}

/* What need comes to when the memmap of the added part must fit as well:
 * added - added / 64 >= need - boot. */
static wide
with_memmap(const struct size_base *base, wide need)
{
	wide missing;

	if (need <= base->boot_memory)
		return need;
	missing = need - base->boot_memory;
	return base->boot_memory +
	    divide_up(missing * MEMMAP_RATIO, MEMMAP_RATIO - 1);
}

/* Narrows a size that is within the maximum; boot always is. */
static int
check_memory(const struct size_base *base, wide need, const char *subject,
    uint64_t *memory, struct err *e)
{
	wide max = base->max_memory ? base->max_memory : INT64_MAX;
	_free_ char *needed = units_print_bytes((uint64_t)MIN(need, INT64_MAX));
	_free_ char *limit = units_print_bytes((uint64_t)max);

	if (need > base->boot_memory && need > max)
		return err_set(e,
		    "memory: %s needs %s%s, the VM's maximum is %s"
		    " (default_maxmemory)",
		    subject, need > INT64_MAX ? "more than " : "", needed,
		    limit);
	*memory = (uint64_t)need;
	return 0;
}

/* The same for a VM's own size, which a balloon may take below boot. */
static wide
round_own(const struct size_base *base, wide need)
{
	if (base->has_balloon && need < base->boot_memory)
		return MIN(divide_up(need, MIB) * MIB, (wide)base->boot_memory);
	return round_up(base, need);
}

int
size_round_memory(const struct size_base *base, uint64_t want, uint64_t *memory,
    struct err *e)
{
	return check_memory(
	    base, round_own(base, want), subjects[SPEC_VM], memory, e);
}

/* The memory that is wanted, before rounding. */
static wide
memory_need(const struct spec *spec, const struct size_base *base)
{
	if (!spec->has_memory)
		return base->boot_memory;
	if (spec->sizing == SIZING_KATA)
		return (wide)base->boot_memory + spec->memory;
	if (spec->kind == SPEC_VM)
		return spec->memory;
	return with_memmap(base, (wide)spec->memory + base->guest_use);
}

/* Whether the guest's own use and the memmap are addends. */
static bool
adds_guest_use(const struct spec *spec)
{
	return spec->has_memory && spec->kind != SPEC_VM &&
	    spec->sizing == SIZING_FLOOR;
}

/* Takes desired apart into its addends. */
static void
take_apart(
    const struct spec *spec, const struct size_base *base, struct memory *m)
{
	uint64_t added =
	    m->desired > base->boot_memory ? m->desired - base->boot_memory : 0;
	wide addends;

	m->sum = spec->has_memory ? spec->memory : 0;
	if (adds_guest_use(spec)) {
		m->guest_use = base->guest_use;
		m->memmap = (uint64_t)divide_up(added, MEMMAP_RATIO);
	}
	addends = (wide)m->sum + m->guest_use + m->memmap;
	if (spec->sizing == SIZING_KATA)
		addends += base->boot_memory;
	if (added > 0)
		m->rounding = (uint64_t)(m->desired - addends);
}

/* The memory, rounded and checked. */
static int
size_memory(const struct spec *spec, const struct size_base *base,
    struct memory *m, struct err *e)
{
	bool own = spec->kind == SPEC_VM && spec->has_memory;
	wide need = memory_need(spec, base);

	need = own ? round_own(base, need) : round_up(base, need);

	if (check_memory(base, need, subjects[spec->kind], &m->desired, e) < 0)
		return -1;
	take_apart(spec, base, m);
	return 0;
}

/* The vCPUs, rounded and checked. */
static int
size_vcpus(const struct spec *spec, const struct size_base *base, int *vcpus,
    struct err *e)
{
	wide max = (wide)(base->max_vcpus ? base->max_vcpus : INT_MAX);
	wide need = spec->has_cpu ? divide_up(spec->millicpu, 1000) : 0;
	wide boot = (wide)base->boot_vcpus;

	need = spec->sizing == SIZING_KATA ? boot + need : MAX(boot, need);
	if (need > boot && need > max)
		return err_set(e,
		    "vcpus: %s needs %llu, the VM's maximum is %llu"
		    " (default_maxvcpus)",
		    subjects[spec->kind], (unsigned long long)need,
		    (unsigned long long)max);
	*vcpus = (int)need;
	return 0;
}

/* [{name, value, counted}] */
static json_t *
explain_terms(const struct spec_terms *terms)
{
	json_t *list = must(json_array());
	size_t i;

	for (i = 0; i < terms->n; i++) {
		const struct spec_term *term = &terms->items[i];

		json_array_append_new(list,
		    must(json_pack("{s:s, s:I, s:b}", "name", term->name,
			"value", (json_int_t)term->value, "counted",
			term->counted)));
	}
	return list;
}

/* explain.vcpus */
static json_t *
explain_vcpus(const struct spec *spec, const struct size_base *base, int vcpus)
{
	return must(json_pack("{s:o, s:I, s:i, s:i}", "terms",
	    explain_terms(&spec->cpu_terms), "sum_millicpu",
	    (json_int_t)(spec->has_cpu ? spec->millicpu : 0), "boot",
	    base->boot_vcpus, "desired", vcpus));
}

/* explain.memory */
static json_t *
explain_memory(const struct spec *spec, const struct size_base *base,
    const struct memory *m)
{
	return must(json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:I}", "terms",
	    explain_terms(&spec->memory_terms), "sum", (json_int_t)m->sum,
	    "guest_use", (json_int_t)m->guest_use, "memmap",
	    (json_int_t)m->memmap, "boot", (json_int_t)base->boot_memory,
	    "rounding", (json_int_t)m->rounding, "desired",
	    (json_int_t)m->desired));
}

/* The whole of explain. */
static json_t *
explain_size(const struct spec *spec, const struct size_base *base,
    const struct memory *m, int vcpus)
{
	return must(json_pack("{s:o, s:o, s:{s:I, s:I}, s:s}", "vcpus",
	    explain_vcpus(spec, base, vcpus), "memory",
	    explain_memory(spec, base, m), "overhead", "millicpu",
	    (json_int_t)spec->overhead_millicpu, "memory",
	    (json_int_t)spec->overhead_memory, "sizing",
	    spec_sizing_names[spec->sizing]));
}

int
size_from_spec(const struct spec *spec, const struct size_base *base,
    struct size *size, json_t **explain, struct err *e)
{
	struct memory m = { 0 };
	int vcpus = 0;

	if (size_vcpus(spec, base, &vcpus, e) < 0 ||
	    size_memory(spec, base, &m, e) < 0)
		return -1;
	*size = (struct size){ vcpus, m.desired };
	if (explain)
		*explain = explain_size(spec, base, &m, vcpus);
	return 0;
}
