#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Every kind of discrepancy through every verdict, on real processes. Of each kind there are two: one that a silent node explains when it comes back, and one that really is wrong.
# Both are undecidable while the silent are silent, named, however long that lasts; the first is then withdrawn, never proven before; the second is provisional once all have spoken,
# proven when the grace is over, settled by a person with a reason. Prints what was reached; a cell that is missing fails.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, Node, bench, until  # noqa: E402
from node_bench import at, later  # noqa: E402

DAY = 86400
VERDICTS = ("undecidable", "provisional", "proven", "withdrawn", "settled")

# kind: (what is explained late, what really is wrong, who keeps both undecidable)
KINDS = {
    "received-never-dispatched": ("I1", "I2", "A"),
    "two-places-at-once": ("I3", "I4", "A"),
    "two-open-transits": ("I5", "I6", "C"),
    "dispatched-never-received": ("I7", "I8", "C"),
    "delivered-never-received": ("I9", "I10", "B"),
    "count-variance": ("D1", "D2", "B"),
    "short-on-reception": ("N1", "N2", "A"),
    "over-on-reception": ("N3", "N4", "A"),
    "deposit-differs": ("K1", "K2", "A"),
    "bag-overdue": ("S10", "S11", "R"),
    "bag-ledger-out-of-balance": ("toile", "papier", "A"),
    "clock-suspect": ("D", "E", None),  # by their places; each is waited for itself
    "phone-report-contradicted": ("S12", "S13", "C"),
}
TERMS = ("dispatched-never-received", "bag-overdue")  # time makes them: they open before anybody is heard again
REASONS = ("wrong-data", "long-missing", "other")


class Reached:
    """Which verdicts each kind came to."""

    def __init__(self, tap):
        self.tap = tap
        self.cells = {}

    def note(self, kind, row, wanted, why):
        if self.tap.ok(row.get("verdict") == wanted, f"{kind}: {wanted}, {why}", row):
            self.cells[(kind, wanted)] = 1

    def table(self):
        print(f"# {'':28}" + "".join(f"{verdict:>13}" for verdict in VERDICTS))
        for kind in KINDS:
            print(f"# {kind:28}" + "".join(f"{'yes' if (kind, verdict) in self.cells else '-':>13}" for verdict in VERDICTS), flush=True)
        missing = [cell for cell in ((kind, verdict) for kind in KINDS for verdict in VERDICTS) if cell not in self.cells]
        self.tap.equal(missing, [], "every kind came to every verdict")


def fast(node):
    """Its clock is three days ahead."""
    node.environment = at("+3d")


def rows(hub, nodes):
    """By code, of a clock by its place, and kind."""
    hub.folded()
    places = {row["node"]: row["places"] for row in hub("nodes")["rows"]}
    found = {}
    for row in hub("discrepancies")["rows"]:
        code = places.get(row["code"], row["code"]) if row["kind"] == "clock-suspect" else row["code"]
        found[(code if isinstance(code, str) else ",".join(code), row["kind"])] = row
    return found


def step(nodes, *names):
    for name in names or nodes:
        if nodes[name].alive():
            nodes[name].sync()


