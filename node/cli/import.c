/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli/import.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "navette/error.h"
#include "node/cli/import_send.h"

static volatile sig_atomic_t stopped; /* Ctrl-C: what was sent is stored, the rest is for the next run */

static void stop(int number)
{
    (void)number;
    stopped = 1;
}

static long read_some(void *context, void *out, size_t len)
{
    ssize_t got;

    do
        got = read(*(const int *)context, out, len);
    while (got < 0 && errno == EINTR && !stopped);
    return (long)got;
}

static int flag(const struct arguments *arguments, const char *name)
{
    return json_is_true(json_object_get(arguments->options, name));
}

static void names_of_profiles(char *out, size_t size)
{
    struct import_profile profile;
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; import_profile_at(i, &profile) == 0 && used < size; i++) {
        int n = snprintf(out + used, size - used, "%s%s", used > 0 ? ", " : "", profile.name);
        used += n > 0 ? (size_t)n : 0;
        import_profile_free(&profile);
    }
}

static int list_profiles(const struct arguments *arguments)
{
    struct import_profile profile;
    json_t *rows = json_array();

    for (size_t i = 0; import_profile_at(i, &profile) == 0; i++) {
        if (arguments->json)
            (void)json_array_append_new(rows, json_pack("{s:s, s:s}", "profile", profile.name, "about", profile.about));
        else
            (void)printf("%-18s  %s\n", profile.name, profile.about);
        import_profile_free(&profile);
    }
    if (arguments->json) {
        json_t *answer = json_pack("{s:b, s:O}", "ok", 1, "profiles", rows);
        session_print(answer);
        json_decref(answer);
    }
    json_decref(rows);
    return EXIT_DONE;
}

int import_profile_named(const struct arguments *arguments, const char *name, struct import_profile *profile)
{
    char text[IMPORT_TEXT], names[512];
    int rc = import_profile_find(name, profile);

    if (rc == 0)
        return 0;
    names_of_profiles(names, sizeof names);
    if (rc == NAVETTE_E_NOT_FOUND && strchr(name, '/') == NULL && strchr(name, '.') == NULL && access(name, F_OK) != 0)
        return session_refuse_code(arguments, "import-no-profile", name, names);
    if (rc == NAVETTE_E_NOT_FOUND)
        rc = import_profile_read(name, profile, text);
    if (rc == 0)
        return 0;
    import_profile_free(profile);
    return rc == NAVETTE_E_INVALID  ? session_refuse_code(arguments, "import-bad-profile", name, text)
           : rc == NAVETTE_E_MEMORY ? session_refuse_code(arguments, "no-memory", NULL, NULL)
                                    : session_refuse_code(arguments, "import-cannot-open", name, strerror(errno));
}

static int show_profile(const struct arguments *arguments, const char *name)
{
    struct import_profile profile;
    int rc = import_profile_named(arguments, name, &profile);

    if (rc != 0)
        return rc;
    import_profile_print(&profile, stdout);
    import_profile_free(&profile);
    return EXIT_DONE;
}

/* One run over one file. */
struct run {
    const struct arguments *arguments;
    struct import_profile profile;
    struct import *import;
    struct import_seen seen;
    struct import_report report;
    struct import_send send;
    int dry, partial, sure, fd;
};

static int take_item(struct run *run, const struct import_item *item)
{
    const struct import_where where = {item->record, item->line, item->offset};
    int rc = import_seen_add(&run->seen, item->barcode);

    if (rc == 0 || rc == NAVETTE_E_EXISTS) {
        int failed = import_seen_library(&run->seen, item->library, item->home);
        rc = failed != 0 ? failed : rc;
    }
    if (rc == NAVETTE_E_EXISTS) {
        import_report_skip(&run->report, &where, item->barcode, "import-twice", NULL);
        return 0;
    }
    if (rc != 0)
        return session_refuse_code(run->arguments, rc == NAVETTE_E_TOO_LARGE ? "import-too-many" : "no-memory", NULL, NULL);
    return import_send_item(&run->send, item);
}

/* A file that can't be read on, or never could. */
static int refuse_file(const struct run *run, int rc, const struct import_note *note)
{
    const char *file = run->arguments->count > 0 ? run->arguments->words[0] : "-";

    switch (rc) {
    case NAVETTE_E_INVALID:
        if (strcmp(note->detail, "UTF-16") == 0)
            return session_refuse_code(run->arguments, "import-utf-16", file, NULL);
        return session_refuse_code(run->arguments, "import-no-column", run->profile.barcode, note->detail);
    case NAVETTE_E_SYSTEM:
        return session_refuse_code(run->arguments, "import-cannot-open", file, strerror(errno));
    default:
        return session_refuse_code(run->arguments, "no-memory", NULL, NULL);
    }
}

