#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# The past of what is not stock, on real processes: places, hand-overs, proposals of swaps, stocktakes, orders, what stands aside, health of the nodes. What each said at a
# moment is what it says later when asked for that moment (--at), or by what was known then (--known). What has no past says so. Every list is CSV too.
import csv
import io
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hub_bench import BIN, Hub, Node, bench, run, until  # noqa: E402
from test_past import bare, next_second, same  # noqa: E402

VIEWS = ("places", "handovers", "proposals", "counts", "count", "conflicts")
NODE_VIEWS = ("places", "handovers", "proposals", "counts", "count-status", "orders", "conflicts")


# A proposal weighs what is known: it has no other moment.
WITHOUT_AT = ("proposals",)


def all_of(hub, *options):
    return {name: bare(hub(name, *options)) for name in VIEWS if "--at" not in options or name not in WITHOUT_AT}


def all_of_node(node, **fields):
    return {name: bare(node.must(name, **fields)) for name in NODE_VIEWS if "at" not in fields or name not in WITHOUT_AT}


def of_that_time(answers):
    return {name: answer for name, answer in answers.items() if name not in WITHOUT_AT}


def prepare(hub, folder):
    for code in ("A", "B"):
        hub.place(code)
    nodes = {}
    for name in ("A", "B"):
        nodes[name] = Node(f"{folder}/{name}").start()
        nodes[name].enrol(hub, name)
    nodes["A"].register(["I1", "I2", "I3"], namespace="bib")
    nodes["A"].scan("bag-add", ["S1", "S2", "S3", "S4"])
    together(hub, nodes)
    return nodes


def together(hub, nodes):
    for node in (*nodes.values(), *nodes.values()):
        node.sync()
    hub.folded()


def first(nodes):
    """A stocktake stands open, an order is placed, a hand-over is short and another one over on the same round."""
    nodes["A"].must("count-open", place="A")
    nodes["A"].scan("count", ["I1"])
    nodes["A"].must("orders-add", orders=[{"id": "C-1", "channel": "phone", "pickup": "A", "items": ["I1"]}], namespace="bib")
    for slip, bags, stop in (("N1", ["S1", "S2"], 1), ("N2", ["S3"], 2)):
        nodes["A"].scan("dispatch", bags, to="B", slip=slip, round="T1", stop=stop)
    nodes["A"].sync(), nodes["B"].sync()
    nodes["B"].must("count-handover", party="taker", slip="N1", bags=1)
    nodes["B"].must("count-handover", party="taker", slip="N2", bags=2)


def second(hub, nodes):
    """All of it goes on: nothing is as it was."""
    nodes["A"].scan("count", ["I2"])
    nodes["A"].must("count-close", place="A", complete=True)
    nodes["A"].must("orders-cancel", order="C-1", reason="other")
    nodes["B"].must("count-handover", party="taker", slip="N1", bags=2)
    nodes["B"].scan("seen", ["S4"])
    hub.place("C")
    hub.place("A", "branch", "--name", "Another name")


def health(tap, hub, nodes, known):
    now = {row["places"][0]: row for row in hub("nodes")["rows"]}
    tap.ok(all(row["version"] == 1 and row["connected"] and row["lag_s"] is not None for row in now.values()), "health: version, lag in events and in time", now)
    then = hub("nodes", "--known", str(known))
    rows = {row["places"][0]: row for row in then["rows"]}
    tap.equal((then["known"], sorted(rows)), (known, ["A", "B"]), "health as it was known then")
    tap.ok(all(row["connected"] is None and row["version"] is None and row["cursor"] <= known for row in rows.values()), "without what no journal keeps", rows)
    def further():
        """A busy node's statements are noted some seconds apart."""
        later = {row["places"][0]: row for row in hub("nodes")["rows"]}
        return all(rows[name]["known_until"] < later[name]["known_until"] for name in rows)

    until(further, "who has spoken since had been heard of less far")
    tap.equal(hub("nodes", "--known", "1")["rows"], [], "nobody was enrolled at first")
    nodes["B"].stop()
    hub.place("D")
    hub.folded()
    row = next(row for row in hub("nodes")["rows"] if row["places"] == ["B"])
    tap.ok(row["lag"] >= 1 and row["lag_s"] >= 0 and row["last_heard"], "who is away lags behind", row)


def typed(node, *words):
    return run("navette", *words, "--folder", node.folder, "--lang", "en")