def prepare(tap, folder, hub):
    for code in "ABCDE":
        hub.place(code)
    hub.place("R", "relay")
    nodes = {}
    for name in ("a", "b", "b2", "b3", "c", "d", "e", "r"):
        nodes[name] = Node(f"{folder}/{name}").start()
        nodes[name].enrol(hub, name[0].upper(), *(("--scope", "network") if name == "r" else ()))
    a, b = nodes["a"], nodes["b"]
    a.register(["I1", "I2", "I3", "I4", "I7", "I8", "P1", "P2"], namespace="bib")
    b.register(["I5", "I6"], namespace="bib")
    b.register(["D1", "D2", "D3"], material="DVD", namespace="bib")
    a.scan("bag-add", [f"S{number}" for number in range(1, 14)], kind="toile")
    a.scan("bag-add", ["K1", "K2"], crate=True)
    a.must("pool-add", pool="toile=10")
    a.must("pool-add", pool="papier=10")
    tap.ok(hub("rule", "add", "late", "--days", "3", "--from", "2020-01-01")["ok"] and hub("rule", "add", "overdue", "--days", "10", "--from", "2020-01-01")["ok"],
           "a transit may take three days, a bag be out for ten")
    a.scan("dispatch", ["I7", "I8", "S12", "S13"], to="C")
    a.scan("dispatch", ["S10", "S11"], to="R")
    a.scan("dispatch", ["S1", "S2", "S3"], to="B", slip="N1")
    a.scan("dispatch", ["S4", "S5"], to="B", slip="N2")
    a.scan("dispatch", ["S6"], to="B", slip="N3")
    a.scan("dispatch", ["S8"], to="B", slip="N4")
    for crate, document in (("K1", "P1"), ("K2", "P2")):
        a.scan("pack", [document], container=crate)
        done = a.must("deposit", container=crate, bags=0, items=2, seal="0412")
        nodes["declared"] = nodes.get("declared") or done["ref"]
    a.scan("dispatch", ["K1", "K2"], to="B")
    declared = nodes.pop("declared")
    step(nodes), step(nodes)
    nodes["r"].scan("receive", ["S10", "S11"])
    nodes["r"].scan("deliver", ["S10", "S11"])
    # The other node of B does not hear that these have left.
    nodes["b2"].stop()
    b.scan("dispatch", ["I5", "I6"], to="C")
    b.scan("phone-here", ["S12", "S13"], reporter="C")
    step(nodes), step(nodes)
    tap.equal(rows(hub, nodes), {}, "nothing is wrong")
    return nodes, declared


def behind(hub, nodes, declared):
    """What the silent do, and nobody hears of."""
    hub.stop()
    a, b3, c, r = (nodes[name] for name in ("a", "b3", "c", "r"))
    a.scan("dispatch", ["I1", "I3"], to="B")
    a.scan("cancel", ["S3"], slip="N1")
    a.scan("dispatch", ["S7"], to="B", slip="N3")
    a.must("pool-dispatch", pool="toile=6", to="B", slip="P1")
    a.must("retract", target=declared, reason="wrong-data")
    b3.register(["I9"], namespace="bib")
    b3.scan("dispatch", ["D1"], to="A")
    c.scan("receive", ["I5", "I7", "S12"])
    c.scan("dispatch", ["I5", "S12"], to="B")
    r.scan("return", ["S10"])
    r.scan("collect", ["S10"], to="A")  # else it lies there, which has a term of its own
    for name in ("a", "b3", "c", "r", "d", "e"):
        nodes[name].stop()
    for name in ("d", "e"):
        fast(nodes[name])
    nodes["b2"].start()
    nodes["b2"].scan("dispatch", ["I5", "I6"], to="A")
    hub.start()


def reported(hub, nodes):
    """What the others then find."""
    b = nodes["b"]
    b.scan("receive", ["I1", "I2", "S12", "S13"])
    b.scan("seen", ["I3", "I4"])
    b.scan("deliver", ["I9", "I10"], unknown=True, namespace="bib")
    b.scan("count", ["D3"], material="DVD", complete=True)
    b.scan("receive", ["S1", "S2"], slip="N1", checked=True)
    b.scan("receive", ["S4"], slip="N2", checked=True)
    b.scan("receive", ["S6", "S7"], slip="N3", checked=True)
    b.scan("receive", ["S8", "S9"], slip="N4", checked=True)
    b.must("pool-receive", pool="toile=6", slip="P1", **{"from": "A"})
    b.must("pool-receive", pool="papier=3", slip="P2", **{"from": "A"})
    b.scan("receive", ["K1", "K2"])
    for crate, document in (("K1", "P1"), ("K2", "P2")):
        b.must("open", container=crate, seal="0412")
        b.scan("unpack", [document], container=crate)
    for name in ("d", "e"):
        nodes[name].start()
        nodes[name].register([f"X-{name}"], namespace="bib")
    for _ in range(2):
        step(nodes, "b", "b2")
    step(nodes, "d", "e")
    for name in ("d", "e"):
        nodes[name].stop()