static int read_all(struct run *run)
{
    const struct import_item *item;
    const struct import_note *note = NULL;
    enum import_what what = IMPORT_A_NOTE;
    int rc = 0;

    while (rc == 0 && what != IMPORT_THE_END && !stopped) {
        rc = import_next(run->import, &what, &item, &note);
        if (rc != 0)
            return stopped ? 0 : refuse_file(run, rc, note);
        if (what == IMPORT_AN_ITEM)
            rc = take_item(run, item);
        else if (what == IMPORT_A_NOTE)
            import_report_note(&run->report, note);
        import_report_progress(&run->report, import_counts(run->import));
    }
    return rc != 0 ? rc : import_send_flush(&run->send);
}

static int carry_out(struct run *run)
{
    struct import_end end = {.seen = &run->seen, .profile = run->profile.name, .dry = run->dry, .partial = run->partial};
    uint64_t answered; /* by the node, or in a trial without one */
    int rc = read_all(run);

    end.compared = run->send.session.client != NULL;
    if (rc == 0 && end.compared && !run->partial && !stopped)
        rc = import_send_gone(&run->send, &run->seen, run->sure);
    end.counts = import_counts(run->import);
    end.space = run->send.space;
    answered = run->report.created + run->report.updated + run->report.unchanged;
    end.scanned = run->send.scanned || answered == 0;
    end.interrupted = stopped || rc != 0;
    if (rc == 0 || answered > 0)
        import_report_end(&run->report, &end);
    return rc != 0 ? rc : stopped ? EXIT_REFUSED : run->report.skipped + run->report.withheld > 0 ? EXIT_SOME : EXIT_DONE;
}

static int open_file(struct run *run)
{
    const struct arguments *arguments = run->arguments;
    const char *file = arguments->count > 0 ? arguments->words[0] : "-";
    struct stat stat;

    if (arguments->count > 1)
        return session_refuse_code(arguments, "usage", arguments->words[1], NULL);
    run->fd = strcmp(file, "-") == 0 ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
    if (run->fd < 0 || fstat(run->fd, &stat) != 0)
        return session_refuse_code(arguments, "import-cannot-open", file, strerror(errno));
    if (S_ISDIR(stat.st_mode))
        return session_refuse_code(arguments, "import-cannot-open", file, strerror(EISDIR));
    run->report.size = S_ISREG(stat.st_mode) ? (uint64_t)stat.st_size : 0;
    return 0;
}

static int is_space(const char *text)
{
    for (const char *p = text; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return 0;
    return strlen(text) <= LIMIT_NAMESPACE;
}

/* What was typed goes before the profile. */
static int settle(struct run *run)
{
    const char *home = arguments_text(run->arguments, "home");
    char code[LIMIT_PLACE_CODE + 1];

    import_place_code(home, code);
    if (strcmp(code, home) != 0)
        return session_refuse_code(run->arguments, "no-such-place", home, NULL);
    if (home[0] != '\0')
        (void)snprintf(run->profile.home_default, sizeof run->profile.home_default, "%s", home);
    if (!is_space(arguments_text(run->arguments, "namespace")))
        return session_refuse_code(run->arguments, "import-bad-namespace", arguments_text(run->arguments, "namespace"), NULL);
    if (run->profile.space[0] != '\0' && json_object_get(run->arguments->options, "namespace") == NULL)
        (void)json_object_set_new(run->arguments->options, "namespace", json_string(run->profile.space));
    return 0;
}

int import_run(const struct arguments *arguments)
{
    struct sigaction action = {.sa_handler = stop};
    const char *name = arguments_text(arguments, "profile"), *shown = arguments_text(arguments, "show_profile");
    struct run run = {.arguments = arguments,
                      .dry = flag(arguments, "dry_run"),
                      .partial = flag(arguments, "partial"),
                      .sure = flag(arguments, "gone_is_gone"),
                      .fd = -1};
    char names[512];
    int rc;

    if (flag(arguments, "profiles"))
        return list_profiles(arguments);
    if (shown[0] != '\0')
        return show_profile(arguments, shown);
    names_of_profiles(names, sizeof names);
    if (name[0] == '\0')
        return session_refuse_code(arguments, "import-which-profile", names, NULL);
    rc = import_profile_named(arguments, name, &run.profile);
    if (rc != 0)
        return rc;
    import_report_open(&run.report, arguments);
    import_seen_init(&run.seen);
    rc = settle(&run);
    if (rc == 0)
        rc = open_file(&run);
    if (rc == 0)
        rc = import_send_open(&run.send, arguments, &run.report, run.dry);
    if (rc == 0) {
        (void)sigaction(SIGINT, &action, NULL);
        (void)sigaction(SIGTERM, &action, NULL);
        rc = import_open(&run.profile, read_some, &run.fd, &run.import);
        rc = rc == 0 ? carry_out(&run)
                     : session_refuse_code(arguments, rc == NAVETTE_E_MEMORY ? "no-memory" : "import-no-iconv", NULL, NULL);
    }
    import_send_close(&run.send);
    import_close(run.import);
    import_seen_free(&run.seen);
    import_report_close(&run.report);
    import_profile_free(&run.profile);
    if (run.fd > STDERR_FILENO)
        (void)close(run.fd);
    return rc;
}
