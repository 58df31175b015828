/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message.h: texts, placeholders, languages.
 *   - both languages, both parts, French when nothing says otherwise
 *   - placeholders: in any order, absent arguments, unknown codes
 *   - counts: singular and plural, groups of three digits, one decimal
 *   - an output that is too short: never over its end, never half a character, at every size
 *   - the language of a name and of the environment
 *   - words: known, unknown
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "navette/message.h"

static void test_message_text_both_languages(void **state)
{
    char out[256];

    (void)state;
    message_text(MESSAGE_FR, "unknown-barcode", "123", NULL, NULL, out, sizeof out);
    assert_string_equal(out, "Code-barres inconnu ici : 123.");
    message_text(MESSAGE_EN, "unknown-barcode", "123", NULL, NULL, out, sizeof out);
    assert_string_equal(out, "Barcode unknown here: 123.");
    message_next(MESSAGE_EN, "with-person", "123", NULL, NULL, out, sizeof out);
    assert_string_equal(out, "Record the return first: navette return 123");
}

static void test_message_text_placeholders(void **state)
{
    char out[256];

    (void)state;
    message_text(MESSAGE_EN, "not-in-this-bag", "i", "b", "at A", out, sizeof out);
    assert_string_equal(out, "i is not in b: at A.");
    message_text(MESSAGE_EN, "not-in-this-bag", "i", NULL, NULL, out, sizeof out);
    assert_string_equal(out, "i is not in : .");
    message_text(MESSAGE_EN, "unknown-barcode", "{2}", "never", NULL, out, sizeof out);
    assert_string_equal(out, "Barcode unknown here: {2}.");
    message_text(MESSAGE_FR, "no such code", "a", "b", "c", out, sizeof out);
    assert_string_equal(out, "no such code");
    message_next(MESSAGE_FR, "no such code", "a", "b", "c", out, sizeof out);
    assert_string_equal(out, "");
}

static void test_message_text_counts(void **state)
{
    static const struct {
        enum message_language language;
        const char *code, *count, *text;
    } rows[] = {
        {MESSAGE_FR, "ils-written", "0", "0 ligne écrite dans f."},
        {MESSAGE_FR, "ils-written", "1", "1 ligne écrite dans f."},
        {MESSAGE_FR, "ils-written", "2", "2 lignes écrites dans f."},
        {MESSAGE_FR, "ils-written", "1234567", "1\u202f234\u202f567 lignes écrites dans f."},
        {MESSAGE_EN, "ils-written", "0", "0 lines written to f."},
        {MESSAGE_EN, "ils-written", "1", "1 line written to f."},
        {MESSAGE_EN, "ils-written", "1000", "1,000 lines written to f."},
        {MESSAGE_EN, "ils-written", NULL, " lines written to f."},
        {MESSAGE_FR, "stick-out", "1",
         "1 événement est sur la clé. Il n'est pas encore en sûreté : il le sera quand la clé sera revenue avec la réponse."},
        {MESSAGE_FR, "stick-out", "2",
         "2 événements sont sur la clé. Ils ne sont pas encore en sûreté : ils le seront quand la clé sera revenue avec la réponse."},
        {MESSAGE_EN, "stick-out", "1", "1 event is on the stick. It is not safe yet: it will be when the stick is back with the answer."},
        {MESSAGE_EN, "stick-out", "2",
         "2 events are on the stick. They are not safe yet: they will be when the stick is back with the answer."},
        {MESSAGE_FR, "pruned-waits", "1", "1 événement attend des mouvements anciens, à redemander au concentrateur."},
        {MESSAGE_EN, "pruned-waits", "1", "1 event waits for older movements, to be asked of the hub."},
    };
    char out[256];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        message_text(rows[i].language, rows[i].code, rows[i].count, "f", NULL, out, sizeof out);
        assert_string_equal(out, rows[i].text);
    }
}

