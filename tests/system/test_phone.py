#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# What a relay without a computer says on the phone, on real processes: counts and things are shown beside the figures with their age and who said it, and move nothing; what rests on
# them alone stays provisional whatever the grace; a scan or a count confirms or contradicts, and takes over. Good and bad input as typed.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, bench  # noqa: E402
from node_bench import Post, later  # noqa: E402

DAY = 86400


def verdict(hub, code, kind):
    hub.folded()
    return next((row for row in hub("discrepancies")["rows"] if (row["code"], row["kind"]) == (code, kind)), {})


def step(nodes):
    for _ in range(2):
        for node in nodes.values():
            node.sync()


def prepare(tap, folder, hub):
    hub.place("A")
    hub.place("B")
    hub.place("R", "relay")  # no node serves it
    nodes = {}
    for code in ("A", "B"):
        nodes[code] = Post(f"{folder}/{code}").start()
        nodes[code].enrol(hub, code)
    nodes["A"].scan("bag-add", [f"S{number}" for number in range(1, 9)])
    nodes["A"].register(["I1", "I2"], namespace="bib")
    nodes["A"].scan("pack", ["I1"], container="S1")
    step(nodes)
    tap.ok(hub("rule", "add", "late", "--days", "3", "--from", "2020-01-01")["ok"], "a transit may take three days")
    return nodes


def refused(tap, node):
    for words, error in ((("phone", "R"), "missing-option"), (("phone", "R", "--bags", "-1"), None), (("phone", "NOWHERE", "--bags", "1"), "no-such-place"),
                         (("phone", "R", "--bags", "1", "--said", "yesterday"), "bad-time"), (("phone", "R", "--bags", "1", "--said", "2999-01-01"), "said-in-future"),
                         (("phone", "R", "--bags", "1", "--by", "x" * 65), "too-long"), (("phone", "R", "--returned", "1", "--slip", "N1"), "missing-option"),
                         (("phone", "R", "--crates", "1"), "missing-option"), (("phone", "here", "S1"), "missing-option"),
                         (("phone", "here", "--from", "R", "--said", "2999-01-01", "S1"), "said-in-future"), (("phone", "gone", "--from", "R", "NEVER-SEEN"), "unknown-barcode")):
        done = node.type(*words, "--json")
        tap.ok(done.code != 0 and (error is None or error in done.out + done.err), f"{' '.join(words)[:60]}: refused", repr(done))
    text = node.type("phone", "R", "--bags", "1", "--said", "2999-01-01", lang="fr")
    tap.ok("plus tard que maintenant" in text.out + text.err, "and says why in French", repr(text))


def shown(tap, hub, nodes):
    a = nodes["A"]
    a.must_type("phone", "R", "--bags", "4", "--returned", "11", "--by", "BENEVOLE")
    a.scan("dispatch", ["S1", "S2"], to="R")
    a.must_type("phone", "here", "--from", "R", "--by", "BENEVOLE", "S1")
    step(nodes)
    hub.folded()
    phone = hub("stock", "--place", "R")["phone"]
    tap.equal([(row["place"], row["bags"], row["returned"], row["speaker"]) for row in phone["places"]], [("R", 4, 11, "BENEVOLE")], "the relay's counts stand beside its stock")
    tap.equal([(row["code"], row["claim"]) for row in phone["things"]], [("S1", "here")], "and what it says to have")
    rows = hub("transit", "--kind", "bag")["rows"]
    tap.equal([(row["to"], row["count"], row.get("by_phone")) for row in rows], [("R", 2, 1)], "it moves nothing: one of the two on the road is there by phone")
    tap.equal([(row["count"], row.get("by_phone")) for row in hub("transit")["rows"]], [(1, 1)], "what is inside comes with it")
    text = hub.text("stock", "--place", "R", "--lang", "en").stdout
    tap.ok("by phone, R / BENEVOLE, 0 min ago: bags : 4, returned : 11" in text and "S1 is there" in text, "people read it beneath the figures", text)
    text = a.type("transit", "--bags", lang="fr").out
    tap.ok("par téléphone, R / BENEVOLE, il y a 0 min : S1 est là" in text, "at the node too, in French", text)
    tap.ok("said on the phone" in a.type("history", "S1", lang="en").out, "its history has it")
    tap.ok("by phone" in a.type("find", "S1", lang="en").out, "and whoever looks for it is told")
    tap.ok("phone" not in a.must("stock", of="A"), "the stock of another place is not concerned")
    a.must_type("phone", "R", "--bags", "3")
    step(nodes)
    hub.folded()
    tap.equal([row["bags"] for row in hub("stock", "--place", "R")["phone"]["places"]], [3], "a later call takes over")


