/* SPDX-License-Identifier: Apache-2.0 */
#include "server/process.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>

#include "navette/system.h"

int process_stop_fd(void)
{
    sigset_t stops;

    (void)signal(SIGPIPE, SIG_IGN);
    (void)sigemptyset(&stops);
    (void)sigaddset(&stops, SIGTERM);
    (void)sigaddset(&stops, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &stops, NULL);
    return signalfd(-1, &stops, SFD_CLOEXEC);
}

void process_raise_files(size_t wanted)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : (rlim_t)wanted;
    if (setrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur < wanted)
        system_log(1, "process", NULL, "%llu open files at most, %zu wanted: fewer nodes can connect", (unsigned long long)limit.rlim_cur,
                   wanted);
}
