/* Between spec.c and the three kinds of document. */
#ifndef SPEC_INTERNAL_H
#define SPEC_INTERNAL_H

#include "decode.h"
#include "spec.h"

/* Each decodes the whole document into spec, whose kind is set. */
int spec_decode_pod(
    struct decode *d, const json_t *root, struct spec *spec, struct err *e);
int spec_decode_oci(
    struct decode *d, const json_t *root, struct spec *spec, struct err *e);
int spec_decode_vm(
    struct decode *d, const json_t *root, struct spec *spec, struct err *e);

/* What a Pod and a VirtualMachine have alike, by ObjectMeta's keys. */
int spec_decode_metadata(
    struct decode *d, const json_t *v, struct spec *spec, struct err *e);
/* The annotations of ours: qmpd.device.ID and qmpd.sizing. */
int spec_decode_annotations(
    struct decode *d, const json_t *v, struct spec *spec, struct err *e);
/* Memory of a VM or a container: zero, or at least 1Mi. A decode_fn for a
 * uint64_t. */
int spec_decode_memory(
    struct decode *d, const json_t *v, void *bytes, struct err *e);

/* Adds a device at the place that d is at; takes params over in any case. */
int spec_add_device(struct decode *d, struct spec *spec, const char *id,
    const char *type, json_t *params, struct err *e);
/* A list of devices, each with id, type and its family's keys. */
int spec_decode_devices(
    struct decode *d, const json_t *v, struct spec *spec, struct err *e);
/* The params of "TYPE key=value …", and the type, which the caller frees. */
json_t *spec_parse_device(const char *text, char **type, struct err *e);

PRINTF(4, 5)
void spec_add_term(struct spec_terms *terms, uint64_t value, bool counted,
    const char *fmt, ...);

#endif
