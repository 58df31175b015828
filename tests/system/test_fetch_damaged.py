#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# What a late event needs is damaged on the hub's disk, and nobody else is there to mend it: the node says so, in its list of what waits and in its status, in both languages.
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, bench, in_step, until  # noqa: E402
from node_bench import Post  # noqa: E402
from test_fetch_stick import pruned, restart, round_trip  # noqa: E402


def carried(hub, node, usb, name):
    """A stick goes to the hub and back."""
    out = node.must_type("stick", "out", f"{usb}/{name}.nvb", "--json").json
    node.must_type("stick", "in", hub.stick_in(out["path"])["answer"])


def damage(hub, author, code):
    """One bit of the name in each row of this author's about a document: a row begins with its author's log."""
    path = f"{hub.folder}/journal/data.mdb"
    with open(path, "rb") as file:
        journal = bytearray(file.read())
    for found in list(re.finditer(bytes([len(code)]) + code.encode(), bytes(journal))):
        row = journal.rfind(bytes.fromhex(author), max(0, found.start() - 200), found.start())
        if row >= 0:
            journal[row] ^= 0x01
    with open(path, "wb") as file:
        file.write(journal)


def body(tap, folder):
    hub = Hub(f"{folder}/hub").start()
    usb = f"{folder}/usb"
    os.mkdir(usb)
    a = Post(f"{folder}/a", "--prune-after", "1s").start()
    b = Post(f"{folder}/b", "--prune-after", "0").start()
    c = Post(f"{folder}/c", "--prune-after", "0").start()
    for node, code in ((a, "BIB-A"), (b, "BIB-B"), (c, "BIB-C")):
        hub.place(code)
        node.enrol(hub, code)
    a.register([f"D{n:03d}" for n in range(30)])
    in_step(a, b, c)
    restart(c, "--offline")
    c.scan("seen", ["D003"])
    c.stop()
    round_trip(a, b)
    end = time.monotonic() + 1.4
    until(lambda: a.sync()["ok"] and time.monotonic() > end, "no time passes")
    tap.ok(hub("backup", f"{folder}/backup")["ok"], "the hub is backed up")
    in_step(a, b)
    until(lambda: pruned(a)["entries"] >= 60, "it does not prune by itself")
    restart(a, "--offline")
    c.options.remove("--offline")
    c.start()
    in_step(c)
    hub.folded()
    carried(hub, a, usb, "first")
    until(lambda: pruned(a)["waiting"] == 1, "the late event does not wait")
    author = b.must("status")["identity"]["incarnation"]
    for node in (b, c, hub):
        node.stop()
    damage(hub, author, "D003")
    hub.start()
    carried(hub, a, usb, "second")
    rows = until(lambda: [row for row in a.must("aside")["rows"] if row["lost"]], "nothing stands refused")
    tap.equal([row["lost"] for row in rows], ["damaged"], "what is damaged on the hub's disk is asked for in vain")
    for lang, words in (("fr", "abîmés sur le disque du concentrateur"), ("en", "damaged on the hub's disk")):
        for command in ("aside", "status"):
            said = a.type(command, lang=lang).out
            tap.ok(words in said, f"{command} says in {lang} where it is damaged", said)


if __name__ == "__main__":
    bench(body)
