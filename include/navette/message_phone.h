/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_MESSAGE_PHONE_H
#define NAVETTE_MESSAGE_PHONE_H

#include <jansson.h>

#include "navette/message.h"

/*
 * What was said on the phone, in lines that a person reads beneath the figures, from the "phone" of an answer (view_json_phone()): who said what, how long ago. A new array of
 * strings, empty when the answer has none; NULL when there is no memory.
 */
json_t *message_phone(enum message_language language, const json_t *answer);

#endif
