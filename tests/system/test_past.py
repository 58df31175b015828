#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# The past on real processes: what every view said at a moment is what it says later when asked for that moment (--at), or by what was known at that place of the
# journal (--known), at the hub and at a node; a late event changes the past, and not what was known of it. A discrepancy is explained by its id.
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, Node, bench, until  # noqa: E402

VIEWS = {
    "stock": ("stock", "--by-home"),
    "stock of bags": ("stock", "--kind", "bag"),
    "transit": ("transit",),
    "bags": ("bags",),
    "find": ("find", "I1"),
    "find a bag": ("find", "S1"),
    "history": ("history", "I1"),
    "explain": ("explain", "I1"),
    "explain a figure": ("explain", "--stock", "--place", "A"),
    "conflicts": ("conflicts",),
    "discrepancies": ("discrepancies",),
}
NODE_VIEWS = {
    "stock": ("stock", {"by_home": True}),
    "stock of bags": ("stock", {"kind": "bag"}),
    "transit": ("transit", {}),
    "bags": ("bags", {}),
    "find": ("find", {"barcode": "I1"}),
    "history": ("history", {"barcode": "I1"}),
    "explain": ("explain", {"barcode": "I1"}),
    "explain a figure": ("explain", {"stock": True, "of": "A"}),
    "discrepancies": ("discrepancies", {}),
}
# What depends on when it is asked, and not on what is asked; pools of untagged bags, and what a bag holds, are told of now alone.
ASIDE = ("at", "as_of", "known", "cursor", "lag", "silent", "possible", "ok", "inside", "pools")
BOUNDS = ("low", "high", "range", "waits", "waiting", "since", "wait_count")


def bare(answer):
    """Without what is about the question, and without bounds: who is silent depends on the moment."""
    return unbounded({key: value for key, value in answer.items() if key not in ASIDE})


def unbounded(value):
    if isinstance(value, dict):
        return {key: unbounded(part) for key, part in value.items() if key not in BOUNDS}
    return [unbounded(part) for part in value] if isinstance(value, list) else value


def all_of(hub, *options):
    return {name: bare(hub(*words, *options)) for name, words in VIEWS.items()}


def all_of_node(node, **fields):
    return {name: bare(node.must(command, **asked, **fields)) for name, (command, asked) in NODE_VIEWS.items()}


def next_second():
    """A moment between what was done and what is done next, as people write it."""
    mark = int(time.time()) + 1
    until(lambda: time.time() >= mark, "time stands still")
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(mark))
    until(lambda: time.time() >= mark + 1, "time stands still")
    return moment


def same(tap, got, wanted, text):
    for name in wanted:
        tap.equal(got[name], wanted[name], f"{text}: {name}")


def prepare(hub, folder):
    for code in ("A", "B"):
        hub.place(code)
    hub.place("R", "relay")
    nodes = {}
    for name, place in (("a", "A"), ("b", "B"), ("r", "R")):
        nodes[name] = Node(f"{folder}/{name}").start()
        nodes[name].enrol(hub, place)
    nodes["a"].register(["I1", "I2", "I3", "I4"], namespace="bib")
    nodes["a"].scan("bag-add", ["S1", "S2"], kind="tote")
    for node in (*nodes.values(), *nodes.values()):
        node.sync()
    return nodes


def travel(nodes):
    nodes["a"].scan("pack", ["I1", "I2"], container="S1")
    nodes["a"].scan("dispatch", ["S1"], to="B")
    nodes["a"].sync()
    nodes["b"].sync()


def arrive(nodes):
    nodes["b"].scan("receive", ["S1"])
    nodes["b"].scan("unpack", ["I1"], container="S1")
    # Known to be at A: two places at once.
    nodes["b"].scan("seen", ["I3"])
    nodes["b"].sync()
    nodes["a"].sync()


