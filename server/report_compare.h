/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_REPORT_COMPARE_H
#define NAVETTE_SERVER_REPORT_COMPARE_H

#include "server/decide.h"

/* Without a node: what each node's last comparison came to. With one: that node compares all it holds with the hub, now. */
decide_function report_compare;
/* What was found damaged in this journal; "forget": what is mended is taken off the list first. */
decide_function report_damage;
/* For the status: {rows, open, text, next}, or null. */
json_t *report_damage_count(const struct executor *executor, const json_t *request);

#endif
