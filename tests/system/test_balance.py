#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Untagged bags and clocks, on real processes. A place that hands out more than it had, a slip that brings other than was sent, a node whose clock can't be right: each is undecidable
# while the one who may know is silent, withdrawn by what that one says; what really does not balance stays. Wrong clocks come from libfaketime.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, Node, bench, run, until  # noqa: E402
from node_bench import at  # noqa: E402

LEDGER, CLOCK = "bag-ledger-out-of-balance", "clock-suspect"


def found(hub, kind):
    hub.folded()
    return [row for row in hub("discrepancies")["rows"] if row["kind"] == kind]


def verdicts(hub, kind):
    return sorted(row["verdict"] for row in found(hub, kind))


def prepare(tap, folder):
    hub = Hub(folder + "/hub").start()
    nodes = {}
    for place in ("A", "B", "C"):
        hub.place(place)
    for place in ("A", "B", "C"):
        nodes[place] = Node(f"{folder}/{place}").start()
        nodes[place].enrol(hub, place)
    tap.ok(all(node.sync().get("ok") for node in (*nodes.values(), *nodes.values())), "everybody is in step")
    return hub, nodes


def refused(tap, node):
    for pool in ("toile", "=3", "toile=", "toile=x", "toile=0", "toile=2147483648"):
        tap.equal(node.ask("pool-add", pool=pool).get("error"), "bad-option", f"{pool}: refused")
    tap.equal(node.ask("pool-dispatch", pool="toile=-3", to="B").get("error"), "bad-option", "only who counts them in takes away")
    tap.equal(node.ask("pool-dispatch", pool="toile=3").get("error"), "missing-option", "a dispatch goes somewhere")


def doubted(tap, node):
    """More than there are is recorded, and said; the find is visible."""
    note = node.must("pool-dispatch", pool="jute=2", to="B")["note"]
    tap.equal(note["code"], "note-pool-new", "a kind that nobody counted in")
    node.must("pool-add", pool="jute=5")
    tap.ok("note" not in node.must("pool-deliver", pool="jute=3"), "as many as there are: nothing is said")
    done = node.must("pool-dispatch", pool="jute=2", to="B")
    tap.ok(done["note"]["code"] == "note-pool-short" and "only 0" in done["note"]["text"], "more: recorded all the same, and said", done)
    tap.ok("note" not in node.must("pool-collect", pool="jute=1", to="B"), "what persons have may be collected")
    tap.equal(node.must("pool-add", pool="jute=-9", reason="worn")["note"]["code"], "note-pool-short", "taken away: the same")
    found = [row for row in node.must("discrepancies")["rows"] if row["code"] == "jute"]
    tap.ok(found and found[0]["events"], "what does not balance names its events", found)


def ledger(tap, hub, nodes):
    nodes["A"].must("pool-add", pool="toile=10")
    nodes["A"].sync()
    # A sends six and B four of them on; the hub hears of B alone.
    hub.stop()
    nodes["A"].must("pool-dispatch", pool="toile=6", to="B", slip="S1")
    nodes["A"].stop()
    hub.start()
    nodes["B"].must("pool-receive", pool="toile=6", **{"from": "A"}, slip="S1")
    nodes["B"].must("pool-deliver", pool="toile=4")
    for _ in range(2):
        nodes["B"].sync()
    until(lambda: verdicts(hub, LEDGER) == ["undecidable"], f"not undecidable: {found(hub, LEDGER)}")
    row = found(hub, LEDGER)[0]
    tap.ok(row["code"] == "toile" and "A" in [wait["place"] for wait in row["waits"]], "received and not sent: undecidable, A is silent", row)
    nodes["A"].start()
    nodes["A"].sync()
    until(lambda: verdicts(hub, LEDGER) == ["withdrawn"], f"not withdrawn: {found(hub, LEDGER)}")
    tap.ok(not found(hub, LEDGER)[0]["wrongly_proven"], "withdrawn by the dispatch")
    pools = {row["place"]: row for row in hub("bags")["pools"]}
    tap.equal((pools[""]["owned"], pools[""]["here"], pools[""]["with_person"], pools[""]["in_transit"], pools["B"]["here"]), (10, 6, 4, 0, 2),
              "what is owned is somewhere")
    # B gives what it never had, and nobody has anything to say to it.
    nodes["B"].must("pool-deliver", pool="toile=5")
    nodes["B"].sync()
    # what it says next it says having seen that
    nodes["B"].register(["Y1"], namespace="bib")
    nodes["B"].sync()
    until(lambda: verdicts(hub, LEDGER) == ["provisional", "withdrawn"], f"not provisional: {found(hub, LEDGER)}")
    tap.ok(True, "B gave more than it had: provisional once B has spoken")
    text = hub.text("bags", "--lang", "en").stdout
    tap.ok("untagged" in text and "toile" in text, "people see them beside the others", text)
    text = run("navette", "bags", "--folder", nodes["B"].folder, "--lang", "en").stdout
    tap.ok("untagged" in text and "toile" in text, "at a branch too", text)


def clock(tap, hub, nodes):
    node = nodes["C"]
    tap.equal({row["clock"] for row in hub("nodes")["rows"]}, {"right"}, "every clock is right")
    node.stop()
    node.environment = at("+3d")
    node.start()
    node.register(["X1"], namespace="bib")
    node.sync()
    until(lambda: verdicts(hub, CLOCK) == ["undecidable"], f"not undecidable: {found(hub, CLOCK)}")
    row = found(hub, CLOCK)[0]
    tap.ok(row["concerned"] == ["C"] and [wait["place"] for wait in row["waits"]] == ["C"], "three days ahead of what it stated: undecidable until C has spoken", row)
    tap.equal([row["clock"] for row in hub("nodes")["rows"] if row["places"] == ["C"]], ["suspect"], "the nodes show it")
    tap.ok("suspect" in hub.text("nodes", "--lang", "en").stdout, "for people too")
    node.must("clock-set")
    node.sync()
    until(lambda: verdicts(hub, CLOCK) == ["withdrawn"], f"not withdrawn: {found(hub, CLOCK)}")
    tap.equal({row["clock"] for row in hub("nodes")["rows"]}, {"right"}, "corrected: withdrawn")
    tap.equal(hub("discrepancies")["wrongly_proven"], 0, "nothing was proven wrongly")


def body(tap, folder):
    hub, nodes = prepare(tap, folder)
    refused(tap, nodes["A"])
    ledger(tap, hub, nodes)
    clock(tap, hub, nodes)
    doubted(tap, nodes["A"])


if __name__ == "__main__":
    bench(body)
