#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Hand-overs on real processes: short and over on reception, a sealed deposit that differs. Each is undecidable while somebody concerned is silent and is closed by what comes late;
# a count that names nothing is paired by a person; a shortage and an overage of one round are proposed as a swap, that a person rejects or confirms.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, Node, bench  # noqa: E402


def found(hub):
    hub.folded()
    kinds = ("short-on-reception", "over-on-reception", "deposit-differs")
    return {(row["code"], row["kind"]): row for row in hub("discrepancies")["rows"] if row["kind"] in kinds}


def verdict(hub, code, kind):
    return found(hub).get((code, kind), {}).get("verdict")


def row(hub, slip):
    hub.folded()
    return hub("handovers", "--slip", slip)["rows"][0]


def prepare(tap, folder, hub):
    for code in ("A", "B", "C"):
        hub.place(code)
    hub.place("V", "vehicle")
    nodes = {}
    for code in ("A", "B", "C", "V"):
        nodes[code] = Node(f"{folder}/{code}").start()
        nodes[code].enrol(hub, code)
    nodes["A"].scan("bag-add", [f"S{number}" for number in range(1, 12)])
    nodes["A"].scan("bag-add", ["K1"], crate=True)
    nodes["A"].register([f"I{number}" for number in range(1, 4)], namespace="bib")
    tap.ok(all(node.sync().get("ok") for node in (*nodes.values(), *nodes.values())), "everybody is in step")
    return nodes


def short(tap, hub, nodes):
    """Three bags leave, two come; the van is silent and has a count; the third bag comes late."""
    nodes["A"].scan("dispatch", ["S1", "S2", "S3"], to="B", slip="N1", round="T1", stop=1, carrier="V")
    nodes["A"].sync(), nodes["B"].sync(), nodes["V"].sync()
    nodes["V"].stop()
    nodes["B"].scan("receive", ["S1", "S2"], slip="N1")
    nodes["B"].sync()
    tap.equal(found(hub), {}, "a reception that is not checked says nothing of the rest")
    nodes["B"].must("count-handover", party="taker", slip="N1", bags=2)
    nodes["A"].sync(), nodes["B"].sync()
    one = found(hub)[("N1", "short-on-reception")]
    tap.ok(one["verdict"] == "undecidable" and "V" in [wait["place"] for wait in one["waits"]], "short: undecidable, the van is waited for", one)
    gaps = row(hub, "N1")["gaps"]
    tap.equal([(gap["between"], gap["bags"]) for gap in gaps], [(["giver", "taker"], -1)], "the gap lies between giver and taker")
    nodes["V"].start()
    nodes["V"].must("count-handover", party="carrier", round="T1", stop=1, bags=2)
    nodes["V"].sync()
    gaps = row(hub, "N1")["gaps"]
    tap.equal([(gap["between"], gap["bags"]) for gap in gaps], [(["giver", "carrier"], -1)], "the van had counted two: it lies before the van")
    nodes["B"].must("count-handover", party="taker", slip="N1", bags=3)
    nodes["B"].sync()
    one = found(hub)[("N1", "short-on-reception")]
    tap.ok(one["verdict"] == "withdrawn" and not one["wrongly_proven"], "a recount withdraws it", one)


def over(tap, hub, nodes):
    """A bag that the slip did not name; its dispatch was recorded at a node that is silent."""
    nodes["A"].scan("dispatch", ["S4"], to="C", slip="N2")
    nodes["A"].sync(), nodes["C"].sync()
    hub.stop()
    nodes["A"].scan("dispatch", ["S5"], to="C", slip="N2")
    nodes["A"].stop()
    hub.start()
    nodes["C"].scan("receive", ["S4", "S5"], slip="N2", checked=True)
    nodes["C"].sync()
    one = found(hub)[("N2", "over-on-reception")]
    tap.ok(one["verdict"] == "undecidable" and "A" in [wait["place"] for wait in one["waits"]], "over: undecidable, the giver is silent", one)
    nodes["A"].start()
    nodes["A"].sync()
    tap.equal(verdict(hub, "N2", "over-on-reception"), "withdrawn", "the late dispatch withdraws it")


def deposit(tap, hub, nodes):
    nodes["A"].must("deposit", container="K1", bags=0, items=2, seal="0412")
    nodes["A"].scan("dispatch", ["K1"], to="B")
    nodes["A"].sync(), nodes["B"].sync()
    nodes["B"].scan("receive", ["K1"])
    nodes["B"].must("open", container="K1", seal="0413")
    nodes["B"].sync()
    one = found(hub)[("K1", "deposit-differs")]
    tap.ok(one["verdict"] == "undecidable" and sorted(one["concerned"]) == ["A", "B"], "another seal: a deposit that differs", one)


def seen(tap, hub, nodes):
    nodes["A"].scan("dispatch", ["S6", "S7"], to="B", slip="N3")
    nodes["A"].sync(), nodes["B"].sync()
    nodes["B"].scan("receive", ["S6"], slip="N3", checked=True)
    nodes["B"].sync()
    tap.equal(verdict(hub, "N3", "short-on-reception"), "undecidable", "one of two tags is short")
    nodes["C"].sync()
    nodes["C"].scan("seen", ["S7"])
    nodes["C"].sync()
    one = found(hub)[("N3", "short-on-reception")]
    tap.ok(one["verdict"] == "settled" and one["seen_at"] == "C", "seen at C, it closes its alert and says where", one)


