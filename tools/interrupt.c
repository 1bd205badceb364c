/* SIGINT and SIGTERM, from the loop. */

#include "interrupt.h"
#include "clock.h"
#include "output.h"
#include "vm.h"
#include <event2/event.h>
#include <signal.h>

static const int signals[] = { SIGINT, SIGTERM };

struct interrupt {
	struct cli *cli;
	struct vm *vm;
	struct event *events[ARRAY_SIZE(signals)];
};

static void
on_signal(evutil_socket_t signal, short what, void *arg)
{
	struct interrupt *i = arg;

	if (i->cli->interrupted)
		_exit(128 + (int)signal);
	i->cli->interrupted = true;
	output_complain("%s: interrupted; what was done is being undone "
			"(once more ends this at once)",
	    vm_name(i->vm));
	vm_interrupt(i->vm, "interrupted");
}

struct interrupt *
interrupt_new(struct cli *cli, struct vm *vm)
{
	struct interrupt *interrupt = xcalloc(1, sizeof(*interrupt));
	size_t i;

	interrupt->cli = cli;
	interrupt->vm = vm;
	for (i = 0; i < ARRAY_SIZE(signals); i++) {
		interrupt->events[i] = must(evsignal_new(
		    clock_base(cli->clock), signals[i], on_signal, interrupt));
		event_add(interrupt->events[i], NULL);
	}
	return interrupt;
}

void
interrupt_free(struct interrupt *interrupt)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(signals); i++)
		event_free(interrupt->events[i]);
	free(interrupt);
}