def provisional(tap, hub, nodes):
    """Both bags are late; of one the relay says that it is there."""
    later(hub, 5 * DAY)
    step(nodes)
    later(hub, 7 * DAY)
    one, other = verdict(hub, "S1", "dispatched-never-received"), verdict(hub, "S2", "dispatched-never-received")
    tap.equal(other["verdict"], "proven", "the one of which nobody says anything is proven")
    tap.ok(one["verdict"] == "provisional" and one["phone_place"] == "R" and one["phone"] and not one["proven"], "the other stays provisional, and says by whom", one)
    later(hub, 40 * DAY)
    tap.equal(verdict(hub, "S1", "dispatched-never-received")["verdict"], "provisional", "whatever the grace")
    text = hub.text("explain", one["discrepancy"], "--lang", "en").stdout
    tap.ok("as long as R has only said so on the phone" in text, "explain says what would confirm it", text)
    nodes["A"].scan("count", ["S1"])  # it never left
    nodes["A"].sync()
    hub.folded()
    row = verdict(hub, "S1", "phone-report-contradicted")
    tap.equal((len(row.get("events", [])), sorted(row.get("concerned", []))), (2, ["A", "R"]), "counted at A: what was said is contradicted, both events are named")


def handover(tap, hub, nodes):
    a, b = nodes["A"], nodes["B"]
    a.scan("dispatch", ["S3", "S4"], to="B", slip="N1")
    a.must_type("phone", "B", "--slip", "N1", "--bags", "1", "--by", "ACCUEIL")
    step(nodes)
    later(hub, 60 * DAY)
    step(nodes)
    later(hub, 62 * DAY)
    row = verdict(hub, "N1", "short-on-reception")
    tap.ok(row["verdict"] == "provisional" and row["phone_place"] == "B", "short by what was said alone: provisional", row)
    taker = hub("handovers", "--slip", "N1")["rows"][0]["counts"]["taker"]
    tap.ok(taker["by_phone"] and taker["bags"] == 1 and taker["text"].endswith("(tel)"), "the hand-over shows whose figure was only said", taker)
    b.must("count-handover", party="taker", slip="N1", bags=2)
    b.sync()
    row = verdict(hub, "N1", "short-on-reception")
    tap.ok(row["verdict"] == "withdrawn" and not row["wrongly_proven"], "its own count takes over: both had come", row)
    row = verdict(hub, "N1", "phone-report-contradicted")
    tap.ok(row and len(row["events"]) == 2, "and denies what was said", row)
    tap.ok(hub("settle", row["discrepancy"], "--reason", "wrong-data")["ok"], "a person settles that")
    tap.equal(verdict(hub, "N1", "phone-report-contradicted")["verdict"], "settled", "settled")
    tap.equal(hub("discrepancies")["wrongly_proven"], 0, "nothing was proven wrongly")


def body(tap, folder):
    hub = Hub(folder + "/hub").start()
    nodes = prepare(tap, folder, hub)
    refused(tap, nodes["A"])
    for scenario in (shown, provisional, handover):
        scenario(tap, hub, nodes)


if __name__ == "__main__":
    bench(body)