/* Three counts in one sentence, each with its own form. */
static void test_message_text_three_counts(void **state)
{
    static const struct {
        enum message_language language;
        const char *code, *a, *b, *c, *text;
    } rows[] = {
        {MESSAGE_FR, "stick-in", "2", "1", "1",
         "2 événements d'ici sont en sûreté au concentrateur, 1 reste à envoyer. 1 nouvelle du réseau est prise en compte."},
        {MESSAGE_FR, "stick-in", "1", "2", "3",
         "1 événement d'ici est en sûreté au concentrateur, 2 restent à envoyer. 3 nouvelles du réseau sont prises en compte."},
        {MESSAGE_EN, "stick-in", "1", "0", "1",
         "1 event of here is safe at the hub, 0 are still to be sent. 1 event of the network is taken in."},
        {MESSAGE_EN, "stick-in", "2", "1", "2",
         "2 events of here are safe at the hub, 1 is still to be sent. 2 events of the network are taken in."},
        {MESSAGE_FR, "hub-stick-taken", "A", "1", "7", "A : 1 événement nouveau est enregistré ici (jusqu'au n° 7)."},
        {MESSAGE_EN, "hub-stick-taken", "A", "1", "7", "A: 1 new event is recorded here (up to number 7)."},
        {MESSAGE_FR, "status-events", "1", "0", "2", "Journal: 1 enregistré ici, 0 à envoyer, 2 à recevoir"},
        {MESSAGE_FR, "status-events", "2000", "0", "2", "Journal: 2\u202f000 enregistrés ici, 0 à envoyer, 2 à recevoir"},
        {MESSAGE_FR, "damage-note", "1", "1", NULL, "ALERTE : 1 élément abîmé a été trouvé sur ce disque, 1 n'est pas réparé."},
        {MESSAGE_EN, "damage-note", "2", "1", NULL, "ALARM: 2 damaged items were found on this disk, 1 of them is not mended."},
    };
    char out[256];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        message_text(rows[i].language, rows[i].code, rows[i].a, rows[i].b, rows[i].c, out, sizeof out);
        assert_string_equal(out, rows[i].text);
    }
}

static void test_message_number(void **state)
{
    static const struct {
        long long count;
        const char *fr, *en;
    } rows[] = {{0, "0", "0"},
                {999, "999", "999"},
                {1000, "1\u202f000", "1,000"},
                {-1000, "-1\u202f000", "-1,000"},
                {-999, "-999", "-999"},
                {100000, "100\u202f000", "100,000"},
                {INT64_MAX, "9\u202f223\u202f372\u202f036\u202f854\u202f775\u202f807", "9,223,372,036,854,775,807"},
                {INT64_MIN, "-9\u202f223\u202f372\u202f036\u202f854\u202f775\u202f808", "-9,223,372,036,854,775,808"}};
    char out[MESSAGE_NUMBER_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_string_equal(message_number(MESSAGE_FR, rows[i].count, out), rows[i].fr);
        assert_string_equal(message_number(MESSAGE_EN, rows[i].count, out), rows[i].en);
    }
    assert_string_equal(message_decimal(MESSAGE_FR, 0.26, out), "0,3");
    assert_string_equal(message_decimal(MESSAGE_FR, -0.26, out), "-0,3");
    assert_string_equal(message_decimal(MESSAGE_FR, 1234.04, out), "1\u202f234,0");
    assert_string_equal(message_decimal(MESSAGE_EN, 9.96, out), "10.0");
}

/* Valid UTF-8 of one and two bytes a character, as French is. */
static int is_whole(const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
        if (*p < 0x80)
            continue;
        if (*p < 0xc2 || (p[1] & 0xc0u) != 0x80u)
            return 0;
        p++;
    }
    return 1;
}

