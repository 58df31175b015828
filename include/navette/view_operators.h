/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_VIEW_OPERATORS_H
#define NAVETTE_VIEW_OPERATORS_H

#include "navette/event.h"
#include "navette/limits.h"
#include "navette/store.h"

/* Who works where, by code alone, and what a place asks of them: as OperatorDecided and OperatorRuleDecided last said. Names are not here: operators.h. */
#define OPERATOR_CODE_MAX 16u /* fits on a badge; A-Z, 0-9 and - */
#define OPERATOR_CODE_MIN 2u
#define OPERATOR_IDLE_S 900u /* when the place has no rule */
#define OPERATOR_IDLE_MAX_S 86400u

struct view_operator {
    char place[LIMIT_PLACE_CODE + 1];
    char code[LIMIT_THING_ID + 1];
    int ended;
    int lead;
    uint64_t pin_epoch;
};

struct view_operator_rule {
    Navette__OperatorNeed need; /* OPERATOR_NONE without a rule */
    int refuse_unknown;
    uint32_t idle_s;
};

/* 1: may be a code: 2 to 16 bytes of A-Z 0-9 - */
int view_operators_is_code(const char *code);

/* NAVETTE_E_NOT_FOUND: nobody declared it there. Codes of the store. */
int view_operators_find(struct store_txn *state, struct store_txn *journal, const char *place, const char *code,
                        struct view_operator *found);

/* Those of a place ("": of every place), by place and code, ended ones too, at most `max`. The number, or a negative code. */
#define VIEW_OPERATORS_MAX 1024u
int view_operators_list(struct store_txn *state, struct store_txn *journal, const char *place, struct view_operator *list, size_t max);

int view_operators_rule(struct store_txn *state, struct store_txn *journal, const char *place, struct view_operator_rule *rule);
/* "none", "code", "pin", "passphrase"; "none" for what this version does not know. */
const char *view_operators_need_name(Navette__OperatorNeed need);
/* The id of a place's rule. */
void view_operators_rule_id(const char *place, char id[LIMIT_THING_ID + 1]);

#endif
