#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# The demonstration, in French and in English at once: it ends well, in a folder with a space too, speaks one language, and leaves nothing behind;
# stopped by a signal it leaves nothing behind either. While it stays up, all that the README's section 'With the demo's network' says is typed there.
import os
import re
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import BIN, DEADLINE_S, bench  # noqa: E402

README = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "README.md")
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


# What some of the lines print, by how they begin.
PRINTED = (("navette search petit prin", r"Le Petit Prince +Saint-Exup"), ("navette search --available", r"Les Misérables +Hugo, Victor"),
           ("navette find 00020601000020", r"in transit, in SAC-04"), ("navette labels --sheet L7651", r"Labels: 1,"), ("navette retract", r"OK   retracted"),
           ("navette count status", r"scanned : 2, expected : [1-9]"), ("navette orders import", r"to prepare : 2"), ("navette orders add", r"C-40"),
           ("navette seal SAC-03", r"bag sealed"), ("navette ils export", r"1 line written"), ("navette ils refused", r"00020601000027"),
           ("navette deliver", r"OK   SAC-03"), ("navette item proposed  ", r"00020601000060"), ("navette erase person", r"C-40: erased"),
           ("navette-hub discrepancies", r"missed by a count"), ("navette-hub scope show", r"CCAS-NORD,RES-PINS"), ("navette seen 00020601000112", r"\n6\n$"))


def section():
    """The lines of 'With the demo's network', but for the system administrator's."""
    with open(README, encoding="utf-8") as file:
        text = file.read().split("### With the demo's network\n", 1)[1].split("\n### ", 1)[0]
    parts = [part for part in text.split("\n**") if not part.startswith("The town's system administrator")]
    return [line[4:] for part in parts for line in part.splitlines() if line.startswith("    ")]


def as_the_readme_says(tap, folder):
    """Every line succeeds, in order, in a network that has just been started."""
    lines = section()
    (name,) = os.listdir(folder + "/it stays")
    os.symlink(f"{folder}/it stays/{name}", folder + "/d")
    os.mkdir(folder + "/said")
    script = "".join(f'{{ {line}\n}} >"$SAID/{number}" 2>&1 </dev/null; echo $? >>"$SAID/codes"\n' for number, line in enumerate(lines))
    subprocess.run(["bash"], input=script, text=True, timeout=4 * DEADLINE_S, check=True, cwd=folder,
                   env={**os.environ, "PATH": BIN + ":" + os.environ["PATH"], "NAVETTE_LANG": "en", "D": folder + "/d", "SAID": folder + "/said"})

    def said(number):
        with open(f"{folder}/said/{number}", encoding="utf-8") as file:
            return file.read()
    with open(folder + "/said/codes", encoding="ascii") as file:
        codes = file.read().split()
    wrong = [(line, code, said(number)[-600:]) for number, (line, code) in enumerate(zip(lines, codes, strict=True)) if code != "0"]
    tap.ok(len(lines) > 70 and not wrong, f"README: each of {len(lines)} lines does what it says", wrong)
    for begin, text in PRINTED:
        found = [said(number) for number, line in enumerate(lines) if line.startswith(begin)]
        tap.ok(found and re.search(text, found[0]), f"README: {begin} prints {text}", found)


def body(tap, folder):
    french = start(folder + "/un dossier", ONCE="1")
    english = start(folder + "/english", ONCE="1", NAVETTE_LANG="en")
    stopped = start(folder + "/it stays")
    said = ""
    while "Ctrl-C l'arrête" not in said and (line := stopped.stdout.readline()):
        said += line
    tap.ok("À vous" in said and "it\\ stays/" in said, "stopped: it says where to go on, to be pasted", said[-2000:])
    as_the_readme_says(tap, folder)
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
