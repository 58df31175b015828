/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "node/cli/show.h"

static void show_identity(const struct arguments *arguments, const json_t *identity)
{
    int english = arguments->language == MESSAGE_EN;
    const json_t *places = json_object_get(identity, "places");
    size_t i;
    json_t *place;

    (void)printf("%s", json_array_size(places) > 1 ? (english ? "Places :" : "Lieux  :") : english ? "Place  :" : "Lieu   :");
    json_array_foreach(places, i, place)
    {
        (void)printf(" %s", json_string_value(place));
    }
    (void)printf("%s\n", json_array_size(places) == 0 ? " -" : "");
    int has_role = strcmp(show_text(identity, "role"), "none") != 0;

    (void)printf("%s %s%s%s%s\n", english ? "Node   :" : "Poste  :", show_text(identity, "node"), has_role ? "  " : "",
                 has_role ? session_word(arguments, show_text(identity, "role")) : "",
                 strcmp(show_text(identity, "scope"), "own") != 0 ? ""
                 : english                                        ? ", follows its own places only"
                                                                  : ", ne suit que ses lieux");
}

/* How far what was recorded here outlives this machine, and the hub. */
static void show_safety(const struct arguments *arguments, const json_t *link)
{
    int english = arguments->language == MESSAGE_EN;
    char durable[SHOW_NUMBER_SIZE], backed[SHOW_NUMBER_SIZE], made[SHOW_TIME_SIZE];

    if (json_integer_value(json_object_get(link, "durable")) == 0)
        return;
    (void)printf(english ? "         %s safe at the hub" : "         %s en sûreté au concentrateur", show_number(link, "durable", durable));
    if (show_time(link, "backed_up_at", made)[0] != '\0')
        (void)printf(english ? ", %s of them in its backup of %s\n" : ", dont %s dans sa sauvegarde du %s\n",
                     show_number(link, "backed_up", backed), made);
    else
        (void)printf("%s\n", english ? ", which has no backup yet" : ", qui n'a pas encore de sauvegarde");
}

static void show_link(const struct arguments *arguments, const json_t *identity, const json_t *link)
{
    int english = arguments->language == MESSAGE_EN;
    char head[SHOW_NUMBER_SIZE], send[SHOW_NUMBER_SIZE], take[SHOW_NUMBER_SIZE], heard[SHOW_TIME_SIZE], text[256];

    if (json_is_true(json_object_get(identity, "enrolled")))
        (void)printf("%s %s  (%s)\n", english ? "Hub    :" : "Réseau :", show_text(identity, "hub"),
                     json_is_true(json_object_get(link, "in_step")) && strcmp(show_text(link, "link"), "streaming") == 0
                         ? (english ? "in step" : "à jour")
                         : session_word(arguments, show_text(link, "link")));
    message_text(arguments->language, "status-events", show_number(link, "head", head), show_number(link, "to_send", send),
                 show_number(link, "to_take", take), text, sizeof text);
    (void)printf("%s\n", text);
    show_safety(arguments, link);
    if (show_time(link, "hub_heard", heard)[0] != '\0')
        (void)printf(english ? "         hub last heard %s\n" : "         dernier contact avec le concentrateur : %s\n", heard);
}

static void say_count(const struct arguments *arguments, const char *code, long long count)
{
    char number[SHOW_NUMBER_SIZE], text[256];

    (void)snprintf(number, sizeof number, "%lld", count);
    message_text(arguments->language, code, number, NULL, NULL, text, sizeof text);
    (void)printf("%s", text);
}

static void show_store(const struct arguments *arguments, const json_t *store)
{
    double used = (double)json_integer_value(json_object_get(store, "used_bytes"));
    long long free_mb = (long long)json_integer_value(json_object_get(store, "free_bytes")) >> 20;
    long long behind =
        (long long)json_integer_value(json_object_get(store, "entries")) - (long long)json_integer_value(json_object_get(store, "folded"));
    char mb[MESSAGE_NUMBER_SIZE], free_text[MESSAGE_NUMBER_SIZE];

    (void)printf(arguments->language == MESSAGE_EN ? "Store  : %s MB, %s MB free on the disk" : "Disque : %s Mo utilisés, %s Mo libres",
                 message_decimal(arguments->language, used / 1048576.0, mb), message_number(arguments->language, free_mb, free_text));
    if (behind > 0)
        say_count(arguments, "status-behind", behind);
}

void show_status(const struct arguments *arguments, const json_t *answer)
{
    int english = arguments->language == MESSAGE_EN;
    const json_t *store = json_object_get(answer, "store"), *note = json_object_get(answer, "note");
    const json_t *refused = json_object_get(answer, "refused_note");
    const json_t *said = session_is_ok(answer) ? note : answer;
    json_t *lost;
    size_t i;

    show_identity(arguments, json_object_get(answer, "identity"));
    show_link(arguments, json_object_get(answer, "identity"), json_object_get(answer, "link"));
    show_store(arguments, store);
    (void)printf("\n");
    if (!json_is_true(json_object_get(answer, "clock_synced")))
        (void)printf("%s\n", english ? "Clock  : not checked against a time source" : "Heure  : non vérifiée par une source de temps");
    show_damage_note(json_object_get(answer, "clock_note"));
    if (json_array_size(json_object_get(answer, "operations")) > 0)
        say_count(arguments, "status-operations", (long long)json_array_size(json_object_get(answer, "operations")));
    show_damage_note(json_object_get(answer, "damage"));
    show_damage_note(json_object_get(answer, "pruned"));
    json_array_foreach(json_object_get(json_object_get(answer, "pruned"), "refusals"), i, lost) show_damage_note(lost);
    if (show_text(refused, "text")[0] != '\0')
        (void)printf("%s\n  > %s\n", show_text(refused, "text"), show_text(refused, "next"));
    if (show_text(said, "text")[0] != '\0')
        (void)printf("%s\n  > %s\n", show_text(said, "text"), show_text(said, "next"));
}
