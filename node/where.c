/* SPDX-License-Identifier: Apache-2.0 */
#include "node/where.h"

#include <stdio.h>

static void record_text(enum message_language language, const struct thing_record *record, char *out, size_t size)
{
    int english = language == MESSAGE_EN;

    if (record->condition != CONDITION_NORMAL) {
        static const char *const words[] = {"", "missing", "lost", "withdrawn"};
        (void)snprintf(out, size, "%s", message_word(language, words[record->condition & 3]));
        return;
    }
    switch (record->custody) {
    case CUSTODY_PLACE:
        (void)snprintf(out, size, "%s %s", english ? "at" : "à", record->place);
        break;
    case CUSTODY_TRANSIT:
        (void)snprintf(out, size, "%s > %s", record->place, record->to);
        break;
    case CUSTODY_PERSON:
        (void)snprintf(out, size, "%s (%s)", message_word(language, "with-person"), record->place);
        break;
    case CUSTODY_CONTAINER:
        (void)snprintf(out, size, "%s %s", english ? "in" : "dans", thing_id(&record->container));
        break;
    default:
        (void)snprintf(out, size, "%s", message_word(language, "nowhere"));
        break;
    }
}

void where_text(enum message_language language, const struct whereabouts *where, char out[WHERE_SIZE])
{
    char own[WHERE_SIZE / 2], root[WHERE_SIZE / 2 - 8];

    record_text(language, &where->record, own, sizeof own);
    if (where->record.custody != CUSTODY_CONTAINER || where->record.condition != CONDITION_NORMAL) {
        (void)snprintf(out, WHERE_SIZE, "%s", own);
        return;
    }
    record_text(language, &where->root, root, sizeof root);
    (void)snprintf(out, WHERE_SIZE, "%s (%s)", own, root);
}
