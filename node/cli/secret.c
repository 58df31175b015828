/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli/secret.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define CTRL_C 3

/* Ctrl-C is a character meanwhile, so that nothing leaves the terminal mute. */
static int mute(struct termios *before)
{
    struct termios now;

    if (tcgetattr(STDIN_FILENO, before) != 0)
        return 0;
    now = *before;
    now.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
    return tcsetattr(STDIN_FILENO, TCSAFLUSH, &now) == 0;
}

json_t *secret_read(struct lines *lines, const struct arguments *arguments, const char *prompt, const char *who)
{
    struct termios before;
    char text[256];
    int muted, cut;
    const char *line;
    json_t *secret = NULL;

    message_text(arguments->language, prompt, who, NULL, NULL, text, sizeof text);
    if (isatty(STDIN_FILENO))
        (void)fprintf(stderr, "%s", text);
    muted = mute(&before);
    line = lines_next(lines, &cut);
    if (muted) {
        (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        (void)fprintf(stderr, "\n");
    }
    if (line != NULL && strchr(line, CTRL_C) == NULL)
        secret = json_string(line);
    lines_forget(lines);
    return secret;
}

int secret_prove(struct session *session, struct lines *lines, const char *code, const char *needs, json_t **answer)
{
    json_t *request,
        *secret = secret_read(lines, session->arguments, strcmp(needs, "passphrase") == 0 ? "prompt-passphrase" : "prompt-pin", code);

    *answer = NULL;
    if (secret == NULL)
        return session_refuse_code(session->arguments, "operator-unproven", code, NULL);
    request = session_request(session, "operator-open");
    (void)json_object_set_new(request, "code", json_string(code));
    (void)json_object_set_new(request, "secret", secret);
    return session_ask(session, request, answer);
}
