#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Explain, on real processes, at the hub and at a node, as JSON and as people read it: a line of the transit list, a cell of the bag ledger, low and high of a bound, a
# hand-over's three counts, a stocktake's variance, a conflict, an order's state; of now, of a moment, and of what was known then. Each lists events: reference, when, where, by whom.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hub_bench import Hub, Node, bench, run  # noqa: E402
from test_past import next_second  # noqa: E402

LATER = "2099-01-01T00:00:00Z"  # by then nobody has been heard of for long


def prepare(hub, folder):
    for code in ("A", "B"):
        hub.place(code)
    hub.place("R", "relay")
    hub("rule", "add", "overdue", "--hours", "1", "--place", "R")
    nodes = {}
    for name in ("A", "B", "R"):
        nodes[name] = Node(f"{folder}/{name}").start()
        nodes[name].enrol(hub, name)
    nodes["A"].register(["I1", "I2", "I3", "I4"], namespace="bib")
    nodes["A"].scan("bag-add", ["S1", "S2", "S3"], kind="tote")
    together(hub, nodes)
    return nodes


def together(hub, nodes):
    for node in (*nodes.values(), *nodes.values()):
        node.sync()
    hub.folded()


def live(hub, nodes):
    a, b, r = nodes["A"], nodes["B"], nodes["R"]
    a.must("orders-add", orders=[{"id": "C-1", "channel": "phone", "pickup": "A", "items": ["I1"]}], namespace="bib", operator="MARIE")
    a.scan("pack", ["I1", "I2"], container="S1")
    a.scan("dispatch", ["S1"], to="B", slip="N1", round="T1", stop=1)
    a.scan("dispatch", ["S2"], to="R", slip="N2")
    together(hub, nodes)
    r.scan("receive", ["S2"])
    b.must("count-handover", party="taker", slip="N1", bags=2)
    b.scan("seen", ["I4"])
    a.must("count-open", place="A")
    a.scan("count", ["S3"])
    a.must("count-close", place="A", complete=True)
    together(hub, nodes)


def typed(node, *words):
    return run("navette", *words, "--folder", node.folder, "--lang", "en").stdout


def well_told(events):
    return bool(events) and all(event["ref"] and event["time"] and event["event"] and "at" in event and "operator" in event for event in events)


def both(tap, hub, node, words, fields, check, said, what):
    """The same question at the hub and at a node; `said` in what people read."""
    for name, answer, text in (("hub", hub("explain", *words), hub.text("explain", *words, "--lang", "en").stdout),
                               ("node", node.ask("explain", **fields), typed(node, "explain", *words))):
        tap.ok(answer.get("ok") and check(answer), f"{name}: {what}", answer)
        tap.ok(all(word in text for word in said), f"{name}: {what}, in words", text)


def names(events):
    return [event["event"] for event in events]


def figures(tap, hub, node):
    day = hub("transit")["rows"][0]["day"]
    line = ("--transit", "--from", "A", "--to", "B", "--day", day, "--material", "Livre")
    fields = {"transit": True, "from": "A", "to": "B", "day": day, "material": "Livre"}
    both(tap, hub, node, line, fields,
         lambda answer: answer["total"] == 2 and all(well_told(row["events"]) and names(row["events"]) == ["item-registered", "item-packed", "bag-commissioned", "dispatched"] for row in answer["rows"]),
         ("I1", "I2", "dispatched S1", "A > B", "total : 2", "No silent place"), "a line of the transit list")
    both(tap, hub, node, ("--transit", "--from", "A", "--to", "R"), {"transit": True, "from": "A", "to": "R"}, lambda answer: answer["total"] == 0, ("total : 0",), "a line that is not there")
    both(tap, hub, node, ("--bags", "--place", "R", "--material", "tote", "--state", "at-relay"), {"bags": True, "of": "R", "material": "tote", "state": "at-relay"},
         lambda answer: answer["total"] == 1 and answer["rows"][0]["id"] == "S2" and "place-declared" in names(answer["rules"]) and well_told(answer["rules"]),
         ("S2", "received", "Decided by the network", "place declared"), "a cell of the bag ledger")
    both(tap, hub, node, ("--bags", "--place", "R", "--state", "overdue", "--at", LATER), {"bags": True, "of": "R", "state": "overdue", "at": LATER},
         lambda answer: answer["total"] == 1 and "rule-decided" in names(answer["rules"]), ("S2", "rule decided"), "a cell that time makes, and its rule")
    both(tap, hub, node, ("--bags", "--state", "owned"), {"bags": True, "state": "owned"}, lambda answer: answer["total"] == 3 == len(answer["rows"]), ("S1", "S2", "S3"), "all that is owned")


