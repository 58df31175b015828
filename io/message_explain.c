/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/message_explain.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LINE_SIZE 512u
#define TIME_SIZE 20u
#define MINUTE_MS 60000

struct lines {
    enum message_language language;
    json_t *list;
};

__attribute__((format(printf, 2, 3))) static void add(struct lines *lines, const char *format, ...)
{
    char text[LINE_SIZE];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    (void)json_array_append_new(lines->list, json_string(text));
}

static const char *say(const struct lines *lines, const char *fr, const char *en)
{
    return lines->language == MESSAGE_EN ? en : fr;
}

static const char *word(const struct lines *lines, const char *text)
{
    return message_word(lines->language, text);
}

static const char *field(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text != NULL ? text : "";
}

static long long number(const json_t *object, const char *name)
{
    return (long long)json_integer_value(json_object_get(object, name));
}

/* "2026-11-24 09:12:03" of a time in JSON. */
static const char *moment(const json_t *object, const char *name, char out[TIME_SIZE])
{
    const char *text = field(object, name);

    (void)snprintf(out, TIME_SIZE, "%.10s%s%.8s", text, text[0] != '\0' ? " " : "", strlen(text) > 11 ? text + 11 : "");
    return out;
}

/* When, what, where, by whom, and the reference by which it is found again. */
static void add_event(struct lines *lines, const char *before, const json_t *event)
{
    const char *operator_ = field(event, "operator"), *place = field(event, "at");
    const char *id = field(json_object_get(event, "thing"), "id");
    char time[TIME_SIZE];

    add(lines, "%s%s  %s%s%s  %s%s%s  %s", before, moment(event, "time", time), word(lines, field(event, "event")),
        id[0] != '\0' ? " " : "", id, place[0] != '\0' ? place : say(lines, "réseau", "network"), operator_[0] != '\0' ? " " : "",
        operator_, field(event, "ref"));
}

static void add_events(struct lines *lines, const char *before, const json_t *events)
{
    const json_t *event;
    size_t index;

    json_array_foreach(events, index, event) add_event(lines, before, event);
}

static void add_things(struct lines *lines, const json_t *rows)
{
    const json_t *row;
    size_t index;

    json_array_foreach(rows, index, row)
    {
        const char *to = field(row, "to"), *container = field(json_object_get(row, "container"), "id");

        add(lines, "%s  %s%s%s  %s  %s%s%s%s", field(row, "id"), field(row, "place"), to[0] != '\0' ? " > " : "", to,
            word(lines, field(row, "state")), field(row, "material"), container[0] != '\0' ? say(lines, ", dans ", ", in ") : "", container,
            json_is_true(json_object_get(row, "may_have_moved")) ? say(lines, "  (a pu bouger depuis)", "  (may have moved since)") : "");
        add_events(lines, "    ", json_object_get(row, "events"));
    }
}

static void add_more(struct lines *lines, size_t shown, long long total)
{
    if ((long long)shown < total)
        add(lines, say(lines, "... et %lld de plus", "... and %lld more"), total - (long long)shown);
}

static void add_silences(struct lines *lines, const json_t *answer)
{
    const json_t *row;
    char time[TIME_SIZE];
    size_t index;

    json_array_foreach(json_object_get(answer, "silent"), index, row)
    {
        if (json_is_string(json_object_get(row, "since")))
            add(lines, "  %s : %s %s (%s %.8s)", field(row, "place"), word(lines, "silent-since"), moment(row, "since", time),
                say(lines, "poste", "node"), field(row, "node"));
        else
            add(lines, "  %s : %s (%s %.8s)", field(row, "place"), word(lines, "never-heard"), say(lines, "poste", "node"),
                field(row, "node"));
        if (json_is_object(json_object_get(row, "noted")))
            add_event(lines, "    ", json_object_get(row, "noted"));
    }
}

static void add_bounds(struct lines *lines, const json_t *answer)
{
    long long low = number(answer, "low"), high = number(answer, "high");

    if (low == high) {
        add(lines, "%s", say(lines, "Aucun lieu muet n'y peut rien changer.", "No silent place can change it."));
        return;
    }
    add(lines, say(lines, "Possible : de %lld à %lld.", "Possible: %lld to %lld."), low, high);
    add(lines,
        say(lines, "  %lld : sans ce qui a pu bouger, parce que c'est à un lieu muet, ou en route de ou vers un lieu muet.",
            "  %lld: without what may have moved, because it is at a silent place, or on the road from or to one."),
        low);
    add(lines,
        say(lines, "  %lld : avec ce qui a pu arriver de là, du même type.",
            "  %lld: with what may have come from there, of the same material."),
        high);
    add(lines, say(lines, "Muet : rien entendu depuis plus de %lld minutes.", "Silent: not heard of for more than %lld minutes."),
        number(answer, "quiet_ms") / MINUTE_MS);
    add_silences(lines, answer);
    if (number(answer, "other_total") > 0)
        add(lines, "%s", say(lines, "A pu arriver :", "May have come:"));
    add_things(lines, json_object_get(answer, "others"));
    add_more(lines, json_array_size(json_object_get(answer, "others")), number(answer, "other_total"));
}

