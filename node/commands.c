/* SPDX-License-Identifier: Apache-2.0 */
#include "node/commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "navette/adopted.h"
#include "navette/system.h"
#include "navette/view_json.h"
#include "node/draft.h"
#include "node/pruning.h"
#include "node/staffing.h"

static const struct command *find(const char *name)
{
    static const struct command *(*const families[])(size_t *) = {
        cmd_operation_commands,  cmd_catalogue_commands, cmd_packing_commands, cmd_handover_commands, cmd_phone_commands,
        cmd_correction_commands, cmd_views_commands,     cmd_link_commands,    cmd_import_commands,   cmd_proposal_commands,
        cmd_search_commands,     cmd_labels_commands,    cmd_count_commands,   cmd_orders_commands,   cmd_ils_commands,
        cmd_pool_commands,       cmd_stick_commands,     cmd_refused_commands, cmd_operator_commands, cmd_keys_commands,
        cmd_compare_commands,    cmd_prune_commands,
    };

    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        size_t count;
        const struct command *commands = families[i](&count);
        for (size_t j = 0; j < count; j++)
            if (strcmp(commands[j].name, name) == 0)
                return &commands[j];
    }
    return NULL;
}

static struct request read_request(const struct office *office, uint64_t client, const json_t *json, const struct moment *moment)
{
    struct request request = {.json = json, .client = client, .moment = *moment};
    const char *place = request_text(&request, "place");

    request.language = message_language_of(request_text(&request, "lang"));
    if (place[0] == '\0' && office->identity.place_count > 0)
        place = office->identity.places[0];
    (void)snprintf(request.place, sizeof request.place, "%s", place);
    (void)snprintf(request.operator_, sizeof request.operator_, "%s", request_text(&request, "operator"));
    return request;
}

int commands_run(struct office *office, uint64_t client, const json_t *json, const struct moment *moment, json_t **answer)
{
    struct request request = read_request(office, client, json, moment);
    const char *name = request_text(&request, "command");
    const struct command *command = find(name);
    int rc;

    *answer = NULL;
    if (strlen(request_text(&request, "place")) > LIMIT_PLACE_CODE || strlen(request_text(&request, "operator")) > LIMIT_CODE) {
        *answer = request_refuse(&request, "too-long", "place, operator", "32, 64", NULL);
        return 0;
    }
    if (command == NULL) {
        *answer = request_refuse(&request, name[0] != '\0' ? "unknown-command" : "malformed-request", name, NULL, NULL);
        return 0;
    }
    rc = office_read_rights(office);
    (void)lmdb_store_missed(office->store);
    if (rc == 0)
        rc = staffing_read(office, &request);
    if (rc == 0)
        rc = command->run(office, &request, answer);
    if (rc == NAVETTE_E_PRUNED) {
        json_decref(*answer);
        *answer = NULL;
        rc = pruning_ask(office, &request, lmdb_store_missed(office->store), answer);
    }
    if (rc == 0 && *answer == NULL && !command->later)
        rc = NAVETTE_E_MEMORY; /* done, but the answer could not be made */
    if (rc == 0)
        return 0;
    json_decref(*answer);
    *answer = request_failed(&request, office, rc);
    if (rc != NAVETTE_E_FULL)
        system_log(2, "node", NULL, "%s: %s", name, error_text(rc));
    return rc == NAVETTE_E_STORE || rc == NAVETTE_E_INTERNAL ? rc : 0;
}

int commands_find_entry(const struct office *office, const struct request *request, struct store_txn *txn, const char *text,
                        struct journal_entry *entry, json_t **answer)
{
    struct ref ref = {.seq = 0};
    char *end = NULL;
    int rc;

    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && number > 0) {
        memcpy(ref.incarnation, office->desk.incarnation, INCARNATION_SIZE);
        ref.seq = number;
    } else if (ref_parse(text, &ref) != 0) {
        *answer = request_refuse(request, "bad-reference", text, NULL, NULL);
        return 0;
    }
    rc = journal_find(txn, &ref, entry);
    if (rc == NAVETTE_E_NOT_FOUND) {
        *answer = request_refuse(request, "no-such-event", text, NULL, NULL);
        return 0;
    }
    return rc != 0 ? rc : adopted_open(entry);
}

int commands_find_ref(const struct office *office, const struct request *request, struct store_txn *txn, const char *text, struct ref *self,
                      json_t **answer)
{
    struct journal_entry entry = {.position = 0};
    int rc = commands_find_entry(office, request, txn, text, &entry, answer);

    *self = entry.self;
    return rc == NAVETTE_E_PRUNED && entry.stub.len > 0 ? 0 : rc;
}

void commands_show_entry(json_t *answer, const char *event, const struct journal_entry *entry)
{
    (void)json_object_set_new(answer, "event", json_string(event));
    (void)json_object_set_new(answer, "seq", json_integer((json_int_t)entry->self.seq));
    (void)json_object_set_new(answer, "ref", view_json_ref(&entry->self));
}

int commands_record(struct office *office, const struct request *request, struct draft *draft, json_t **answer)
{
    struct store_txn *txn;
    struct journal_entry entry;
    json_t *told;
    int rc = office_write(office, &txn);

    if (rc != 0)
        return rc;
    draft->event.place = draft_text(request->place);
    draft->event.operator_ = draft_text(request->operator_);
    rc = office_record(office, txn, &request->moment, &draft->event, &entry);
    if (rc != 0) {
        lmdb_abort(txn);
        if (rc != NAVETTE_E_INVALID && rc != NAVETTE_E_TOO_LARGE)
            return rc;
        *answer = request_refuse(request, "malformed-event", event_check_text(&draft->event), NULL, NULL);
        return 0;
    }
    told = json_pack("{s:b}", "ok", 1); /* made first: what is stored can be told */
    if (told == NULL) {
        lmdb_abort(txn);
        return NAVETTE_E_MEMORY;
    }
    commands_show_entry(told, event_name(&draft->event), &entry);
    rc = office_keep(office, txn, &request->moment);
    if (rc == 0)
        *answer = told;
    else
        json_decref(told);
    return rc;
}