static void test_message_text_every_size(void **state)
{
    char whole[512];

    (void)state;
    message_text(MESSAGE_FR, "held", "é", NULL, NULL, whole, sizeof whole);
    for (size_t size = 0; size <= strlen(whole) + 2; size++) {
        char *out = malloc(size + 1);
        assert_non_null(out);
        memset(out, '#', size + 1);
        message_text(MESSAGE_FR, "held", "é", NULL, NULL, out, size);
        assert_int_equal(out[size], '#');
        if (size > 0) {
            assert_true(strlen(out) < size);
            assert_true(strlen(out) + 2 >= (size - 1 < strlen(whole) ? size - 1 : strlen(whole)));
            assert_memory_equal(out, whole, strlen(out));
            assert_true(is_whole(out));
        }
        free(out);
    }
}

static void test_message_language_of_names(void **state)
{
    static const char *const english[] = {"en", "EN", "en_GB.UTF-8", "en-US"};
    static const char *const french[] = {"fr", "fr_FR.UTF-8", "C", "POSIX", "", "de_DE", "e"};

    (void)state;
    for (size_t i = 0; i < sizeof english / sizeof english[0]; i++)
        assert_int_equal(message_language_of(english[i]), MESSAGE_EN);
    for (size_t i = 0; i < sizeof french / sizeof french[0]; i++)
        assert_int_equal(message_language_of(french[i]), MESSAGE_FR);
    assert_int_equal(message_language_of(NULL), MESSAGE_FR);
}

static void test_message_language_of_environment_order(void **state)
{
    (void)state;
    unsetenv("NAVETTE_LANG");
    unsetenv("LC_ALL");
    unsetenv("LC_MESSAGES");
    unsetenv("LANG");
    assert_int_equal(message_language_of_environment(), MESSAGE_FR);
    setenv("LANG", "en_GB", 1);
    assert_int_equal(message_language_of_environment(), MESSAGE_EN);
    setenv("LC_MESSAGES", "fr_FR", 1);
    assert_int_equal(message_language_of_environment(), MESSAGE_FR);
    setenv("LC_ALL", "en_GB", 1);
    assert_int_equal(message_language_of_environment(), MESSAGE_EN);
    setenv("NAVETTE_LANG", "fr", 1);
    assert_int_equal(message_language_of_environment(), MESSAGE_FR);
    setenv("NAVETTE_LANG", "", 1);
    assert_int_equal(message_language_of_environment(), MESSAGE_EN);
}

static void test_message_word_known_and_not(void **state)
{
    (void)state;
    assert_string_equal(message_word(MESSAGE_FR, "shelf"), "en rayon");
    assert_string_equal(message_word(MESSAGE_EN, "shelf"), "on shelf");
    assert_string_equal(message_word(MESSAGE_FR, "old-keys"), "clés d'avant");
    assert_string_equal(message_word(MESSAGE_FR, "key-stolen"), "clés volées");
    assert_string_equal(message_word(MESSAGE_EN, "heard"), "last heard");
    assert_string_equal(message_word(MESSAGE_FR, "no such word"), "no such word");
}

static void test_message_event_inside_and_awaited(void **state)
{
    (void)state;
    assert_string_equal(message_event(MESSAGE_FR, "item-packed", 0), "mis dans un sac");
    assert_string_equal(message_event(MESSAGE_FR, "item-packed", 1), "contenu ajouté");
    assert_string_equal(message_event(MESSAGE_EN, "crate-unloaded", 1), "taken out");
    assert_string_equal(message_event(MESSAGE_EN, "received", 1), "received");
    assert_true(message_event_is_awaited("received"));
    assert_true(message_event_is_awaited("delivered"));
    assert_false(message_event_is_awaited("dispatched"));
    assert_false(message_event_is_awaited("collected"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_message_text_both_languages),
        cmocka_unit_test(test_message_text_placeholders),
        cmocka_unit_test(test_message_text_counts),
        cmocka_unit_test(test_message_text_three_counts),
        cmocka_unit_test(test_message_number),
        cmocka_unit_test(test_message_text_every_size),
        cmocka_unit_test(test_message_language_of_names),
        cmocka_unit_test(test_message_language_of_environment_order),
        cmocka_unit_test(test_message_word_known_and_not),
        cmocka_unit_test(test_message_event_inside_and_awaited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