def pairing(tap, hub, nodes):
    nodes["A"].scan("dispatch", ["S8"], to="C", slip="N4")
    done = nodes["C"].must("count-handover", party="taker", bags=0)
    tap.ok("pair-handover" in done["note"]["text"], "a count that names nothing says how to pair it", done)
    tap.equal(nodes["C"].ask("pair-handover", count=done["ref"]).get("error"), "missing-option", "with what has to be said")
    tap.equal(len(nodes["C"].must("handovers", unpaired=True)["rows"]), 1, "it is listed as to be paired")
    nodes["C"].must("pair-handover", count=done["ref"], slip="N4")
    nodes["A"].sync(), nodes["C"].sync()
    tap.ok(row(hub, "N4")["short"], "paired, it is the taker's count")
    named = nodes["C"].must("count-handover", party="taker", bags=0, slip="N4")
    tap.equal(nodes["C"].ask("pair-handover", count=named["ref"], slip="N1").get("error"), "count-is-named", "one that names its hand-over is not moved")
    tap.equal(nodes["C"].ask("count-handover", party="taker", bags=1, stop=2).get("error"), "stop-without-round", "a stop is of a round")


def swap(tap, hub, nodes):
    nodes["A"].scan("dispatch", ["S9"], to="B", slip="N5", round="T9", stop=1)
    nodes["A"].scan("dispatch", ["S10"], to="C", slip="N6", round="T9", stop=2)
    for node in nodes.values():
        node.sync()
    nodes["B"].scan("receive", ["S10"], slip="N5", checked=True)
    nodes["C"].scan("receive", ["S9"], slip="N6", checked=True)
    nodes["B"].sync(), nodes["C"].sync()
    hub.folded()
    rows = {one["shortage"]["handover"]: one for one in hub("proposals")["rows"]}
    tap.equal({slip: [key["id"] for key in one["common"]] for slip, one in rows.items()}, {"N5": ["S9"], "N6": ["S10"]}, "two swaps are proposed, by their tags")
    tap.equal({one["ground"] for one in rows.values()}, {"same-round"}, "on the same round")
    tap.ok(hub("reject", rows["N6"]["proposal"][:8])["ok"], "one is rejected")
    done = hub("confirm", rows["N5"]["proposal"])
    tap.ok(done["ok"] and done["shortage"] == rows["N5"]["shortage"]["discrepancy"], "one is confirmed", done)
    tap.equal(hub("proposals")["rows"], [], "neither is proposed again")
    both = [found(hub)[("N5", "short-on-reception")], found(hub)[("N6", "over-on-reception")]]
    tap.equal([(one["verdict"], one.get("reason")) for one in both], [("settled", "swapped")] * 2, "both are settled: swapped")
    tap.equal(hub("confirm", "00000000").get("error"), "hub-unknown-proposal", "an unknown number is refused")


def own(tap, hub, nodes):
    """Each counts for itself; what is scanned shows before it is counted; untagged bags count as they come."""
    nodes["A"].scan("dispatch", ["S11"], to="B", slip="N7")
    refused = nodes["A"].ask("count-handover", party="taker", slip="N7", bags=1)
    tap.ok(refused.get("error") == "not-your-count" and "B" in refused["text"] and "navette phone B --slip N7" in refused["next"], "the giver does not count for the taker", refused)
    nodes["A"].sync(), nodes["B"].sync()
    tap.equal(nodes["B"].ask("count-handover", party="giver", slip="N7", bags=1).get("error"), "not-your-count", "nor the taker for the giver")
    nodes["B"].scan("receive", ["S11"], slip="N7")
    nodes["B"].sync()
    tap.equal(row(hub, "N7")["counts"]["taker"]["text"], "1 scan", "what was scanned and not counted shows")
    nodes["A"].must("pool-add", pool="toile=10")
    nodes["A"].must("pool-dispatch", pool="toile=6", to="B", slip="N8")
    nodes["B"].must("pool-receive", pool="toile=5", **{"from": "A"}, slip="N8")
    nodes["A"].sync(), nodes["B"].sync()
    one = row(hub, "N8")
    tap.equal((one["counts"]["taker"]["pools"], [gap["pools"] for gap in one["gaps"]], one["short"]),
              ([{"kind": "toile", "count": 5}], [[{"kind": "toile", "count": -1}]], True), "untagged bags received are shown and compared")
    nodes["B"].must("pool-receive", pool="toile=1", **{"from": "A"}, slip="N8")
    nodes["B"].sync()
    tap.equal(verdict(hub, "N8", "short-on-reception"), "withdrawn", "the last one came too")


def body(tap, folder):
    hub = Hub(folder + "/hub").start()
    nodes = prepare(tap, folder, hub)
    for scenario in (short, over, deposit, seen, pairing, swap, own):
        scenario(tap, hub, nodes)
    text = hub.text("handovers", "--lang", "en").stdout
    tap.ok("giver" in text and "not counted" in text, "people read it as a table", text)
    tap.ok(hub.text("handovers", "--csv").stdout.startswith("handover,slip,round,stop,direction,"), "and as CSV")
    tap.equal(hub("discrepancies")["wrongly_proven"], 0, "nothing was proven wrongly")


if __name__ == "__main__":
    bench(body)
