/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_EVENT_FIELD_H
#define LOG_EVENT_FIELD_H

#include "log/event_form.h"

/* The body behind the oneof, whatever its case. */
const void *event_field_body(const Navette__Event *event);

/* Fields of a body, by their rule. */
const char *event_field_text(const void *body, const struct event_rule *rule);
size_t event_field_count(const void *body, const struct event_rule *rule);
void *const *event_field_list(const void *body, const struct event_rule *rule);
const void *event_field_message(const void *body, const struct event_rule *rule); /* NULL when absent */

#endif
