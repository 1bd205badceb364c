/* Among the files of template-config: what a file says, its lists, and the
 * checks against this host. */
#ifndef TEMPLATE_CONFIG_INTERNAL_H
#define TEMPLATE_CONFIG_INTERNAL_H

#include "decode.h"
#include "template.h"

/* "Not said", for numbers whose default is the machine's. */
#define TEMPLATE_UNSAID (-1)

/* ---- template-config-list.c ---- */

decode_fn template_decode_volumes, template_decode_ports,
    template_decode_devices, template_decode_list;
encode_fn template_encode_volumes, template_encode_devices,
    template_encode_list;
void template_volumes_release(struct template_volumes *volumes);
void template_list_release(struct template_list *list);
void template_list_add(struct template_list *list, const char *item);

/* ---- template-config-check.c ---- */

/* Defaults that depend on the machine and the host, and absolute paths; file
 * is the template file's path. */
int template_config_resolve(
    struct template_config *c, const char *file, struct err *e);
/* Against this host. */
int template_config_check(struct template_config *c, struct err *e);

/* ---- template-device.c ---- */

/* Fills device_options from devices. */
int template_plug_devices(struct template_config *c, struct err *e);
/* Whether all clones can have what this command makes at the same time. */
int template_check_shared(const json_t *command, struct err *e);

#endif
