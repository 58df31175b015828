/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_PRINT_H
#define NAVETTE_SERVER_PRINT_H

#include <jansson.h>
#include <stdio.h>

#include "navette/message.h"

/* Answers as people read them: tables aligned by characters (not bytes), headings and words in the reader's language. */
struct print {
    FILE *out;
    enum message_language language;
};

typedef void print_function(const struct print *print, const json_t *answer);

print_function print_places, print_stock, print_transit, print_bags, print_thing, print_aside, print_conflicts, print_discrepancies,
    print_settled, print_nodes, print_rights, print_status, print_verify, print_place_added, print_rule_added, print_invitation,
    print_revoked, print_scopes, print_place_hosted, print_clones, print_chosen, print_rebuilt, print_backup, print_restored;

/* date_transited,item_type,from,to,count (RFC 4180 quoting). */
void print_transit_csv(FILE *out, const json_t *answer);

/* An error's text and what to do next, on two lines. */
void print_refusal(FILE *out, const json_t *answer);

#endif
