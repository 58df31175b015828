/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IO_JSON_EVENT_H
#define IO_JSON_EVENT_H

#include <jansson.h>

#include "navette.pb-c.h"

/*
 * An event's body as JSON, through the descriptors that protoc-c generates: a field added to the protocol shows without a line changed
 * here. Empty fields are left out; references are text, bytes hexadecimal, Sealed the word "sealed", enums words without their prefix.
 */
json_t *json_event_body(const Navette__Event *body);

/* "REASON_WRONG_DATA" of Reason -> "wrong-data"; the number for a value this version has no name for. */
json_t *json_event_enum(const ProtobufCEnumDescriptor *descriptor, int value);
/* The other way, as options take it; -1 when no value of the enum is called so. */
int json_event_enum_value(const ProtobufCEnumDescriptor *descriptor, const char *word);

#endif
