/* What making a template would start, without making anything. */

#include "clock.h"
#include "host.h"
#include "launch.h"
#include "places.h"

void
template_config_draw(struct template_config *c, struct clock *clock)
{
	uint64_t id;

	if (!c->image)
		return;
	clock_random(clock, &id, sizeof(id));
	free(c->image_id);
	c->image_id = xasprintf("%016llx", (unsigned long long)id);
}

char *
template_new_folder(const char *templates, const char *name)
{
	return xasprintf("%s/.%s.new", templates, name);
}

/* The descriptors in the order in which they are opened. */
static void
count_descriptors(struct launch *launch, const struct template_config *c)
{
	int next = 3;
	size_t i;

	launch->monitor = next++;
	launch->agent = next++;
	if (c->console == CONSOLE_SOCKET)
		launch->console_socket = next++;
	for (i = 0; i < c->serial_ports.n; i++)
		launch->ports[i] = next++;
}

char **
template_create_argv(struct clock *clock, const char *name,
    const struct template_config *config, struct err *e)
{
	_free_ char *templates = place_templates_path();
	_free_ char *folder = template_new_folder(templates, name);
	_free_ char *memory = path_join(folder, "memory");
	_free_ char *console = path_join(folder, "console.log");
	struct launch launch = { .name = name,
		.memory = memory,
		.share = true,
		.console = console };
	struct template_config c;
	char **argv = NULL;

	if (place_check_name("template", name, e) < 0)
		return NULL;
	if (template_config_copy(&c, config, e) == 0) {
		template_config_draw(&c, clock);
		count_descriptors(&launch, &c);
		argv = launch_argv(&c, NULL, &launch);
	}
	template_config_release(&c);
	return argv;
}
