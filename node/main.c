/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "io/json_wipe.h"
#include "navette/message.h"
#include "navette/system.h"
#include "node/daemon.h"
#include "node/settings.h"

/* SIGTERM and SIGINT end the loop through a descriptor: no handler runs between two statements of ours. */
static int open_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return -1;
    (void)signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int serve(struct office *office, const struct settings *settings, int stop_fd)
{
    struct control_server *control = NULL;
    char path[CONFIG_PATH_BYTES];
    int rc = config_control_path(&settings->config, path);

    if (rc == 0)
        rc = control_server_open(path, &control);
    if (rc == 0 && settings->config.group[0] != '\0')
        rc = control_server_share(control, settings->config.group);
    if (rc == 0) {
        system_log(0, "node", NULL, "ready: %s", path);
        rc = daemon_run(office, control, stop_fd);
    }
    control_server_close(control);
    return rc;
}

/* For who typed it; the log above says it for who reads logs. */
static void say_cannot_open(const char *folder)
{
    enum message_language language = message_language_of_environment();
    char text[1024], next[1024];

    message_text(language, "cannot-start", folder, NULL, NULL, text, sizeof text);
    message_next(language, "cannot-start", folder, NULL, NULL, next, sizeof next);
    (void)fprintf(stderr, "navette-node: %s\n  > %s\n", text, next);
}

int main(int argc, char **argv)
{
    struct settings settings;
    struct office office;
    int rc = settings_read(argc, (const char **)argv, &settings);

    if (rc != 0)
        return rc > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    system_log_threshold(settings.config.log_level);
    system_keep_secrets();
    json_wipe_freed();
    if (settings.background && settings_detach(&settings) != 0)
        return EXIT_FAILURE;
    int stop_fd = open_signals();
    if (stop_fd < 0)
        return EXIT_FAILURE;
    struct office_options options = {
        .folder = settings.config.folder,
        .map_bytes = settings.config.map_bytes,
        .reserve_bytes = settings.config.reserve_bytes,
        .rebuild = settings.rebuild,
        .offline = settings.offline,
        .keep_ms = settings.config.keep_ms,
        .lend_at = settings.config.lend_at_handover ? LOAN_AT_HANDOVER : LOAN_AT_PACKING,
    };
    rc = office_open(&options, &office);
    if (rc == 0) {
        rc = serve(&office, &settings, stop_fd);
        office_close(&office);
    } else {
        say_cannot_open(settings.config.folder);
    }
    (void)close(stop_fd);
    system_log(rc == 0 ? 0 : 2, "node", NULL, "stopped: %s", rc == 0 ? "asked to" : error_text(rc));
    return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
