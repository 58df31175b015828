/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/view_csv.h"
#include "node/cli/show.h"

#include <stdio.h>
#include <string.h>

const char *show_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL ? text : "";
}

const char *show_number(const json_t *object, const char *name, char out[SHOW_NUMBER_SIZE])
{
    (void)snprintf(out, SHOW_NUMBER_SIZE, "%lld", (long long)json_integer_value(json_object_get(object, name)));
    return out;
}

const char *show_time(const json_t *object, const char *name, char out[SHOW_TIME_SIZE])
{
    (void)snprintf(out, SHOW_TIME_SIZE, "%.16s", show_text(object, name));
    if (strlen(out) == 16 && out[10] == 'T')
        out[10] = ' ';
    return out;
}

const char *show_place(const struct arguments *arguments, const json_t *record, char out[SHOW_PLACE_SIZE])
{
    const char *custody = show_text(record, "custody"), *condition = show_text(record, "condition");
    const char *container = show_text(json_object_get(record, "container"), "id");

    if (json_object_get(record, "order") != NULL)
        (void)snprintf(out, SHOW_PLACE_SIZE, "%s", session_word(arguments, show_text(record, "order")));
    else if (condition[0] != '\0' && strcmp(condition, "normal") != 0)
        (void)snprintf(out, SHOW_PLACE_SIZE, "%s %s", session_word(arguments, condition), show_text(record, "place"));
    else if (strcmp(custody, "transit") == 0)
        (void)snprintf(out, SHOW_PLACE_SIZE, "%s > %s", show_text(record, "place"), show_text(record, "to"));
    else if (strcmp(custody, "person") == 0)
        (void)snprintf(out, SHOW_PLACE_SIZE, "%s (%s)", session_word(arguments, "with-person"), show_text(record, "place"));
    else if (strcmp(custody, "container") == 0)
        (void)snprintf(out, SHOW_PLACE_SIZE, "%s %s", arguments->language == MESSAGE_EN ? "in" : "dans", container);
    else if (strcmp(custody, "place") == 0)
        (void)snprintf(out, SHOW_PLACE_SIZE, "%s", show_text(record, "place"));
    else
        (void)snprintf(out, SHOW_PLACE_SIZE, "%s", session_word(arguments, "nowhere"));
    return out;
}

const char *show_kind(const struct arguments *arguments, const char *material)
{
    return strcmp(material, "bag") == 0 || strcmp(material, "crate") == 0 ? session_word(arguments, material) : material;
}

void show_partial(const json_t *answer)
{
    const char *text = show_text(json_object_get(answer, "partial"), "text");
    const char *completing = show_text(json_object_get(answer, "completing"), "text");

    if (text[0] != '\0')
        (void)printf("%s\n", text);
    if (completing[0] != '\0')
        (void)printf("%s\n", completing);
}

/* What parts a text from the one before it; nothing before nothing. */
static const char *after(const char *text)
{
    return text[0] != '\0' ? "  " : "";
}

