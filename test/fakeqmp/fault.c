/*
 * Faults: what goes wrong with which command.
 */
#include "model.h"

struct fault_entry {
	TAILQ_ENTRY(fault_entry) entry;
	struct fake_fault fault;
	char *command, *error_class, *text;
	unsigned seen; /* commands of its name */
};

void
fake_fault(struct fake *fake, const struct fake_fault *fault)
{
	struct fault_entry *entry = xcalloc(1, sizeof(*entry));

	entry->fault = *fault;
	entry->command = xstrdup0(fault->command);
	entry->error_class =
	    xstrdup(fault->error_class ? fault->error_class : GENERIC);
	entry->text = xstrdup(fault->text ? fault->text : "injected error");
	entry->fault.command = entry->command;
	entry->fault.error_class = entry->error_class;
	entry->fault.text = entry->text;
	TAILQ_INSERT_TAIL(&fake->faults, entry, entry);
}

void
fake_clear_faults(struct fake *fake)
{
	struct fault_entry *entry;

	while ((entry = TAILQ_FIRST(&fake->faults))) {
		TAILQ_REMOVE(&fake->faults, entry, entry);
		free(entry->command);
		free(entry->error_class);
		free(entry->text);
		free(entry);
	}
}

static bool
matches(struct fault_entry *entry, const struct side *side, const char *name)
{
	const struct fake_fault *fault = &entry->fault;

	if (fault->side != side->which)
		return false;
	if (fault->number > 0)
		return fault->number == side->received;
	if (!str_eq(fault->command, name))
		return false;
	entry->seen++;
	return fault->occurrence == 0 || fault->occurrence == entry->seen;
}

bool
fault_match(struct side *side, const char *name, struct fake_fault *fault)
{
	struct fault_entry *entry;
	bool is_found = false;

	TAILQ_FOREACH (entry, &side->fake->faults, entry)
		if (matches(entry, side, name) && !is_found) {
			*fault = entry->fault;
			is_found = true;
		}
	return is_found;
}