def undecidable(reached, hub, nodes):
    wanted = [(code, kind) for kind, (late, wrong, _) in KINDS.items() for code in (late, wrong)]
    until(lambda: set(rows(hub, nodes)) >= {key for key in wanted if key[1] not in TERMS}, f"not all found: {sorted(set(wanted) - set(rows(hub, nodes)))}")
    found = rows(hub, nodes)
    clock = found[("D", "clock-suspect")]
    reached.note("clock-suspect", clock, "undecidable", f"waits for {clock['waiting']}")
    # A right clock is set while the hub's own is right.
    nodes["d"].start()
    nodes["d"].sync()
    nodes["d"].must("clock-set")
    nodes["d"].sync()
    until(lambda: rows(hub, nodes)[("D", "clock-suspect")]["verdict"] == "withdrawn", "not corrected")
    later(hub, 12 * DAY)
    step(nodes, "b", "b2")
    found = rows(hub, nodes)
    for kind, (late, wrong, place) in KINDS.items():
        for code in (late, wrong):
            if (code, kind) == ("D", "clock-suspect"):
                continue
            row = found.get((code, kind), {})
            waits = [wait["place"] for wait in row.get("waits", [])]
            reached.note(kind, row, "undecidable", f"{code} waits for {waits} since {row.get('since')}, twelve days later too")
            reached.tap.ok((place or code) in waits and row.get("since"), f"{kind}: {place or code} is named, with since when", row)


def withdrawn(reached, hub, nodes):
    for name in ("a", "b3", "c", "r"):
        nodes[name].start()
        nodes[name].sync()
    late = {(late, kind) for kind, (late, _, _) in KINDS.items()}
    until(lambda: all(rows(hub, nodes)[key]["verdict"] == "withdrawn" for key in late),
          f"not withdrawn: {[(key, row['verdict']) for key, row in rows(hub, nodes).items() if key in late]}")
    found = rows(hub, nodes)
    for code, kind in sorted(late):
        row = found[(code, kind)]
        reached.note(kind, row, "withdrawn", f"{code} by what the silent had done")
        reached.tap.ok(row["closed_by"] and not row["wrongly_proven"], f"{kind}: it had not been proven", row)


def provisional(reached, hub, nodes, wrong):
    until(lambda: all(rows(hub, nodes)[key]["verdict"] == "provisional" for key in wrong),
          f"not provisional: {[(key, row['verdict'], row['waiting']) for key, row in rows(hub, nodes).items() if key in wrong]}")
    found = rows(hub, nodes)
    for code, kind in sorted(wrong):
        reached.note(kind, found[(code, kind)], "provisional", f"{code} until {found[(code, kind)]['proven']}")


def proven(reached, hub, nodes):
    wrong = {(wrong, kind) for kind, (_, wrong, _) in KINDS.items()}
    provisional(reached, hub, nodes, {key for key in wrong if key[1] in TERMS})
    # Half a day on: whoever had passed before is within the grace too.
    later(hub, 12 * DAY + DAY // 2)
    nodes["e"].start()
    step(nodes), step(nodes)
    provisional(reached, hub, nodes, {key for key in wrong if key[1] not in TERMS})
    later(hub, 15 * DAY)
    found = rows(hub, nodes)
    for code, kind in sorted(wrong):
        reached.note(kind, found[(code, kind)], "proven", f"{code}, the grace is over")
    reached.tap.equal(hub("discrepancies")["wrongly_proven"], 0, "nothing was proven wrongly")
    for number, (code, kind) in enumerate(sorted(wrong)):
        reason = REASONS[number % len(REASONS)]
        done = hub("settle", found[(code, kind)]["discrepancy"], "--reason", reason)
        row = rows(hub, nodes)[(code, kind)]
        reached.tap.equal((done.get("ok"), row.get("reason")), (True, reason), f"{kind}: a person says {reason}")
        reached.note(kind, row, "settled", code)


def body(tap, folder):
    hub = Hub(folder + "/hub").start()
    reached = Reached(tap)
    nodes, declared = prepare(tap, folder, hub)
    behind(hub, nodes, declared)
    reported(hub, nodes)
    undecidable(reached, hub, nodes)
    withdrawn(reached, hub, nodes)
    proven(reached, hub, nodes)
    reached.table()


if __name__ == "__main__":
    bench(body)