def explained(tap, hub, nodes):
    row = next(row for row in hub("discrepancies")["rows"] if row["code"] == "I3")
    why = hub("explain", row["discrepancy"][:12])
    tap.equal((why["discrepancy"], why["kind"], why["verdict"]), (row["discrepancy"], "two-places-at-once", row["verdict"]), "a discrepancy is explained by its id")
    tap.equal([cause["event"] for cause in why["shown_by"]], ["seen-at", "item-registered"], "by the events that show it")
    tap.ok(why["shown_by"][0]["at"] == "B" and why["opened_by"]["ref"] == why["shown_by"][0]["ref"], "the first of them opened it", why)
    tap.equal(sorted(node["place"] for node in why["concerned_nodes"]), ["A", "B"], "the nodes that may still explain it")
    tap.equal(why["grace"], {"ms": 86400000, "rule": "", "place": ""}, "a day, no rule says otherwise")
    hub("rule", "add", "grace", "--hours", "48", "--place", "B")
    hub.folded()
    why = hub("explain", row["discrepancy"])
    tap.ok(why["grace"]["ms"] == 48 * 3600000 and why["grace"]["place"] == "B" and why["grace"]["rule"], "then a rule, by its name", why["grace"])
    for language, words in (("en", ("two places at once", "no movement links them", "Grace: 48 h")), ("fr", ("à deux endroits", "aucun mouvement", "Délai : 48 h"))):
        text = hub.text("explain", row["discrepancy"][:12], "--lang", language).stdout
        tap.ok(all(word in text for word in words), f"in words: {language}", text)
    mine = nodes["b"].must("explain", barcode=row["discrepancy"][:12])
    tap.equal(mine["discrepancy"], row["discrepancy"], "at a node too")
    refused = hub.text("explain", "0123456789ab", "--json")
    tap.ok(refused.returncode != 0 and "hub-nothing-known" in refused.stdout + refused.stderr, "an id of nothing is refused", refused.stdout)
    hub("settle", row["discrepancy"], "--reason", "wrong-data")
    hub.folded()
    why = hub("explain", row["discrepancy"])
    tap.ok(why["verdict"] == "settled" and why["closed"]["event"] == "discrepancy-settled", "what closed it is told", why)
    return row["discrepancy"]


def late(tap, hub, nodes, t_road, c_end):
    """A relay that was not heard tells that it had held I4 all the time."""
    before = hub("stock", "--at", t_road)
    nodes["r"].start()
    nodes["r"].sync()
    hub.folded()
    tap.ok(any(row["place"] == "R" for row in hub("stock", "--at", t_road)["rows"]), "a late event changes the past")
    tap.equal(bare(hub("stock", "--at", t_road, "--known", str(c_end))), bare(before), "and not what was known of it")


def body(tap, folder):
    hub = Hub(f"{folder}/hub").start()
    nodes = prepare(hub, folder)
    t_home = next_second()
    hub.folded()
    c_home, home, home_a = hub("stock")["cursor"], all_of(hub), all_of_node(nodes["a"])
    k_home = nodes["a"].must("stock")["known"]
    travel(nodes)
    hub.stop()
    nodes["r"].scan("receive", ["I4"], unknown=True, namespace="bib")
    nodes["r"].stop()
    hub.start()
    for name in ("a", "b"):
        nodes[name].sync()
    t_road = next_second()
    hub.folded()
    c_road, road, road_a = hub("stock")["cursor"], all_of(hub), all_of_node(nodes["a"])
    k_road = nodes["a"].must("stock")["known"]
    tap.ok(road["transit"] != home["transit"] and road["find"] != home["find"], "something has moved")
    arrive(nodes)
    hub.folded()
    c_end = hub("stock")["cursor"]
    tap.ok(all_of(hub)["discrepancies"] != road["discrepancies"], "and something looks wrong")
    same(tap, all_of(hub, "--known", str(c_home)), home, "hub, known before it left")
    same(tap, all_of(hub, "--known", str(c_road)), road, "hub, known while on the road")
    same(tap, all_of(hub, "--at", t_road), road, "hub, at that time")
    same(tap, all_of(hub, "--at", t_home), home, "hub, at the time before")
    same(tap, all_of(hub, "--at", t_home, "--known", str(c_road)), home, "hub, at the time before as known on the road")
    same(tap, all_of_node(nodes["a"], known=str(k_home)), home_a, "node, known before it left")
    same(tap, all_of_node(nodes["a"], known=str(k_road)), road_a, "node, known while on the road")
    same(tap, all_of_node(nodes["a"], at=t_road), road_a, "node, at that time")
    text = hub.text("discrepancies", "--known", str(c_road)).stdout
    tap.ok("I3" not in text and "I3" in hub.text("discrepancies").stdout, "as a table too", text)
    name = explained(tap, hub, nodes)
    tap.equal(hub("explain", name, "--known", str(c_end))["verdict"], "undecidable", "as it was known, it was not settled")
    late(tap, hub, nodes, t_road, c_end)
    tap.ok(hub("verify")["ok"], "and everything adds up")


if __name__ == "__main__":
    bench(body)
