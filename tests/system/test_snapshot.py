#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, bench, until  # noqa: E402
from node_bench import Post  # noqa: E402
from thin_line import ThinLine  # noqa: E402


def work(post, place, first, count):
    rows = [{"barcode": f"{first + i:014}", "title": f"Les aventures de {first * 7919 + i * 104729}", "material": "Livre", "home": place} for i in range(count)]
    for at in range(0, len(rows), 1000):
        post.must("item-add", items=rows[at:at + 1000])
    some = [row["barcode"] for row in rows]
    for at in range(0, len(some), 1000):
        post.scan("seen", some[at:at + 1000])


def body(tap, folder):
    hub = Hub(folder + "/hub", "--snapshot-rows", "500").start()
    for code in ("BIB-CENTRE", "BIB-NORD"):
        hub.place(code)
    hub.place("CCAS", "relay")
    other = Post(folder + "/other").start()
    other.enrol(hub, "BIB-NORD")
    work(other, "BIB-NORD", 5_000_000, 1000)
    other.scan("dispatch", [f"{5_000_001:014}"], to="CCAS")
    tap.ok(other.sync()["ok"], "everything is at the hub")
    hub.folded()
    new = Post(folder + "/new").start()
    new.enrol(hub, "BIB-CENTRE")
    until(lambda: new.link()["in_step"], f"not in step: {new.link()} {new.logged()}", 30)
    print(new.logged())
    print(hub.logged())
    tap.equal(new.digest(), other.digest(), "and both hold the same")
    relay = Post(folder + "/relay").start()
    relay.enrol(hub, "CCAS", "--role", "relay", "--scope", "own")
    until(lambda: relay.link()["in_step"], f"not in step: {relay.link()} {relay.logged()}", 30)
    print(relay.logged())


bench(body)
