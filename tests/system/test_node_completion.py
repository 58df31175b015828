#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# bash completion of `navette` and `navette-hub`: commands, second words, options of a command, values; navette-node's own options and settings
# file; navette-hub typed alone.
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import BIN, Hub, bench, run  # noqa: E402
from node_bench import Post  # noqa: E402

SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "deploy", "completion")


def complete(post, *words):
    """What bash would offer for the last word."""
    program = 'set -u; . "$0/$1.bash"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _${1/-/_}; printf "%s\\n" "${COMPREPLY[@]}"'
    environment = {**os.environ, "PATH": BIN + ":" + os.environ["PATH"], "NAVETTE_FOLDER": post.folder if post else ""}
    done = subprocess.run(["bash", "-c", program, SCRIPTS, *words], capture_output=True, text=True, env=environment, timeout=30)
    if done.stderr:
        raise RuntimeError(done.stderr)
    return done.stdout.split()


def completion(tap, post):
    everything = complete(post, "navette", "")
    tap.ok({"pack", "receive", "item", "stock", "operations", "help"} <= set(everything) and everything.count("item") == 1, "commands", everything)
    tap.equal(complete(post, "navette", "re"), ["recover", "rekey", "receive", "refuse", "return", "retract", "refused"], "commands that begin so")
    tap.equal([word for word in complete(post, "navette", "item", "") if word[0] != "-"], ["add", "change", "withdraw", "proposed"], "second words")
    tap.equal(complete(post, "navette", "operations", ""), ["resume", "close"], "what operations takes")
    tap.equal(complete(post, "navette", "dispatch", "--t"), ["--to"], "options of a command")
    tap.ok("--checked" not in complete(post, "navette", "dispatch", "--"), "and not those of others")
    tap.equal(complete(post, "navette", "--lang", ""), ["fr", "en"], "values")
    tap.equal(complete(post, "navette", "labels", "--sheet", "L7"), ["L7162", "L7159"], "sheets of labels")
    tap.equal(complete(post, "navette", "import", "--profile", "ko"), ["koha", "koha-unimarc"], "profiles, as the program knows them")
    with open(os.path.join(post.folder, "..", "export.mrc"), "w", encoding="ascii"):
        tap.equal(complete(post, "navette", "import", os.path.join(post.folder, "..", "exp")), [os.path.join(post.folder, "..", "export.mrc")], "a file to import")
    tap.equal(complete(post, "navette", "dispatch", "--to", "BIB-N"), ["BIB-NORD"], "places, as the node knows them")


def hub_completion(tap, hub):
    where = ("--folder", hub.folder)
    everything = complete(None, "navette-hub", "")
    tap.ok({"serve", "place", "places", "enrol", "stock", "rule", "verify"} <= set(everything) and everything.count("place") == 1, "the hub's commands", everything)
    tap.equal(complete(None, "navette-hub", "re"), ["rebuild", "recovery", "refused", "reject", "rekey", "replace", "restore", "retry", "revoke"], "commands that begin so")
    tap.equal(complete(None, "navette-hub", "place", "a"), ["add"], "second words")
    tap.ok(hub.folder in complete(None, "navette-hub", "restore", hub.folder[:-1]), "a backup to put back")
    tap.equal(complete(None, "navette-hub", "backup", "--v"), ["--verify"], "and to read again")
    tap.equal(complete(None, "navette-hub", "transit", "--k"), ["--kind", "--known"], "options of a command")
    tap.ok("--isil" not in complete(None, "navette-hub", "transit", "--"), "and not those of others")
    tap.equal(complete(None, "navette-hub", "serve", "--li"), ["--listen"], "options of serve")
    tap.equal(complete(None, "navette-hub", "place", "add", "X", "--kind", ""), ["branch", "relay", "depot", "return-box", "vehicle"], "kinds of place")
    tap.equal(complete(None, "navette-hub", "transit", "--kind", ""), ["item", "bag", "crate"], "kinds of thing")
    tap.equal(complete(None, "navette-hub", "enrol", *where, "BIB-N"), ["BIB-NORD"], "places, as the hub knows them")
    tap.equal(complete(None, "navette-hub", "stock", *where, "--place", "BIB-C"), ["BIB-CENTRE"], "places after an option")
    done = run("navette-hub")
    tap.ok(done.returncode == 2 and "navette-hub serve" in done.stdout, "navette-hub typed alone says what it does, and makes no hub", done)


def settings(tap, folder, post):
    done = run("navette-node", "--help")
    tap.ok(done.returncode == 0 and "--folder" in done.stdout and "--config" in done.stdout, "navette-node --help", done)
    tap.ok(run("navette-node", "--bogus").returncode != 0, "an unknown option")
    tap.ok(run("navette-node", "extra").returncode != 0, "an argument too many")
    path = folder + "/node.ini"
    with open(path, "w", encoding="utf-8") as file:
        file.write("[store]\nfoldre = /nowhere\n")
    done = run("navette-node", "--config", path)
    tap.ok(done.returncode != 0 and "node.ini:2" in done.stderr, "a settings file with a mistake names its line", done)
    done = run("navette-node", "--folder", post.folder)
    tap.ok(done.returncode != 0, "a second daemon on the same folder does not start", done)
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"[store]\nfolder = {folder}/configured\nreserve_mib = 0\nmap_mib = 64\n[log]\nlevel = error\n")
    other = Post(folder + "/configured")
    other.options = ["--config", path]
    other.start()
    tap.equal(other.type("init", "--place", "BIB-X").code, 0, "the folder of the settings file is used")
    tap.equal(other.stop(), 0, "and left cleanly")
    os.chmod(folder + "/configured/keys", 0o644)
    done = run("navette-node", "--config", path)
    tap.ok(done.returncode != 0, "keys that others can read are refused", done)


def body(tap, folder):
    hub = Hub(folder + "/hub").start()
    hub.place("BIB-CENTRE")
    hub.place("BIB-NORD")
    post = Post(folder + "/centre").start()
    post.enrol(hub, "BIB-CENTRE")
    post.must_type("sync", "--wait", "60")
    completion(tap, post)
    hub_completion(tap, hub)
    settings(tap, folder, post)
    post.stop()
    hub.stop()


if __name__ == "__main__":
    bench(body)
