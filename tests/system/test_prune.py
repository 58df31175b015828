#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Pruning on real processes: nothing goes before a backup of the hub holds it; what goes is gone from the raw file of the journal's rows; views and digests stay; a late event of a node that was cut off waits
# offline and counts online; explain offline says why not, online asks and answers; kill -9 in the middle of a pass; the comparison finds nothing; a state made anew is whole in the end; a restored hub.
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, Node, answer, bench, in_step, run, until  # noqa: E402

ITEMS = [f"D{n:03d}" for n in range(60)]
MARKS_S = "1s"


def command(node, *words):
    return answer(run("navette", *words, "--json", "--folder", node.folder))


def text(node, *words, language="fr"):
    done = run("navette", *words, "--lang", language, "--folder", node.folder)
    return done.stdout + done.stderr


def pruned(node):
    return node.must("status")["pruned"]


def linked(node):
    until(lambda: node.link()["link"] == "streaming" and node.link()["in_step"], f"{node.folder} is not in step")


def marked(*nodes):
    """Each has noted how far hub and journal are, and that is old."""
    in_step(*nodes)
    end = time.monotonic() + 1.4
    until(lambda: all(node.sync()["ok"] for node in nodes) and time.monotonic() > end, "no time passes")


def prunes_no_more(node):
    """A pass is over, and nothing went."""
    done = command(node, "prune")
    return done["ok"] and done["pruned"] == 0


def round_trip(there, back):
    there.scan("dispatch", ITEMS, to="BIB-B")
    in_step(there, back)
    back.scan("receive", ITEMS)
    back.scan("dispatch", ITEMS, to="BIB-A")
    in_step(back, there)
    there.scan("receive", ITEMS)
    in_step(there, back)


def at_the_counter(tap, node):
    """What a counter does, of documents whose movements were left to the hub, without a line."""
    rows = [{"barcode": code, "title": f"Titre secret {code}", "material": "Livre", "home": "BIB-A"} for code in ITEMS[20:23]]
    done = node.ask("import", items=rows[:2] + [dict(rows[2], title="Autre titre")])
    tap.equal([done.get("error"), done.get("results")], [None, ["unchanged", "unchanged", "updated"]], "offline, an import knows what is recorded of pruned documents")
    node.must("count-open", zone="Z1")
    node.scan("count", [ITEMS[24]])
    closed = node.ask("count-close", complete=True)
    tap.ok(closed.get("ok"), "a count of a zone is closed", closed)
    node.scan("bag-add", ["SAC-1"])
    node.scan("pack", [ITEMS[25]], container="SAC-1", order="C-1")
    listed = node.ask("ils")
    tap.equal([(row["act"], row["barcode"]) for row in listed.get("rows", [])], [("issue", ITEMS[25])], "what the library system has to be told is listed")
    node.scan("unpack", [ITEMS[25]], container="SAC-1")


def body(tap, folder):
    hub = Hub(f"{folder}/hub").start()
    for code in ("BIB-A", "BIB-B", "BIB-C"):
        hub.place(code)
    a, b = (Node(f"{folder}/{name}", "--prune-after", MARKS_S).start() for name in ("a", "b"))
    c = Node(f"{folder}/c", "--prune-after", "0").start()
    for node, code in ((a, "BIB-A"), (b, "BIB-B"), (c, "BIB-C")):
        node.enrol(hub, code)
    a.register(ITEMS)
    in_step(a, b, c)
    # C is cut off, and sees one of them before it travels
    c.stop()
    c.options.append("--offline")
    c.start()
    c.scan("seen", ["D001"])
    c.stop()
    round_trip(a, b)
    a.scan("seen", ["D002"])
    in_step(a, b)

    marked(a, b)
    tap.equal(command(a, "prune")["error"], "prune-no-backup", "without a backup of the hub nothing goes")
    tap.ok(hub("backup", f"{folder}/backup")["ok"], "the hub is backed up")
    in_step(a, b)
    before = {node: node.digest() for node in (a, b)}
    tried = command(a, "prune", "--dry-run")
    # it may have begun by itself meanwhile
    tap.ok(tried["pruned"] + pruned(a)["entries"] >= 110, "a trial says how much", tried)

    # killed while it prunes
    a.ask("prune")
    a.kill()
    a.start()
    linked(a)
    done = command(a, "prune")
    tap.ok(done["ok"] or done["error"] == "prune-busy", "kill -9, and on", done)
    until(lambda: pruned(a)["entries"] >= 100, "it does not prune by itself")
    until(lambda: pruned(b)["entries"] >= 55, "nor the other")
    until(lambda: prunes_no_more(a) and prunes_no_more(b), "it does not end")
    tap.ok(pruned(a)["entries"] <= 125 and pruned(b)["entries"] <= 65, "both prune by themselves, after a start too, and only what the other wrote", (pruned(a), pruned(b)))
    tap.equal([a.digest(), b.digest()], [before[a], before[b]], "states are as they were")
    tap.ok("laissés au concentrateur" in text(a, "status"), "the status says so", text(a, "status"))
    compared = a.ask("compare", wait=60)["compared"]
    tap.equal([compared[name] for name in ("mended", "given", "lost", "state")], [0, 0, 0, "same"], "the comparison with the hub is quiet")

    # a plain movement needs nothing
    hub.stop()
    a.scan("dispatch", ["D010"], to="BIB-B")
    tap.equal(command(a, "find", "D010")["thing"]["custody"], "transit", "offline, a pruned document is sent as ever")
    said = command(a, "explain", "D020")
    tap.ok(said["error"] == "pruned-away" and "concentrateur" in text(a, "explain", "D020") and "hub" in text(a, "explain", "D020", language="en"), "explain offline says where they are", said)
    at_the_counter(tap, a)
    hub.start()
    linked(a)
    said = command(a, "explain", "D020")
    tap.ok(said["ok"] and len(said.get("steps", said.get("rows", []))) >= 5, "explain online asks, waits a moment, and answers", said)

    # the late one
    c.options.remove("--offline")
    c.start()
    linked(c)
    in_step(a, b, c)
    want = hub.folded()["state"]["digest"]
    until(lambda: a.digest() == want and b.digest() == want and c.digest() == want, "the late event does not count everywhere")
    until(lambda: pruned(a)["waiting"] == 0, "something waits for ever")
    tap.ok(True, "a late event of who was cut off counts everywhere, once the bytes are back")

    # made anew
    b.stop()
    b.options.append("--rebuild")
    b.start()
    b.options.remove("--rebuild")
    until(lambda: b.digest() == want, "the state made anew is not whole")
    until(lambda: not pruned(b)["hollow"] and b.digest() == want, "the state made anew stays hollow")
    tap.ok(True, "a state made anew over what was pruned is whole in the end")

    # restored
    until(lambda: pruned(a)["entries"] >= 100, "it prunes again")
    hub.stop()
    os.rename(hub.folder, hub.folder + ".lost")
    restored = run("navette-hub", "restore", f"{folder}/backup", "--folder", hub.folder)
    hub.start()
    linked(a)
    in_step(a, b, c)
    want = hub.folded()["state"]["digest"]
    until(lambda: a.digest() == want and b.digest() == want, "not the same after the restoration")
    tap.ok(restored.returncode == 0 and hub("verify")["intact"], "the hub put back from that backup has everything back")


if __name__ == "__main__":
    bench(body)
