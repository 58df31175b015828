#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Discrepancies on real processes: what the connected nodes report looks wrong while the others are silent; each kind is undecidable and names whom it waits for, then the silent
# come back and what they had done explains it. What was really lost is provisional, then proven when the hub's clock has passed the grace, then settled by a person.
# The hub lives on a clock of its own (libfaketime), set forward between its starts.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, Node, bench, until  # noqa: E402
from node_bench import later  # noqa: E402

HOUR = 3600


def found(hub, code=None, *options):
    hub.folded()
    rows = hub("discrepancies", *options)["rows"]
    return {(row["code"], row["kind"]): row for row in rows if code is None or row["code"] == code}


def verdicts(hub):
    return {key: row["verdict"] for key, row in found(hub).items()}


def prepare(tap, folder, hub):
    for code in ("A", "B", "C"):
        hub.place(code)
    nodes = {}
    for name, place in (("a", "A"), ("b", "B"), ("b2", "B"), ("c1", "C"), ("c2", "C")):
        nodes[name] = Node(f"{folder}/{name}").start()
        nodes[name].enrol(hub, place)
    nodes["a"].register(["I1", "I2", "I6"], namespace="bib")
    nodes["b"].register(["I3"], namespace="bib")
    nodes["c1"].register(["I5", "I7"], namespace="bib")
    tap.ok(all(node.sync().get("ok") for node in (*nodes.values(), *nodes.values())), "everybody is in step")
    # The other node of B does not hear of this one.
    nodes["b2"].stop()
    nodes["b"].scan("dispatch", ["I3"], to="C")
    tap.ok(nodes["b"].sync().get("ok") and nodes["c1"].sync().get("ok"), "a document leaves B for C")
    tap.equal(found(hub), {}, "nothing is wrong")
    return nodes


# what the silent do behind the hub's back, and what the others then report
def work(nodes, hub):
    silent = (nodes["a"], nodes["c1"])
    hub.stop()
    nodes["a"].scan("dispatch", ["I1", "I2"], to="B")
    nodes["c1"].scan("receive", ["I3"])
    nodes["c1"].register(["I4"], namespace="bib")
    nodes["c1"].scan("dispatch", ["I3", "I5"], to="B")
    for node in silent:
        node.stop()
    nodes["b2"].start()
    nodes["b2"].scan("dispatch", ["I3"], to="A")
    hub.start()
    nodes["b"].scan("receive", ["I1", "I6"])
    nodes["b"].scan("seen", ["I2"])
    nodes["c2"].scan("deliver", ["I4"], unknown=True, namespace="bib")
    nodes["c2"].scan("count", ["I7"], complete=True)
    for name in ("b", "b2", "c2"):
        nodes[name].sync()


WANTED = {
    ("I1", "received-never-dispatched"): "A",
    ("I2", "two-places-at-once"): "A",
    ("I3", "two-open-transits"): "C",
    ("I4", "delivered-never-received"): "C",
    ("I5", "count-variance"): "C",
    ("I6", "received-never-dispatched"): "A",
}


def undecidable(tap, hub, nodes):
    rows = until(lambda: (lambda rows: rows if set(rows) >= set(WANTED) else None)(found(hub)), f"not all found: {sorted(found(hub))}")
    tap.equal(sorted(rows), sorted(WANTED), "each kind is found, and nothing else")
    for key, place in sorted(WANTED.items()):
        row = rows[key]
        waits = [wait["place"] for wait in row["waits"]]
        tap.ok(row["verdict"] == "undecidable" and place in waits and row["since"], f"{key[1]}: undecidable, waits for {place}, silent since {row['since']}", row)
    text = hub.text("discrepancies", "--lang", "en").stdout
    tap.ok("two open transits" in text and "undecidable" in text, "people read it as a table", text)
    explained = hub("explain", "I1")
    tap.equal([row["kind"] for row in explained["discrepancies"]], ["received-never-dispatched"], "explain mentions it")
    mine = nodes["b"].must("discrepancies")["rows"]
    tap.equal(sorted((row["code"], row["kind"]) for row in mine), sorted(WANTED), "a branch finds the same")
    tap.equal({row["discrepancy"] for row in mine}, {row["discrepancy"] for row in rows.values()}, "under the same names")
    tap.equal({row["verdict"] for row in mine}, {"undecidable"}, "and is as unsure")
    # However long they are silent.
    later(hub, 72 * HOUR)
    for name in ("b", "b2", "c2"):
        nodes[name].sync()
    tap.equal(set(verdicts(hub).values()), {"undecidable"}, "three days later it still waits for them")


def withdrawn(tap, hub, nodes):
    for name in ("a", "c1"):
        nodes[name].start()
        nodes[name].sync()
    wanted = {key: "withdrawn" for key in WANTED if key[0] != "I6"}
    until(lambda: all(verdicts(hub).get(key) == "withdrawn" for key in wanted), f"not withdrawn: {verdicts(hub)}")
    rows = found(hub)
    for key in sorted(wanted):
        tap.ok(rows[key]["verdict"] == "withdrawn" and not rows[key]["wrongly_proven"] and rows[key]["closed_by"],
               f"{key[1]}: withdrawn by what the silent had done", rows[key])
    tap.equal(hub("discrepancies")["wrongly_proven"], 0, "none had been proven")


def proven(tap, hub, nodes):
    key = ("I6", "received-never-dispatched")
    # They say HELLO again, having seen what opened it.
    later(hub, 73 * HOUR)
    for node in nodes.values():
        node.sync()
    until(lambda: verdicts(hub)[key] == "provisional", f"not provisional: {found(hub)[key]}")
    row = found(hub)[key]
    tap.ok(row["waits"] == [] and row["proven"], f"what was really wrong is provisional until {row['proven']}", row)
    later(hub, 99 * HOUR)
    tap.equal(verdicts(hub)[key], "proven", "and proven when the grace is over")
    tap.equal(list(found(hub, None, "--verdict", "proven")), [key], "it alone")
    for node in nodes.values():
        node.sync()
    refused = hub("settle", row["discrepancy"], "--reason", "nonsense")
    tap.equal(refused.get("error"), "hub-unknown-settlement", "a reason has to be a known one")
    tap.equal(hub("settle", "00000000").get("error"), "hub-unknown-discrepancy", "and the number too")
    done = hub("settle", row["discrepancy"][:12], "--reason", "wrong-data")
    tap.ok(done["ok"] and done["discrepancy"] == row["discrepancy"], "a person settles it, by the first characters of its number", done)
    row = found(hub)[key]
    tap.ok(row["verdict"] == "settled" and row["reason"] == "wrong-data", "settled, with the reason", row)
    tap.equal(hub("discrepancies")["wrongly_proven"], 0, "nothing was proven wrongly")
    nodes["b"].sync()
    until(lambda: [row["verdict"] for row in nodes["b"].must("discrepancies")["rows"] if row["code"] == "I6"] == ["settled"], "the branch does not hear of it")
    tap.ok(True, "the branch says so too")


def body(tap, folder):
    hub = Hub(folder + "/hub").start()
    nodes = prepare(tap, folder, hub)
    work(nodes, hub)
    undecidable(tap, hub, nodes)
    withdrawn(tap, hub, nodes)
    proven(tap, hub, nodes)


if __name__ == "__main__":
    bench(body)
