/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <unistd.h>

#include "navette/system.h"
#include "server/command.h"
#include "server/desk.h"
#include "server/executor.h"
#include "server/process.h"

#define SESSION_IDLE_MS 300000 /* nodes say something every minute or so */

#define FILES_WANTED (2u * LIMIT_SESSIONS)

static const char DEFAULT_TZ[] = "CET-1CEST,M3.5.0,M10.5.0/3";

/* Everything that a running hub is made of, opened from top to bottom and closed from bottom to top. */
struct hub_process {
    int stop_fd;
    struct home home;
    struct queue *requests;
    struct queue *answers;
    struct follower *follower;
    struct executor_options executor_options;
    struct executor executor;
    struct desk *desk;
};

static int main_open(struct hub_process *hub, const struct options *options)
{
    const struct config *config = &options->config;
    struct home_options where = {.folder = config->folder, .reserve_bytes = config->reserve_bytes, .map_bytes = config->map_bytes};
    char state[HOME_PATH_SIZE];
    int rc = home_open(&where, &hub->home);

    if (!rc)
        rc = queue_new(&hub->requests);
    if (!rc)
        rc = queue_new(&hub->answers);
    if (!rc) {
        home_path(&hub->home, "state", state);
        rc = follower_start(&(struct follower_options){hub->home.journal, state, config->map_bytes, config->reserve_bytes}, &hub->follower);
    }
    if (!rc) {
        hub->executor_options = (struct executor_options){.listen = config->listen,
                                                          .enrol = config->enrol,
                                                          .public_endpoint = config->public_endpoint,
                                                          .tz = options_get(options, OPTION_TZ, DEFAULT_TZ),
                                                          .session_idle_ms = SESSION_IDLE_MS,
                                                          .snapshot_rows = config->snapshot_rows};
        hub->executor = (struct executor){.options = &hub->executor_options,
                                          .home = &hub->home,
                                          .follower = hub->follower,
                                          .requests = hub->requests,
                                          .answers = hub->answers};
        rc = executor_open(&hub->executor);
    }
    if (!rc)
        rc = desk_start(&(struct desk_options){options->control,
                                               config->group,
                                               {hub->follower, hub->home.journal, hub->executor_options.tz},
                                               {&hub->home, hub->follower, NULL},
                                               hub->requests,
                                               hub->answers},
                        &hub->desk);
    return rc;
}

static void main_close(struct hub_process *hub)
{
    if (hub->executor.hub)
        executor_close(&hub->executor);
    desk_stop(hub->desk);
    follower_stop(hub->follower);
    queue_free(hub->answers);
    queue_free(hub->requests);
    home_close(&hub->home);
}

static int main_serve(const struct options *options)
{
    struct hub_process hub = {.stop_fd = process_stop_fd()};
    int rc;

    system_log_threshold(options->config.log_level);
    process_raise_files(FILES_WANTED);
    rc = main_open(&hub, options);
    if (!rc)
        rc = executor_run(&hub.executor, hub.stop_fd);
    main_close(&hub);
    (void)close(hub.stop_fd);
    return rc ? command_explain(options, rc) : COMMAND_OK;
}

int main(int argc, char **argv)
{
    struct options options;
    int code = COMMAND_USAGE;

    system_keep_secrets();
    if (options_parse(argc, argv, &options) == 0) {
        /* typed alone it tells what it does; a hub is not made by accident */
        if (options.values[OPTION_HELP] || argc == 1) {
            command_help(&options);
            code = argc == 1 ? COMMAND_USAGE : COMMAND_OK;
        } else if (options.word_count == 0 || strcmp(options.words[0], "serve") == 0) {
            code = options.word_count > 1 ? command_surplus(&options, options.words[1]) : main_serve(&options);
        } else {
            code = command_run(&options);
        }
    }
    options_free(&options);
    return code;
}
