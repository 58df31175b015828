/* SPDX-License-Identifier: Apache-2.0 */
#include "server/print_rekey.h"

#include <string.h>

#include "server/print_table.h"

static void print_unaware(const struct print *print, const json_t *nodes, int strange)
{
    const json_t *node;
    size_t index;

    json_array_foreach(nodes, index, node)
    {
        const char *place = print_table_field(node, "place");
        const char *code = strange                                          ? "hub-rekey-strange"
                           : json_is_true(json_object_get(node, "follows")) ? "hub-rekey-waiting"
                                                                            : "hub-rekey-untold";
        char heard[PRINT_CELL_BYTES];

        print_table_cell(print, json_object_get(node, "heard"), PRINT_TIME, heard);
        print_table_message(print, code, place[0] ? place : print_table_field(node, "node"),
                            heard[0] ? heard : message_word(print->language, "never"));
    }
}

static void print_stage(const struct print *print, const json_t *keys, const char *folder)
{
    const char *stage = print_table_field(keys, "stage");
    const json_t *strange = json_object_get(keys, "strange");
    char announced[PRINT_CELL_BYTES];
    char until[PRINT_CELL_BYTES];
    char code[32];
    char text[1024];

    print_table_cell(print, json_object_get(keys, "announced"), PRINT_TIME, announced);
    print_table_cell(print, json_object_get(keys, "until"), PRINT_TIME, until);
    /* What was typed with --now is still announced when it is answered: it goes over right after. */
    if (json_is_true(json_object_get(keys, "now")) && strcmp(stage, "announced") == 0)
        stage = "going-over";
    (void)snprintf(code, sizeof(code), "hub-rekey-%s", stage);
    print_table_message(print, code, announced, until);
    message_next(print->language, code, announced, until, NULL, text, sizeof(text));
    (void)fprintf(print->out, "  %s\n", text);
    print_unaware(print, json_object_get(keys, "waiting"), 0);
    if (json_array_size(json_object_get(keys, "waiting")) > 0)
        print_table_message(print, "hub-rekey-how", NULL, NULL);
    if (json_is_true(json_object_get(keys, "backup_due")))
        print_table_message(print, "hub-rekey-backup", NULL, NULL);
    print_unaware(print, strange, 1);
    if (json_array_size(strange) > 0 || json_is_true(json_object_get(keys, "behind")))
        print_table_message(print, "hub-rekey-put-back", folder, NULL);
    if (json_is_true(json_object_get(keys, "ahead")))
        print_table_message(print, "hub-rekey-ahead", NULL, NULL);
}

void print_rekey(const struct print *print, const json_t *answer)
{
    print_stage(print, answer, print_table_field(answer, "folder"));
}

void print_rekey_status(const struct print *print, const json_t *keys, const char *folder)
{
    if (strcmp(print_table_field(keys, "stage"), "settled") != 0 || json_is_true(json_object_get(keys, "overdue")) ||
        json_array_size(json_object_get(keys, "strange")) > 0 || json_is_true(json_object_get(keys, "behind")) ||
        json_is_true(json_object_get(keys, "ahead")))
        print_stage(print, keys, folder);
}
