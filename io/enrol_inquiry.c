/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "io/enrol_form.h"
#include "io/wire_socket.h"
#include "navette/enrol.h"
#include "navette/frame.h"

struct enrol_inquiry {
    void *context;
    void *socket;
    struct buffer question;
    int asked;
};

int enrol_inquiry_open(const char *endpoint, const uint8_t known[KEY_SIZE], struct enrol_inquiry **inquiry)
{
    Navette__HubKeysHeld held = NAVETTE__HUB_KEYS_HELD__INIT;
    int rc = wire_socket_check_endpoint(endpoint);

    if (rc != 0)
        return rc;
    struct enrol_inquiry *made = calloc(1, sizeof *made);
    if (made == NULL)
        return NAVETTE_E_MEMORY;
    held.sign_key = (ProtobufCBinaryData){KEY_SIZE, (uint8_t *)(uintptr_t)known};
    rc = frame_encode(FRAME_HUB_KEYS_HELD, &held.base, &made->question);
    made->context = zmq_ctx_new();
    made->socket = made->context == NULL ? NULL : zmq_socket(made->context, ZMQ_DEALER);
    if (rc == 0)
        rc = made->socket == NULL ? wire_socket_error("socket for", endpoint) : wire_socket_limit(made->socket, ENROL_FRAME_BYTES);
    if (rc == 0 && zmq_connect(made->socket, endpoint) != 0)
        rc = wire_socket_error("connect", endpoint);
    if (rc != 0) {
        enrol_inquiry_close(made);
        return rc;
    }
    *inquiry = made;
    return 0;
}

void enrol_inquiry_close(struct enrol_inquiry *inquiry)
{
    if (inquiry == NULL)
        return;
    if (inquiry->socket != NULL)
        zmq_close(inquiry->socket);
    if (inquiry->context != NULL)
        zmq_ctx_term(inquiry->context);
    buffer_free(&inquiry->question);
    free(inquiry);
}

int enrol_inquiry_take(struct enrol_inquiry *inquiry, struct buffer *frame)
{
    zmq_msg_t message;
    int rc = NAVETTE_E_NOT_FOUND;

    if (!inquiry->asked)
        inquiry->asked = zmq_send(inquiry->socket, inquiry->question.data, inquiry->question.len, ZMQ_DONTWAIT) >= 0;
    zmq_msg_init(&message);
    if (inquiry->asked && zmq_msg_recv(&message, inquiry->socket, ZMQ_DONTWAIT) >= 0)
        rc = zmq_msg_more(&message) ? NAVETTE_E_INVALID : buffer_append(frame, zmq_msg_data(&message), zmq_msg_size(&message));
    zmq_msg_close(&message);
    return rc;
}