def without_past(tap, hub, nodes):
    for words, code in ((("status", "--at", "2026-01-01"), "hub-no-past"), (("rights", "--known", "3"), "hub-no-past"), (("nodes", "--at", "2026-01-01"), "hub-no-at"),
                        (("aside", "--at", "2026-01-01"), "hub-no-at"), (("proposals", "--at", "2026-01-01"), "hub-no-at"), (("handovers", "--known", "yesterday"), "hub-bad-time")):
        done = hub.text(*words, "--json")
        tap.ok(done.returncode != 0 and code in done.stdout, f"hub: {' '.join(words)} is refused", done.stdout)
    for words, said in ((("picklist", "--at", "2026-01-01"), "tells of now"), (("search", "--known", "3"), "tells of now"), (("aside", "--at", "2026-01-01"), "--known"),
                        (("places", "--at", "yesterday"), "Unreadable")):
        done = typed(nodes["A"], *words)
        tap.ok(done.returncode != 0 and said in done.stderr, f"node: {' '.join(words)} is refused", done.stderr)
    for view in ("aside", "proposals"):
        tap.equal(nodes["A"].ask(view, at="2026-01-01").get("error"), "no-at", f"{view} on the socket too")


def as_csv(tap, hub, nodes):
    for name in ("stock", "bags", "places", "nodes", "conflicts", "discrepancies", "handovers", "proposals", "counts", "aside"):
        lines = list(csv.reader(io.StringIO(hub.text(name, "--csv").stdout)))
        tap.ok(lines and len(set(map(len, lines))) == 1, f"hub: {name} as CSV", lines[:3])
        tap.equal(len(lines) - 1, len(hub(name)["rows"]), f"hub: a line for each of {name}")
    for words in (("stock",), ("transit",), ("places",), ("conflicts",), ("discrepancies",), ("handovers",), ("proposals",), ("count", "list"), ("orders", "--state", "all"), ("history", "I1")):
        lines = list(csv.reader(io.StringIO(typed(nodes["A"], *words, "--csv").stdout)))
        tap.ok(len(lines) > (words[0] not in ("transit", "conflicts")) - 1 and len(set(map(len, lines))) == 1, f"node: {' '.join(words)} as CSV", lines[:3])


def body(tap, folder):
    hub = Hub(f"{folder}/hub").start()
    nodes = prepare(hub, folder)
    first(nodes)
    together(hub, nodes)
    moment = next_second()
    known, was, was_a = hub("stock")["cursor"], all_of(hub), all_of_node(nodes["A"])
    known_a = nodes["A"].must("stock")["known"]
    tap.ok(was["count"]["open"] and was["proposals"]["rows"] and len(was["handovers"]["rows"]) == 2, "there is something to go on from", was)
    second(hub, nodes)
    together(hub, nodes)
    now, now_a = all_of(hub), all_of_node(nodes["A"])
    for name in VIEWS:
        tap.ok(now[name] != was[name], f"hub: {name} has changed", now[name])
    for name in NODE_VIEWS:
        tap.ok(now_a[name] != was_a[name], f"node: {name} has changed", now_a[name])
    same(tap, all_of(hub, "--known", str(known)), was, "hub, by what was known")
    same(tap, all_of(hub, "--at", moment), of_that_time(was), "hub, at that time")
    same(tap, all_of_node(nodes["A"], known=str(known_a)), was_a, "node, by what was known")
    same(tap, all_of_node(nodes["A"], at=moment), of_that_time(was_a), "node, at that time")
    text = hub.text("count", was["count"]["count"][:6], "--lang", "en").stdout
    tap.ok("missing : 1" in text and "I3" in text and "added since : 0" in text, "a stocktake at the hub: what is missing", text)
    tap.ok(was["count"]["count"][:8] in hub.text("counts").stdout, "and the list of them")
    tap.equal(hub("count", "ffff").get("error"), "hub-no-such-count", "one that is not there is refused")
    tap.ok("S4" in typed(nodes["A"], "conflicts").stdout, "conflicts at a node", typed(nodes["A"], "conflicts").stdout)
    without_past(tap, hub, nodes)
    as_csv(tap, hub, nodes)
    health(tap, hub, nodes, known)
    tap.ok(os.path.exists(BIN), "on the programs as built")


if __name__ == "__main__":
    bench(body)
