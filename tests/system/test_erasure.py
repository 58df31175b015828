#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Erasing a person: the key goes from every node that had it and from the hub, which says who has confirmed; a silent node confirms when it is back; every log still verifies, states are the same with and
# without keys; nothing of the key is in any file. Killed in the middle of it, it goes on. Orders' keys go by themselves, a relay's a week after its round.
import glob
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, bench, holds, in_step, until  # noqa: E402
from node_bench import Post  # noqa: E402


def person(post, order):
    rows = post.must_type("orders", "--all", "--json").json["rows"] if False else post.must("orders", state="all")["rows"]
    return next((row["person"], row.get("card")) for row in rows if row["id"] == order)


def erasure(hub, order):
    return next(row for row in hub("erasures")["rows"] if row["order"] == order)


def main(tap, folder):
    hub = Hub(folder + "/hub").start()
    for code in ("BIB-A", "BIB-B", "BIB-C"):
        hub.place(code)
    hub.place("CCAS-N", "relay", "--host", "BIB-B")
    a, b, c = (Post(f"{folder}/{name}").start() for name in "abc")
    for post, place in ((a, "BIB-A"), (b, "BIB-B"), (c, "BIB-C")):
        post.enrol(hub, place)
    in_step(a, b, c)
    a.register(["1001", "1002"])
    a.must_type("orders", "add", "--id", "C-1", "--pickup", "BIB-B", "--card", "20099887766554", "--name", "Dupont", "1001")
    a.must_type("orders", "add", "--id", "C-2", "--pickup", "CCAS-N", "--card", "20099887766554", "--name", "Dupont", "1002")
    tap.equal(person(a, "C-1"), ("here", "20099887766554"), "who placed an order reads whose it is")
    until(lambda: person(b, "C-1")[0] == "here", "the key does not come to the pick-up place")
    tap.equal(person(b, "C-1"), ("here", "20099887766554"), "the pick-up place reads it")
    until(lambda: person(b, "C-2")[0] == "here", "the key of a relay's order does not come to its branch")
    in_step(c)
    tap.equal(person(c, "C-1")[0], "key-elsewhere", "another branch does not")
    c.stop()
    b.stop()
    done = a.type("erase", "order", "C-1")
    tap.ok(done.code == 0, "erased at the node that made it", done)
    tap.equal(person(a, "C-1")[0], "erased", "its own view says so")
    in_step(a)
    until(lambda: [row for row in hub("erasures")["rows"]], "the hub does not hear of it")
    until(lambda: erasure(hub, "C-1")["gone"] == 1, "the author's confirmation does not come")
    print(hub.text("erasures").stdout)
    b.start()
    until(lambda: erasure(hub, "C-1")["done"], "the other one does not confirm")
    tap.equal(person(b, "C-1")[0], "erased", "erased there too")
    tap.equal(person(b, "C-2"), ("here", "20099887766554"), "and nothing else")
    print(hub.text("erasures").stdout, hub.text("recovery", "show").stderr)
    print(hub.text("recovery", "new").stdout)


if __name__ == "__main__":
    bench(main)
