/* SPDX-License-Identifier: Apache-2.0 */
#include "server/prove.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "navette/fold.h"
#include "navette/system.h"

static int prove_read(struct lmdb_store *store)
{
    struct lmdb_usage usage;
    struct store_txn *txn;
    uint8_t digest[HASH_SIZE];
    uint64_t cursor;
    int rc = lmdb_store_usage(store, &usage);

    if (!rc)
        rc = lmdb_read_begin(store, &txn);
    if (rc)
        return rc;
    rc = fold_cursor(txn, &cursor);
    if (!rc)
        rc = fold_digest(txn, digest);
    if (!rc && usage.used_bytes <= PROVE_BYTES)
        rc = fold_check(txn);
    lmdb_abort(txn);
    return rc;
}

static int prove_child(const struct lmdb_options *options)
{
    static const int DEATHS[] = {SIGBUS, SIGSEGV, SIGABRT, SIGILL, SIGFPE};
    struct lmdb_store *store;
    int rc;

    /* Whatever the parent does about these, here they are the answer. */
    for (size_t i = 0; i < sizeof(DEATHS) / sizeof(DEATHS[0]); i++)
        (void)signal(DEATHS[i], SIG_DFL);
    rc = lmdb_store_open(options, &store);
    /* Why else it can't be opened is told to whoever opens it next. */
    if (rc)
        return rc == NAVETTE_E_STORE;
    rc = prove_read(store);
    lmdb_store_close(store);
    return rc == NAVETTE_E_STORE || rc == NAVETTE_E_CHAIN;
}

int prove_state(const struct lmdb_options *options)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0)
        _exit(prove_child(options));
    if (child < 0) {
        system_log(1, "prove", NULL, "no process to look at %s with: opening it unseen", options->folder);
        return 0;
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : NAVETTE_E_STORE;
}
