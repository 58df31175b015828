/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server/print.h, print_table.h: answers as people read them.
 *   - print_stock: columns by characters and not bytes, numbers to the right, a column without content left out, an empty table, both languages
 *   - print_transit: a range only where there is one, nothing at the end of the others, who is silent since when
 *   - print_transit_csv: the heading, quoting of commas, quotes and line ends
 *   - print_bags: a sum only where there are several kinds, nothing for zero
 *   - print_thing: a document in a bag, a bag with contents
 *   - print_thing: what a bag holds, thing by thing; print_conflicts: nothing to show
 *   - print_past_history, print_past_explain: one line a step, what went into a bag, a reason only where one is expected
 *   - print_refusal: what to do on a line of its own
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "server/print.h"
#include "server/print_past.h"

static char *printed(print_function *function, enum message_language language, const char *text)
{
    json_error_t error;
    json_t *answer = json_loads(text, 0, &error);
    struct print print = {.language = language};
    char *out = NULL;
    size_t len = 0;

    assert_non_null(answer);
    print.out = open_memstream(&out, &len);
    assert_non_null(print.out);
    function(&print, answer);
    (void)fclose(print.out);
    json_decref(answer);
    return out;
}

static void assert_printed(print_function *function, enum message_language language, const char *text, const char *wanted)
{
    char *out = printed(function, language, text);

    assert_string_equal(out, wanted);
    free(out);
}

static void test_print_stock_table(void **state)
{
    static const char ROWS[] =
        "{\"rows\": [{\"place\": \"BIB\", \"state\": \"shelf\", \"material\": \"bande dessinée\", \"count\": 7},"
        "{\"place\": \"CCAS-NORD\", \"state\": \"at-relay\", \"material\": \"CD\", \"count\": 1234}], \"total\": 1241}";

    (void)state;
    assert_printed(print_stock, MESSAGE_FR, ROWS,
                   "lieu       état       type            nombre\n"
                   "BIB        en rayon   bande dessinée       7\n"
                   "CCAS-NORD  au relais  CD                1234\n"
                   "total : 1241\n");
    assert_printed(print_stock, MESSAGE_EN, ROWS,
                   "place      state     material        count\n"
                   "BIB        on shelf  bande dessinée      7\n"
                   "CCAS-NORD  at relay  CD               1234\n"
                   "total : 1241\n");
    assert_printed(print_stock, MESSAGE_EN, "{\"rows\": [], \"total\": 0}", "place  state  material  home  count  possible\ntotal : 0\n");
}

static void csv(const struct print *print, const json_t *answer)
{
    print_transit_csv(print->out, answer);
}

static void test_print_transit_csv_quotes(void **state)
{
    (void)state;
    assert_printed(
        csv, MESSAGE_FR,
        "{\"rows\": [{\"day\": \"2020-02-20\", \"material\": \"Adult, Fiction\", \"from\": \"A\", \"to\": \"B \\\"c\\\"\", \"count\": 3},"
        "{\"day\": \"2020-02-21\", \"material\": \"two\\nlines\", \"from\": \"A\", \"to\": \"B\", \"count\": 12}]}",
        "date_transited,item_type,from,to,count\n"
        "2020-02-20,\"Adult, Fiction\",A,\"B \"\"c\"\"\",3\n"
        "2020-02-21,\"two\nlines\",A,B,12\n");
}

static void test_print_bags_sums(void **state)
{
    (void)state;
    assert_printed(print_bags, MESSAGE_EN,
                   "{\"rows\": [{\"place\": \"A\", \"material\": \"\", \"clean\": 3, \"owned\": 3}, {\"place\": \"A\", \"material\": "
                   "\"cabas\", \"clean\": 3, \"owned\": 3},"
                   "{\"place\": \"B\", \"material\": \"\", \"packed\": 2, \"owned\": 2}, {\"place\": \"B\", \"material\": \"cabas\", "
                   "\"packed\": 1, \"owned\": 1},"
                   "{\"place\": \"B\", \"material\": \"sac\", \"packed\": 1, \"owned\": 1}], \"network\": {\"clean\": 3, \"packed\": 2, "
                   "\"lost\": 0, \"owned\": 5}}",
                   "place    kind   clean  packed  owned\n"
                   "A        cabas      3              3\n"
                   "B        total              2      2\n"
                   "B        cabas              1      1\n"
                   "B        sac                1      1\n"
                   "network             3       2      5\n");
}

static void test_print_thing_inside_and_with_contents(void **state)
{
    (void)state;
    assert_printed(print_thing, MESSAGE_EN,
                   "{\"thing\": {\"kind\": \"item\", \"id\": \"123\", \"state\": \"in-transit\", \"title\": \"Les Misérables\", "
                   "\"container\": {\"kind\": \"bag\", \"id\": \"S1\"},"
                   "\"root\": {\"place\": \"A\", \"to\": \"B\", \"since\": \"2020-02-20T08:00:00.000Z\", \"thing\": {\"kind\": \"crate\", "
                   "\"id\": \"C1\"}}}}",
                   "item 123 : in transit A > B, since 2020-02-20 08:00:00\n"
                   "  inside bag S1, crate C1\n"
                   "  title : Les Misérables\n");
    assert_printed(print_thing, MESSAGE_EN,
                   "{\"thing\": {\"kind\": \"bag\", \"id\": \"S1\", \"state\": \"packed\", \"place\": \"A\", \"conflict\": false, "
                   "\"contents\": [{\"kind\": \"item\", \"material\": "
                   "\"CD\", \"home\": \"A\", \"count\": 2}]}}",
                   "bag S1 : packed A\n"
                   "count  kind  material  home\n"
                   "    2  item  CD        A\n");
}

