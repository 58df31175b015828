/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_IO_ENROL_FORM_H
#define NAVETTE_IO_ENROL_FORM_H

#include "io/enrol_mac.h"
#include "navette/span.h"

/* The frames of enrolment, made and read: the same on the port and in files. */

/* Appends the node's ENROL_REQUEST. */
int enrol_form_request(const uint8_t code[ENROL_CODE_BYTES], const struct enrol_claim *claim, const uint8_t nonce[ENROL_NONCE_SIZE],
                       struct buffer *out);
/* NAVETTE_E_INVALID. */
int enrol_form_read_request(const Navette__EnrolRequest *request, struct enrol_claim *claim, uint8_t nonce[ENROL_NONCE_SIZE],
                            uint8_t mac[ENROL_MAC_SIZE]);
/* Whose code its MAC was made with. NAVETTE_E_NOT_FOUND: nobody's; NAVETTE_E_CLOSED: one that has run out. */
int enrol_form_find(const struct enrol_invitation *open, size_t count, int64_t now_ms, const struct enrol_claim *claim,
                    const uint8_t nonce[ENROL_NONCE_SIZE], const uint8_t mac[ENROL_MAC_SIZE], size_t *which);
/* Appends the hub's ENROL_REPLY. NAVETTE_E_TOO_LARGE. */
int enrol_form_reply(const struct keys *hub, const char *main_endpoint, const struct enrol_invitation *invitation,
                     const uint8_t request_nonce[ENROL_NONCE_SIZE], struct buffer *out);
/* NAVETTE_E_SIGNATURE: not of a hub that holds the code. NAVETTE_E_REFUSED, NAVETTE_E_BUSY: as it says. */
int enrol_form_read_reply(const uint8_t code[ENROL_CODE_BYTES], const uint8_t nonce[ENROL_NONCE_SIZE], struct span bytes,
                          struct enrol_grant *grant);

#endif