static void show_thing(const struct arguments *arguments, const json_t *answer)
{
    const json_t *thing = json_object_get(answer, "thing");
    const char *material = show_kind(arguments, show_text(thing, "material"));
    char since[SHOW_TIME_SIZE], place[SHOW_PLACE_SIZE];
    size_t i;
    json_t *inside;

    (void)printf("%s %s%s%s%s%s\n", session_word(arguments, show_text(thing, "kind")), show_text(thing, "id"),
                 after(show_text(thing, "title")), show_text(thing, "title"), show_text(thing, "author")[0] != '\0' ? " / " : "",
                 show_text(thing, "author"));
    if (strcmp(show_text(thing, "custody"), "person") != 0 || strcmp(show_text(thing, "condition"), "normal") != 0)
        (void)printf("  %s, %s", session_word(arguments, show_text(thing, "state")), show_text(answer, "where"));
    else
        (void)printf("  %s", show_text(answer, "where"));
    if (show_time(thing, "since", since)[0] != '\0')
        (void)printf(", %s %s", session_word(arguments, "since"), since);
    (void)printf("\n");
    if (json_is_true(json_object_get(thing, "conflict")))
        (void)printf("  %s\n", session_word(arguments, "conflict"));
    if (show_text(thing, "home")[0] != '\0')
        (void)printf("  %s : %s%s%s%s%s%s%s\n", session_word(arguments, "home"), show_text(thing, "home"), material[0] != '\0' ? "   " : "",
                     material[0] != '\0' ? session_word(arguments, "material") : "", material[0] != '\0' ? " : " : "", material,
                     after(show_text(thing, "call_number")), show_text(thing, "call_number"));
    if (json_object_get(thing, "seal") != NULL)
        (void)printf("  %s : %s\n", arguments->language == MESSAGE_EN ? "seal" : "scellé", show_text(thing, "seal"));
    if (json_array_size(json_object_get(answer, "inside")) > 0)
        (void)printf("  %s :\n", session_word(arguments, "contents"));
    json_array_foreach(json_object_get(answer, "inside"), i, inside)
    {
        const char *amiss = strcmp(show_text(inside, "condition"), "normal") != 0 ? show_place(arguments, inside, place) : "";
        (void)printf("    %s%s%s%s%s\n", show_text(inside, "id"), after(show_text(inside, "title")), show_text(inside, "title"),
                     after(amiss), amiss);
    }
    show_phone(arguments, answer);
    show_partial(answer);
}

static void show_check(const struct arguments *arguments, const json_t *answer)
{
    char entries[SHOW_NUMBER_SIZE];

    (void)printf(arguments->language == MESSAGE_EN
                     ? "Counters, contents and digest agree; %s events of this node's log verified.\n%s\n"
                     : "Compteurs, contenus et empreinte concordent ; %s événements de ce poste vérifiés.\n%s\n",
                 show_number(answer, "own_entries", entries), show_text(answer, "digest"));
}

/* A single event recorded: what, under which number, and the reference that a slip or a correction quotes. */
static void show_recorded(const struct arguments *arguments, const json_t *answer)
{
    char number[SHOW_NUMBER_SIZE];

    const char *target = show_text(answer, "target_event");

    (void)printf("OK   %s%s%s  (%s %s)\n     %s\n", session_word(arguments, show_text(answer, "event")), target[0] != '\0' ? " : " : "",
                 target[0] != '\0' ? session_word(arguments, target) : "", session_word(arguments, "seq"),
                 show_number(answer, "seq", number), show_text(answer, "ref"));
    if (json_object_get(answer, "note") != NULL)
        (void)printf("     %s\n", show_text(json_object_get(answer, "note"), "text"));
}

void show_answer(const struct arguments *arguments, const json_t *answer)
{
    const char *name = arguments->spec->name;
    const char *view = strcmp(name, "count list") == 0 ? "counts" : name;

    if (json_is_true(json_object_get(arguments->options, "csv")) && view_csv_knows(view)) {
        view_csv(stdout, view, answer);
        return;
    }
    if (spec_lists("stock transit bags places aside discrepancies conflicts", name))
        show_views(arguments, answer);
    else if (strncmp(name, "count ", 6) == 0 && json_object_get(answer, "count") != NULL)
        show_count(arguments, answer);
    else if (strcmp(name, "count list") == 0)
        show_counts(arguments, answer);
    else if (spec_lists("history explain", name))
        show_past(arguments, answer);
    else if (spec_lists("orders picklist ils", name))
        show_orders(arguments, answer);
    else if (spec_lists("status sync", name))
        show_status(arguments, answer);
    else if (spec_lists("handovers proposals", name))
        show_handover(arguments, answer);
    else if (spec_lists("compare damage prune", name))
        show_compare(arguments, answer);
    else if (strcmp(name, "refused") == 0)
        show_refused(arguments, answer);
    else if (strcmp(name, "find") == 0)
        show_thing(arguments, answer);
    else if (strcmp(name, "check") == 0)
        show_check(arguments, answer);
    else if (json_object_get(answer, "seq") != NULL)
        show_recorded(arguments, answer);
    else
        (void)printf("%s\n", show_text(answer, "text"));
}
