#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Stocktaking on real processes: a session with a scope, scanned by two people and over a power cut, closed as complete while another node of the place is silent. What that node
# had done before the count takes a line off the variance and adds one; the list of the closing stays beside it. A blind session tells nobody what is expected.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, Node, bench, run, until  # noqa: E402


def prepare(tap, folder):
    hub = Hub(folder + "/hub").start()
    hub.place("A")
    hub.place("B")
    nodes = {}
    for name, place in (("one", "A"), ("two", "A"), ("b", "B")):
        nodes[name] = Node(f"{folder}/{name}").start()
        nodes[name].enrol(hub, place)
    nodes["one"].register(["I1", "I2", "I3", "I4", "I5"], namespace="bib", call_number="791.43 A")
    nodes["one"].register(["D1"], namespace="bib", material="DVD")
    nodes["one"].register(["Z1"], namespace="bib", call_number="900 Z")
    nodes["b"].register(["I7"], namespace="bib")
    tap.ok(all(node.sync().get("ok") for node in (*nodes.values(), *nodes.values())), "everybody is in step")
    return hub, nodes


def silent(hub, nodes):
    """The other node of A sends I1 away and takes I6 in, and nobody hears of it."""
    hub.stop()
    nodes["two"].scan("dispatch", ["I1"], to="B")
    nodes["two"].register(["I6"], namespace="bib", call_number="791.43 B")
    nodes["two"].stop()
    hub.start()


def figures(answer):
    return {name: answer[name] for name in ("expected", "seen", "missing", "unexpected", "outside", "explained", "added")}


def codes(answer, what):
    return sorted(row["code"] for row in answer["rows"] if row["what"] == what)


def counted(tap, nodes):
    node = nodes["one"]
    opened = node.must("count-open", material="Livre", call="791..791.43")
    tap.equal(node.ask("count-open").get("error"), "count-stands-open", "one session at a place at a time")
    node.scan("count", ["I2", "I3", "Z1"])
    node.kill()
    node.start()
    one = node.must("begin", verb="count")["operation"]
    two = node.must("begin", verb="count")["operation"]
    tap.equal([node.must("scan", operation=which, barcode=code)["result"] for which, code in ((one, "I4"), (two, "I7"))], ["recorded", "recorded"],
              "after a power cut two people go on with it at once")
    for which in (one, two):
        node.must("close", operation=which)
    status = node.must("count-status")
    tap.ok(status["open"] and status["count"] == opened["count"] and status["saw_opening"]["own_seq"] > 0 and status["saw_opening"]["hub_cursor"] > 0, "it is the same, with the frontier it saw", status)
    tap.equal(figures(status), {"expected": 5, "seen": 3, "missing": 2, "unexpected": 1, "outside": 1, "explained": 0, "added": 0}, "what is expected follows from the scope")
    tap.equal((codes(status, "missing"), codes(status, "unexpected")), (["I1", "I5"], ["I7"]), "two are missing, one should be elsewhere")
    tap.equal(codes(status, "outside"), ["Z1"], "and one lies here in order, on another shelf: it is told, and is no part of the rest")
    text = run("navette", "count", "sheet", "--folder", node.folder, "--lang", "en").stdout
    tap.ok("[x] 791.43 A" in text and "[ ] 791.43 A" in text and "D1" not in text and "Z1" not in text, "the sheet has boxes to tick", text)
    closed = node.must("count-close", complete=True)
    tap.ok(not closed["open"] and closed["complete"] and closed["saw_closing"]["own_seq"] > closed["saw_opening"]["own_seq"], "it closes", closed)
    tap.equal(figures(closed), {"expected": 5, "seen": 3, "missing": 2, "unexpected": 1, "outside": 1, "explained": 0, "added": 0}, "with the same figures")
    tap.equal(node.ask("count-close", count=opened["count"]).get("error"), "count-is-closed", "once")
    tap.equal(node.ask("count-status", count="zzzz").get("error"), "no-such-count", "a number nobody has is refused")
    return opened["count"]


def later(tap, hub, nodes, count):
    nodes["one"].sync()

    def verdicts():
        hub.folded()
        return {row["code"]: row["verdict"] for row in hub("discrepancies")["rows"] if row["kind"] == "count-variance"}
    until(lambda: verdicts() == {"I1": "undecidable", "I5": "undecidable"}, f"not undecidable: {verdicts()}")
    tap.ok(True, "the hub waits for the other node of A")
    nodes["two"].start()
    nodes["two"].sync()
    nodes["one"].sync()
    until(lambda: verdicts().get("I1") == "withdrawn", f"not withdrawn: {verdicts()}")
    tap.ok(True, "I1 had left before: withdrawn")
    for name in ("one", "two", "b"):
        nodes[name].sync()
        status = nodes[name].must("count-status", count=count[:8])
        tap.equal((codes(status, "missing"), codes(status, "explained"), figures(status)["added"]), (["I5", "I6"], ["I1"], 1),
                  f"{name}: what was older and came later explains one line and adds another")
        tap.equal(sorted(row["code"] for row in status["rows"] if row["listed"]), ["I1", "I5"], f"{name}: the list of the closing stands")
    csv = run("navette", "count", "status", count[:8], "--csv", "--folder", nodes["one"].folder).stdout
    tap.ok("missing;I6;791.43 B;" in csv and csv.startswith("what;code;"), "as CSV too", csv)
    tap.equal([row["count"] for row in nodes["b"].must("counts")["rows"]], [count], "the list of stocktakes")


def blind(tap, nodes):
    node = nodes["b"]
    node.must("count-open", blind=True)
    node.scan("count", ["I7"])
    status = node.must("count-status")
    tap.ok(status["hidden"] and status["rows"] == [] and "expected" not in status and status["lines"] == 1, "a blind session tells how much was scanned and no more", status)
    sheet = run("navette", "count", "sheet", "--folder", node.folder, "--lang", "en").stdout
    tap.ok("____" in sheet and "I7" not in sheet, "its sheet is lines to write on", sheet)
    closed = node.must("count-close")
    tap.ok(not closed["hidden"] and not closed["complete"] and closed["blind"] and "missing" in closed, "closed, it tells", closed)


def body(tap, folder):
    hub, nodes = prepare(tap, folder)
    silent(hub, nodes)
    count = counted(tap, nodes)
    later(tap, hub, nodes, count)
    blind(tap, nodes)


if __name__ == "__main__":
    bench(body)