static void test_print_transit_bounds(void **state)
{
    (void)state;
    assert_printed(print_transit, MESSAGE_FR,
                   "{\"rows\": [{\"day\": \"2020-02-20\", \"from\": \"A\", \"to\": \"B\", \"count\": 3}, "
                   "{\"day\": \"2020-02-20\", \"from\": \"C\", \"to\": \"B\", \"count\": 12, \"range\": \"9-15\"}], \"total\": 15, "
                   "\"silent\": [{\"place\": \"C\", \"since\": \"2020-02-17T08:30:00.000Z\"}, {\"place\": \"D\", \"since\": null}]}",
                   "jour        de  vers  nombre  possible\n"
                   "2020-02-20  A   B          3\n"
                   "2020-02-20  C   B         12  9-15\n"
                   "total : 15\n"
                   "C : muet depuis le 2020-02-17 08:30\n"
                   "D : jamais entendu\n");
}

static void test_print_thing_lists_what_a_bag_holds(void **state)
{
    (void)state;
    assert_printed(
        print_thing, MESSAGE_FR,
        "{\"thing\": {\"kind\": \"bag\", \"id\": \"S1\", \"state\": \"packed\", \"place\": \"A\", \"contents\": [{\"count\": 1}]},"
        "\"inside\": [{\"id\": \"0012\", \"title\": \"Été\", \"material\": \"roman\", \"home\": \"A\"}]}",
        "sac S1 : rempli A\n"
        "contenu : 1\n"
        "code  titre  type   attache\n"
        "0012  Été    roman  A\n");
    assert_printed(print_conflicts, MESSAGE_FR, "{\"rows\": []}", "Rien à montrer.\n");
}

#define PAST                                                                                                                               \
    "{\"rows\": ["                                                                                                                         \
    "{\"time\": \"2020-02-20T08:00:00.000Z\", \"event\": \"dispatched\", \"at\": \"A\", \"explained\": false, \"ref\": \"R1\", \"seq\": "  \
    "4,"                                                                                                                                   \
    "\"incarnation\": \"0123456789\", \"after\": {\"custody\": \"transit\", \"condition\": \"normal\", \"place\": \"A\", \"to\": \"B\"}}," \
    "{\"time\": \"2020-02-20T09:00:00.000Z\", \"event\": \"received\", \"at\": \"B\", \"explained\": false, \"ref\": \"R2\", \"seq\": 5,"  \
    "\"incarnation\": \"0123456789\", \"parents\": [\"R1\"], \"after\": {\"custody\": \"place\", \"condition\": \"normal\", \"place\": "   \
    "\"B\"}},"                                                                                                                             \
    "{\"time\": \"2020-02-20T10:00:00.000Z\", \"event\": \"item-packed\", \"at\": \"B\", \"operator\": \"AL\", \"explained\": true, "      \
    "\"ref\": \"R3\","                                                                                                                     \
    "\"seq\": 6, \"incarnation\": \"0123456789\", \"content\": {\"kind\": \"item\", \"id\": \"0012\"}, \"after\": {\"custody\": "          \
    "\"place\","                                                                                                                           \
    "\"condition\": \"normal\", \"place\": \"B\"}}]}"

static void test_print_past_of_a_bag(void **state)
{
    (void)state;
    assert_printed(print_past_history, MESSAGE_FR, PAST,
                   "date                 événement       lieu  agent  résultat\n"
                   "2020-02-20 08:00:00  expédié         A            A > B\n"
                   "2020-02-20 09:00:00  reçu            B            B\n"
                   "2020-02-20 10:00:00  contenu ajouté  B     AL     0012\n");
    assert_printed(print_past_explain, MESSAGE_FR, PAST,
                   " 1. 2020-02-20 08:00:00  expédié  A  ->  A > B\n"
                   "    référence R1 (journal 01234567, n° 4)\n"
                   " 2. 2020-02-20 09:00:00  reçu  B  ->  B\n"
                   "    après 1 ; ce qui l'explique n'est pas (encore) connu ici\n"
                   "    référence R2 (journal 01234567, n° 5)\n"
                   " 3. 2020-02-20 10:00:00  contenu ajouté  B AL  ->  0012\n"
                   "    référence R3 (journal 01234567, n° 6)\n");
}

static void error_of(const struct print *print, const json_t *answer)
{
    print_refusal(print->out, answer);
}

static void test_print_error_says_what_to_do(void **state)
{
    (void)state;
    assert_printed(error_of, MESSAGE_FR, "{\"ok\": false, \"text\": \"Lieu inconnu.\", \"next\": \"navette-hub places\"}",
                   "Lieu inconnu.\n-> navette-hub places\n");
    assert_printed(error_of, MESSAGE_FR, "{\"ok\": false, \"text\": \"Non.\", \"next\": \"\"}", "Non.\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_print_stock_table),    cmocka_unit_test(test_print_transit_csv_quotes),
        cmocka_unit_test(test_print_bags_sums),      cmocka_unit_test(test_print_thing_inside_and_with_contents),
        cmocka_unit_test(test_print_transit_bounds), cmocka_unit_test(test_print_thing_lists_what_a_bag_holds),
        cmocka_unit_test(test_print_past_of_a_bag),  cmocka_unit_test(test_print_error_says_what_to_do),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