static void add_figure(struct lines *lines, const json_t *answer)
{
    add_things(lines, json_object_get(answer, "rows"));
    add_more(lines, json_array_size(json_object_get(answer, "rows")), number(answer, "total"));
    if (json_array_size(json_object_get(answer, "context")) > 0)
        add(lines, "%s", say(lines, "Ce que ces événements touchent aussi :", "What these events touch too:"));
    add_events(lines, "    ", json_object_get(answer, "context"));
    add(lines, "%s : %lld", word(lines, "total"), number(answer, "total"));
    if (json_array_size(json_object_get(answer, "rules")) > 0)
        add(lines, "%s", say(lines, "Décidé par le réseau :", "Decided by the network:"));
    add_events(lines, "    ", json_object_get(answer, "rules"));
    add_bounds(lines, answer);
}

static const char *figures(const json_t *row, const char *party)
{
    const char *text = field(json_object_get(json_object_get(row, "counts"), party), "text");

    return text[0] != '\0' ? text : "-";
}

static void add_handover(struct lines *lines, const json_t *answer)
{
    static const char *const parties[] = {"giver", "carrier", "taker"};
    const json_t *row = json_array_get(json_object_get(answer, "rows"), 0);
    const json_t *compared = json_object_get(answer, "compared");
    const json_t *event;
    size_t index;

    add(lines, "%s %s : %s > %s  (%s)", say(lines, "Remise", "Hand-over"), field(row, "handover"), field(row, "from"), field(row, "to"),
        word(lines, "figures"));
    for (size_t i = 0; i < sizeof parties / sizeof parties[0]; i++) {
        add(lines, "%s : %s", word(lines, parties[i]), figures(row, parties[i]));
        json_array_foreach(json_object_get(answer, "events"), index, event)
        {
            if (strcmp(field(event, "party"), parties[i]) == 0)
                add_event(lines, "    ", event);
        }
    }
    json_array_foreach(json_object_get(answer, "events"), index, event)
    {
        if (json_is_null(json_object_get(event, "party")))
            add_event(lines, say(lines, "Rattachement : ", "Pairing: "), event);
    }
    add(lines, "%s",
        say(lines, "D'une partie compte le dernier compte tapé ; sinon ce qu'elle a lu, chaque étiquette une fois.",
            "Of a party the last count typed counts; else what it scanned, each tag once."));
    if (json_array_size(compared) == 2)
        add(lines, "%s : %s, %s", say(lines, "Comparés", "Compared"), word(lines, json_string_value(json_array_get(compared, 0))),
            word(lines, json_string_value(json_array_get(compared, 1))));
    else
        add(lines, "%s", say(lines, "Rien à comparer : il faut deux comptes.", "Nothing to compare: it takes two counts."));
}

static void add_count(struct lines *lines, const json_t *answer)
{
    static const char *const names[] = {"expected", "seen", "missing", "unexpected", "explained", "added"};
    static const char *const words[] = {"expected", "seen-of-them", "missing", "unexpected", "explained-since", "added"};
    const json_t *row;
    size_t index;

    add(lines, "%s %.8s : %s", word(lines, "stocktake"), field(answer, "count"), field(answer, "place"));
    add_events(lines, "    ", json_object_get(answer, "events"));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        add(lines, "  %s : %lld", word(lines, words[i]), number(answer, names[i]));
    add(lines, "%s",
        say(lines,
            "Attendu : ce qui était là, en ordre, de l'ouverture à la clôture, selon tout ce qui est connu ; les événements arrivés après "
            "coup comptent.",
            "Expected: what lay there, in order, from opening to closing, by all that is known; events that came afterwards count."));
    json_array_foreach(json_object_get(answer, "rows"), index, row)
    {
        add(lines, "%s  %s  %s", word(lines, field(row, "what")), field(row, "code"), field(row, "title"));
        add_events(lines, "    ", json_object_get(row, "events"));
    }
}

json_t *message_explain(enum message_language language, const json_t *answer)
{
    struct lines lines = {language, json_array()};
    const char *what = field(answer, "explains");

    if (lines.list == NULL)
        return NULL;
    if (strcmp(what, "figure") == 0)
        add_figure(&lines, answer);
    else if (strcmp(what, "handover") == 0)
        add_handover(&lines, answer);
    else if (strcmp(what, "count") == 0)
        add_count(&lines, answer);
    return lines.list;
}

json_t *message_explain_thing(enum message_language language, const json_t *answer)
{
    struct lines lines = {language, json_array()};
    const json_t *conflict = json_object_get(answer, "conflict");

    if (lines.list == NULL)
        return NULL;
    if (conflict != NULL) {
        add(&lines, "%s",
            json_is_true(json_object_get(conflict, "stands"))
                ? say(&lines, "Deux endroits, et aucun mouvement ne les relie :", "Two places, and no movement links them:")
                : say(&lines, "Deux endroits, et aucun mouvement ne les reliait ; ce qui est venu depuis l'a réglé :",
                      "Two places that no movement linked; what came since has settled it:"));
        add_events(&lines, "    ", json_object_get(conflict, "events"));
    }
    if (json_is_object(json_object_get(answer, "state_by"))) {
        add(&lines, "%s : %s", say(&lines, "La commande est", "The order is"), word(&lines, field(answer, "state")));
        add_event(&lines, "    ", json_object_get(answer, "state_by"));
    }
    return lines.list;
}
