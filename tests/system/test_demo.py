#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# The demonstration, in French and in English at once: it ends well, in a folder with a space too, speaks one language, and leaves nothing behind;
# stopped by a signal it leaves nothing behind either.
import os
import re
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import BIN, DEADLINE_S, bench  # noqa: E402

DEMO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "deploy", "demo", "run")


def start(folder, **settings):
    os.mkdir(folder)
    environment = {key: value for key, value in os.environ.items() if key not in ("ONCE", "NAVETTE_LANG")}
    environment.update(settings, TMPDIR=folder, PATH=BIN + ":" + os.environ["PATH"])
    return subprocess.Popen(["bash", DEMO], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
                            start_new_session=True)


def nothing_left(tap, name, folder, process):
    tap.equal(os.listdir(folder), [], f"{name}: no file is left")
    try:
        os.killpg(process.pid, 0)
        tap.ok(False, f"{name}: no process is left")
    except ProcessLookupError:
        tap.ok(True, f"{name}: no process is left")


def ended(tap, name, folder, process, words):
    out, err = process.communicate(timeout=4 * DEADLINE_S)
    tap.ok(process.returncode == 0 and not err, f"{name}: it ends well", (process.returncode, err, out[-500:]))
    for word in words:
        tap.ok(word in out, f"{name}: {word}", out[-2000:])
    tap.ok("\033" not in out, f"{name}: no escape sequences into a file")
    tap.ok("Your turn" not in out and "À vous" not in out and folder not in out, f"{name}: nobody is sent to a folder that is gone", out[-2000:])
    wrong = [line for line in out.splitlines() if line != line.rstrip()]
    tap.ok(not wrong, f"{name}: no space at the end of a line", wrong)
    nothing_left(tap, name, folder, process)
    return out


def body(tap, folder):
    french = start(folder + "/un dossier", ONCE="1")
    english = start(folder + "/english", ONCE="1", NAVETTE_LANG="en")
    stopped = start(folder + "/it stays")
    said = ""
    while "Ctrl-C l'arrête" not in said and (line := stopped.stdout.readline()):
        said += line
    tap.ok("À vous" in said and "it\\ stays/" in said, "stopped: it says where to go on, to be pasted", said[-2000:])
    stopped.send_signal(signal.SIGTERM)
    stopped.communicate(timeout=DEADLINE_S)
    tap.equal(stopped.returncode, 0, "stopped: it ends well")
    nothing_left(tap, "stopped", folder + "/it stays", stopped)
    ended(tap, "French", folder + "/un dossier", french, ("Le soir", "chez une personne (CCAS-NORD)", "Tout se vérifie"))
    out = ended(tap, "English", folder + "/english", english, ("In the evening", "with a person (CCAS-NORD)", "Everything verifies"))
    left = [line for line in out.splitlines() if re.search(r"é|è|à |lieu|Réseau|réseau", line)
            and not re.search(r"bande dessinée|gros caractères|français|OK  |[0-9]{14}", line)]
    tap.ok(not left, "English: no French sentence is left", left)


if __name__ == "__main__":
    bench(body)
