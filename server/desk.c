/* SPDX-License-Identifier: Apache-2.0 */
#include "server/desk.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "navette/control.h"
#include "navette/system.h"
#include "server/answer.h"
#include "server/backup.h"
#include "server/decide.h"

#define DESK_FDS (CONTROL_CLIENTS + 8u)
#define DESK_OWN_FDS 2u

struct desk {
    struct desk_options options;
    struct control_server *server;
    struct ready *ready;
    int stop_fd;
    pthread_t thread;
    /* the verification or backup under way */
    pthread_t audit_thread;
    int audit_started;
    atomic_int audit_done;
    uint64_t audit_client;
    json_t *audit_request;
};

static void *desk_audit_run(void *argument)
{
    struct desk *desk = argument;
    uint64_t client = desk->audit_client;
    json_t *report;
    int backup = strcmp(answer_field(desk->audit_request, "command"), "backup") == 0;
    int rc = backup ? backup_answer(desk->options.audit.home, desk->audit_request, desk->options.views.tz, &report)
                    : audit_run(&desk->options.audit, &report);

    if (rc && !backup)
        report = answer_failure(desk->audit_request, rc, NULL);
    /* Before the answer: who reads it may ask again at once. */
    atomic_store(&desk->audit_done, 1);
    /* A backup counts once the journal's writer has noted it: the answer comes from there. */
    (void)queue_put(backup && !rc ? desk->options.requests : desk->options.answers, client, report);
    return NULL;
}

static void desk_audit_end(struct desk *desk)
{
    (void)pthread_join(desk->audit_thread, NULL);
    json_decref(desk->audit_request);
    desk->audit_request = NULL;
    desk->audit_started = 0;
}

static void desk_audit(struct desk *desk, uint64_t client, json_t *request)
{
    if (desk->audit_started && atomic_load(&desk->audit_done))
        desk_audit_end(desk);
    if (desk->audit_started) {
        control_server_answer(desk->server, client, answer_error(request, "hub-verifying", NULL, NULL, NULL));
        return;
    }
    atomic_store(&desk->audit_done, 0);
    desk->audit_client = client;
    desk->audit_request = json_deep_copy(request);
    desk->audit_started = pthread_create(&desk->audit_thread, NULL, desk_audit_run, desk) == 0;
    if (!desk->audit_started) {
        json_decref(desk->audit_request);
        desk->audit_request = NULL;
        control_server_answer(desk->server, client, answer_failure(request, NAVETTE_E_SYSTEM, NULL));
    }
}

/* Figures of the whole network, as they are now: those that screens ask for again and again. */
static int desk_is_kept(const json_t *request)
{
    static const char *const KEPT[] = {"stock", "transit", "bags"};
    const char *command = answer_field(request, "command");

    for (size_t i = 0; i < sizeof(KEPT) / sizeof(KEPT[0]); i++)
        if (strcmp(KEPT[i], command) == 0)
            return !json_object_get(request, "at") && !json_object_get(request, "known");
    return 0;
}

/* 0: it stands ready in *text; otherwise *answer is to be sent. */
static int desk_view_kept(struct desk *desk, const json_t *request, json_t **answer, struct span *text)
{
    struct ready_stamp stamp = {.now_ms = system_wall_ms()};
    char *question = json_dumps(request, JSON_COMPACT | JSON_SORT_KEYS);
    char *made;
    int rc = question ? views_stamp(&desk->options.views, &stamp) : NAVETTE_E_MEMORY;

    *answer = NULL;
    if (!rc)
        rc = ready_find(desk->ready, question, &stamp, text);
    if (rc)
        *answer = views_answer(&desk->options.views, request, &stamp);
    if (rc == NAVETTE_E_NOT_FOUND && json_is_true(json_object_get(*answer, "ok")) && (made = json_dumps(*answer, JSON_COMPACT)) != NULL) {
        rc = ready_keep(desk->ready, question, &stamp, made);
        if (!rc)
            rc = ready_find(desk->ready, question, &stamp, text);
    }
    free(question);
    return rc;
}