def bounds(tap, hub, node):
    both(tap, hub, node, ("--stock", "--place", "R", "--at", LATER), {"stock": True, "of": "R", "at": LATER},
         lambda answer: (answer["low"], answer["total"]) == (0, 0) and answer["high"] == answer["other_total"] > 0 and answer["silent"] and
         all(well_told([row["noted"]]) and row["noted"]["event"] == "frontier-noted" and row["since"] for row in answer["silent"]) and all(row["may_have_moved"] for row in answer["others"]),
         ("Possible: 0 to", "may have come", "silent since", "frontier noted"), "what may have come to a silent place, who is silent since when")
    stock = hub("stock", "--at", LATER)["rows"]
    for row in stock:
        answer = hub("explain", "--stock", "--place", row["place"], "--state", row["state"], "--material", row["material"], "--at", LATER)
        tap.equal((answer["low"], answer["total"], answer["high"]), (row["low"], row["count"], row["high"]), f"bounds of {row['place']} {row['state']} are those of the stock")
    tap.ok(any(row["low"] < row["count"] for row in stock), "some of it may have moved")


def others(tap, hub, node, count):
    both(tap, hub, node, ("N1",), {"barcode": "N1"},
         lambda answer: answer["explains"] == "handover" and [(event["party"], event["event"]) for event in answer["events"]] == [("giver", "dispatched"), ("taker", "handover-counted")] and
         well_told(answer["events"]) and answer["compared"] == ["giver", "taker"], ("giver : ", "taker : -/2/-", "dispatched", "Compared"), "a hand-over's counts")
    both(tap, hub, node, ("T1/1/out", "--handover"), {"barcode": "T1/1/out", "handover": True}, lambda answer: answer["rows"][0]["handover"] == "N1", ("N1",), "by its stop")
    both(tap, hub, node, ("--count", count[:8]), {"of_count": True, "barcode": count[:8]},
         lambda answer: answer["missing"] == 1 and names(answer["events"])[0] == "count-opened" and [row["code"] for row in answer["rows"] if row["what"] == "missing"] == ["I3"] and
         all(well_told(row["events"]) for row in answer["rows"]), ("missing : 1", "I3", "count closed", "registered"), "a stocktake's variance")
    both(tap, hub, node, ("I4",), {"barcode": "I4"},
         lambda answer: answer["conflict"]["stands"] and names(answer["conflict"]["events"]) == ["item-registered", "seen-at"] and well_told(answer["conflict"]["events"]),
         ("no movement links them", "seen"), "a conflict, by the two events")
    both(tap, hub, node, ("C-1",), {"barcode": "C-1"}, lambda answer: answer["state"] == "placed" and answer["state_by"]["event"] == "order-placed" and answer["state_by"]["operator"] == "MARIE",
         ("The order is", "MARIE"), "an order's state")
    both(tap, hub, node, ("S1",), {"barcode": "S1"}, lambda answer: "conflict" not in answer and "state" not in answer, ("dispatched",), "a bag without a conflict")


def refused(tap, hub, node):
    for words, code in ((("nothing",), "hub-nothing-known"), (("--transit", "--day", "soon"), "hub-invalid-value"), (("--bags", "--state", "torn"), "hub-unknown-state"), (("--count", "ffff"), "hub-no-such-count"),
                        (("NN", "--handover"), "hub-nothing-known"), ((), "hub-missing")):
        tap.equal(hub("explain", *words).get("error"), code, f"hub: explain {' '.join(words)} is refused")
    for fields, code in (({"barcode": "nothing"}, "nothing-known"), ({"transit": True, "day": "soon"}, "bad-option"), ({"bags": True, "state": "torn"}, "bad-option"),
                         ({"of_count": True, "barcode": "ffff"}, "no-such-count"), ({"handover": True, "barcode": "NN"}, "nothing-known")):
        tap.equal(node.ask("explain", **fields).get("error"), code, f"node: explain {fields} is refused")
    tap.equal(hub("find", "C-1").get("error"), "hub-an-order", "an order is nowhere to be found")


def body(tap, folder):
    hub = Hub(f"{folder}/hub").start()
    nodes = prepare(hub, folder)
    moment = next_second()
    known = hub("stock")["cursor"]
    live(hub, nodes)
    count = hub("counts")["rows"][0]["count"]
    figures(tap, hub, nodes["A"])
    bounds(tap, hub, nodes["A"])
    others(tap, hub, nodes["A"], count)
    for option, value in (("--at", moment), ("--known", str(known))):
        tap.equal(hub("explain", "--transit", "--from", "A", option, value)["total"], 0, f"nothing was on the road: {option}")
        tap.equal(hub("explain", "--bags", "--place", "A", "--state", "clean", option, value)["total"], 3, f"all bags were here: {option}")
        tap.equal(hub("explain", "N1", option, value).get("error"), "hub-nothing-known", f"no hand-over yet: {option}")
        tap.equal(hub("explain", "--count", option, value).get("error"), "hub-no-such-count", f"no stocktake yet: {option}")
        tap.equal(hub("explain", "C-1", option, value).get("error"), "hub-nothing-known", f"no order yet: {option}")
    refused(tap, hub, nodes["A"])


if __name__ == "__main__":
    bench(body)
