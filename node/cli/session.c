/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli/session.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TEXT_SIZE 1024u

int session_is_ok(const json_t *answer)
{
    return json_is_true(json_object_get(answer, "ok"));
}

void session_print(const json_t *document)
{
    (void)json_dumpf(document, stdout, JSON_COMPACT);
    (void)putchar('\n');
    (void)fflush(stdout);
}

const char *session_word(const struct arguments *arguments, const char *word)
{
    return message_word(arguments->language, word);
}

int session_refuse(const struct arguments *arguments, const json_t *refusal)
{
    const char *error = json_string_value(json_object_get(refusal, "error"));
    const char *text = json_string_value(json_object_get(refusal, "text"));
    const char *next = json_string_value(json_object_get(refusal, "next"));

    if (arguments->json) {
        session_print(refusal);
    } else {
        (void)fprintf(stderr, "navette: %s\n", text != NULL ? text : error != NULL ? error : "?");
        if (next != NULL && next[0] != '\0')
            (void)fprintf(stderr, "  > %s\n", next);
    }
    return exits_of(error != NULL ? error : "");
}

int session_refuse_code(const struct arguments *arguments, const char *code, const char *a, const char *b)
{
    char text[TEXT_SIZE], next[TEXT_SIZE];
    json_t *refusal;
    int rc;

    message_text(arguments->language, code, a, b, NULL, text, sizeof text);
    message_next(arguments->language, code, a, b, NULL, next, sizeof next);
    refusal = json_pack("{s:b, s:s, s:s, s:s}", "ok", 0, "error", code, "text", text, "next", next);
    rc = session_refuse(arguments, refusal);
    json_decref(refusal);
    return rc;
}

int session_open(struct session *session, const struct arguments *arguments)
{
    int rc;

    session->arguments = arguments;
    session->client = NULL;
    rc = control_client_open(arguments->socket, &session->client);
    if (rc == 0)
        return 0;
    return session_refuse_code(arguments, rc == NAVETTE_E_REFUSED ? "no-permission" : "no-daemon", arguments->folder, NULL);
}

void session_close(struct session *session)
{
    if (session->client != NULL)
        control_client_close(session->client);
    session->client = NULL;
}

json_t *session_request(const struct session *session, const char *command)
{
    static const char *const shared[] = {"operator", "place"};
    json_t *request = json_pack("{s:s, s:s, s:i}", "command", command, "lang", session->arguments->language == MESSAGE_EN ? "en" : "fr",
                                "pid", (int)getpid());

    for (size_t i = 0; i < sizeof shared / sizeof shared[0]; i++) {
        json_t *value = json_object_get(session->arguments->options, shared[i]);
        if (request != NULL && value != NULL)
            (void)json_object_set(request, shared[i], value);
    }
    return request;
}

int session_ask(struct session *session, json_t *request, json_t **answer)
{
    int rc = request != NULL ? control_client_ask(session->client, request, -1, answer) : NAVETTE_E_MEMORY;

    json_decref(request);
    if (rc == 0)
        return 0;
    *answer = NULL;
    return session_refuse_code(session->arguments, rc == NAVETTE_E_MEMORY ? "no-memory" : "daemon-gone", session->arguments->folder, NULL);
}
