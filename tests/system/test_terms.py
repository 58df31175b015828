#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# What has a term, on real processes: a transit that is late and a bag that is overdue. Each is undecidable while the place that may know is silent, withdrawn by what that place
# had done in time, proven and then settled when nothing had come. Days are rules, decided at the hub. The hub's clock (libfaketime) is set forward between its starts.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, Node, bench, until  # noqa: E402
from node_bench import later  # noqa: E402

DAY = 86400


def rows(hub, code):
    hub.folded()
    return [row for row in hub("discrepancies")["rows"] if row["code"] == code]


def verdict(hub, code, kind):
    return [row["verdict"] for row in rows(hub, code) if row["kind"] == kind]


def prepare(tap, folder, hub):
    hub.place("A")
    hub.place("B")
    hub.place("R", "relay")
    nodes = {}
    for name, place in (("a", "A"), ("b", "B"), ("r", "R")):
        nodes[name] = Node(f"{folder}/{name}").start()
        nodes[name].enrol(hub, place, *(("--scope", "network") if place == "R" else ()))
    nodes["a"].register(["I1", "I2"], namespace="bib")
    nodes["a"].scan("bag-add", ["S1", "S2"], kind="toile")
    nodes["a"].scan("dispatch", ["I1", "I2"], to="B")
    nodes["a"].scan("dispatch", ["S1", "S2"], to="R")
    for _ in range(2):
        for node in nodes.values():
            tap.ok(node.sync().get("ok"), "in step")
    nodes["r"].scan("receive", ["S1", "S2"])
    nodes["r"].scan("deliver", ["S1", "S2"])
    nodes["r"].sync()
    nodes["a"].sync()
    hub.folded()
    tap.equal(hub("discrepancies")["rows"], [], "nothing is wrong")
    return nodes


def rules(tap, hub):
    tap.equal(hub("rule", "add", "late", "--days", "3", "--destination", "NOWHERE").get("error"), "hub-unknown-place", "a rule names places that are there")
    tap.equal(hub("rule", "add", "overdue", "--days", "3", "--destination", "B").get("error"), "hub-invalid-value", "only a transit has a destination")
    tap.equal(hub("rule", "add", "late", "--days", "0").get("error"), "hub-invalid-rule", "and lasts")
    tap.ok(hub("rule", "add", "late", "--days", "3", "--place", "A", "--destination", "B", "--from", "2020-01-01")["ok"], "a transit from A to B may take three days")
    tap.ok(hub("rule", "add", "overdue", "--days", "10", "--material", "toile", "--from", "2020-01-01")["ok"], "a canvas bag may be out ten days")


def silent(tap, hub, nodes):
    """B has I1, R has S1 back, and neither says so."""
    hub.stop()
    nodes["b"].scan("receive", ["I1"])
    nodes["r"].scan("return", ["S1"])
    for name in ("b", "r"):
        nodes[name].stop()
    later(hub, 12 * DAY)
    nodes["a"].sync()
    for code, kind, place in (("I1", "dispatched-never-received", "B"), ("S1", "bag-overdue", "R")):
        found = rows(hub, code)
        tap.equal([row["kind"] for row in found], [kind], f"{code}: {kind}")
        tap.ok(found[0]["verdict"] == "undecidable" and place in [wait["place"] for wait in found[0]["waits"]], f"{code}: undecidable, {place} is silent", found)
    bags = hub("bags")
    tap.equal([row["overdue"] for row in bags["rows"] if row["place"] == "R" and row["material"]], [2], "the debt of R stands in the bags")
    tap.ok("overdue" in hub.text("bags", "--lang", "en").stdout, "for people too")
    tap.equal({row["verdict"] for row in rows(hub, "I2") + rows(hub, "S2")}, {"undecidable"}, "what really is late looks the same")


def heard(tap, hub, nodes):
    for name in ("b", "r"):
        nodes[name].start()
        nodes[name].sync()
    until(lambda: verdict(hub, "I1", "dispatched-never-received") == ["withdrawn"], f"not withdrawn: {rows(hub, 'I1')}")
    until(lambda: "withdrawn" in verdict(hub, "S1", "bag-overdue"), f"not withdrawn: {rows(hub, 'S1')}")
    tap.equal(len(rows(hub, "S1")), 2, "S1 lies at the relay since its return: that has a term of its own")
    for code in ("I1", "S1"):
        row = next(row for row in rows(hub, code) if row["verdict"] == "withdrawn")
        tap.ok(row["closed_by"] and not row["wrongly_proven"], f"{code}: withdrawn by what had been done in time", row)
    later(hub, 13 * DAY)
    for name in ("a", "b", "r"):
        nodes[name].sync()
    later(hub, 15 * DAY)
    for name in ("a", "b", "r"):
        nodes[name].sync()
    for code, kind in (("I2", "dispatched-never-received"), ("S2", "bag-overdue")):
        until(lambda: verdict(hub, code, kind) == ["proven"], f"not proven: {rows(hub, code)}")
        tap.ok(True, f"{code}: proven when all have spoken and the grace is over")
    tap.equal(hub("discrepancies")["wrongly_proven"], 0, "nothing was proven wrongly")


def body(tap, folder):
    hub = Hub(folder + "/hub").start()
    nodes = prepare(tap, folder, hub)
    rules(tap, hub)
    silent(tap, hub, nodes)
    heard(tap, hub, nodes)


if __name__ == "__main__":
    bench(body)
