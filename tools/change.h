/* A change of a running VM: apply, resize and device share it. */
#ifndef CHANGE_H
#define CHANGE_H

#include "command.h"
#include "fit.h"

struct outcome;
struct session;

/*
 * Runs the request and remembers what is wanted from now on. fitted is the
 * caller's to release. Returns what there is to print beside the result:
 * {vcpus, memory, size?}.
 */
json_t *change_run(struct session *s, const struct request *request,
    struct fitted *fitted, struct outcome *outcome);

/* Opens the command's VM, runs the request, prints what came of it. */
enum status change_vm(struct cli *cli, struct request *request, struct err *e);

#endif