static void desk_view(struct desk *desk, uint64_t client, const json_t *request)
{
    struct span text;
    json_t *answer = NULL;

    if (!desk_is_kept(request)) {
        control_server_answer(desk->server, client, views_answer(&desk->options.views, request, NULL));
        return;
    }
    if (desk_view_kept(desk, request, &answer, &text) == 0)
        control_server_tell(desk->server, client, text);
    else
        control_server_answer(desk->server, client, json_incref(answer));
    json_decref(answer);
}

/* What another thread reads is a copy: one object is never shared. */
static void desk_request(struct desk *desk, uint64_t client, json_t *request)
{
    const char *command = answer_field(request, "command");

    if (views_knows(command))
        desk_view(desk, client, request);
    else if (command && (strcmp(command, "verify") == 0 || (strcmp(command, "backup") == 0 && answer_field(request, "path"))))
        desk_audit(desk, client, request);
    else if (!decide_knows(command) || strcmp(command, BACKUP_NOTED) == 0)
        control_server_answer(desk->server, client, answer_error(request, "hub-unknown-command", command ? command : "", NULL, NULL));
    else if (queue_put(desk->options.requests, client, json_deep_copy(request)))
        control_server_answer(desk->server, client, answer_failure(request, NAVETTE_E_BUSY, NULL));
    json_decref(request);
}

static void desk_answers(struct desk *desk)
{
    uint64_t client;
    json_t *answer;

    while (queue_take(desk->options.answers, &client, &answer) == 0)
        control_server_answer(desk->server, client, answer);
}

static void *desk_run(void *argument)
{
    struct desk *desk = argument;
    struct pollfd fds[DESK_OWN_FDS + DESK_FDS];
    uint64_t client;
    json_t *request;

    fds[0] = (struct pollfd){.fd = desk->stop_fd, .events = POLLIN};
    fds[1] = (struct pollfd){.fd = queue_fd(desk->options.answers), .events = POLLIN};
    for (;;) {
        size_t count = control_server_poll(desk->server, fds + DESK_OWN_FDS, DESK_FDS);

        if (poll(fds, DESK_OWN_FDS + count, -1) < 0)
            continue;
        desk_answers(desk);
        control_server_serve(desk->server, fds + DESK_OWN_FDS, count);
        if (fds[0].revents)
            return NULL;
        while (control_server_next(desk->server, &client, &request) == 0)
            desk_request(desk, client, request);
    }
}

int desk_start(const struct desk_options *options, struct desk **desk)
{
    struct desk *made = calloc(1, sizeof(*made));
    int rc;

    *desk = NULL;
    if (!made)
        return NAVETTE_E_MEMORY;
    made->options = *options;
    made->stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    made->ready = ready_new();
    rc = !made->ready ? NAVETTE_E_MEMORY : made->stop_fd < 0 ? NAVETTE_E_SYSTEM : control_server_open(options->path, &made->server);
    if (!rc && options->group[0])
        rc = control_server_share(made->server, options->group);
    if (!rc && pthread_create(&made->thread, NULL, desk_run, made))
        rc = NAVETTE_E_SYSTEM;
    if (rc) {
        control_server_close(made->server);
        if (made->stop_fd >= 0)
            (void)close(made->stop_fd);
        ready_free(made->ready);
        free(made);
        return rc;
    }
    *desk = made;
    return 0;
}

void desk_stop(struct desk *desk)
{
    if (!desk)
        return;
    (void)eventfd_write(desk->stop_fd, 1);
    (void)pthread_join(desk->thread, NULL);
    if (desk->audit_started)
        desk_audit_end(desk);
    desk_answers(desk);
    control_server_close(desk->server);
    (void)close(desk->stop_fd);
    ready_free(desk->ready);
    free(desk);
}
