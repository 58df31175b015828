#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# A node that was away for long comes back over a thin line that stalls and is cut: its own outbox goes up and nothing of it twice but what was under way; what concerns its place
# comes before the rest of what it missed; nothing is lost. EVENTS, BITS: the long form (make thin).
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, bench, until  # noqa: E402
from node_bench import Post  # noqa: E402
from thin_line import ThinLine  # noqa: E402

EVENTS = int(os.environ.get("EVENTS", "1500"))
BITS = int(os.environ.get("BITS", "16000"))
SEED = int(os.environ.get("SEED", "1"))
MISHAP_BYTES = int(os.environ.get("MISHAP_BYTES", "30000"))
DEADLINE_S = 300 + EVENTS * 200 * 8 // BITS


def work(post, place, first, count):
    """Documents that come in, are packed into bags and seen again: half as many documents as events."""
    rows = [{"barcode": f"{first + i:014}", "title": f"Les aventures de {first * 7919 + i * 104729}", "material": "Livre", "home": place} for i in range(count // 2)]
    for at in range(0, len(rows), 1000):
        post.must("item-add", items=rows[at:at + 1000])
    left = count - len(rows)
    while left > 0:
        some = [row["barcode"] for row in rows[:min(left, 1000)]]
        post.scan("seen", some)
        left -= len(some)


class Watch:
    """What happens on the line and at the node from now on, until everything is up and down."""

    def __init__(self, line, post):
        self.line, self.post = line, post
        self.before, self.began = dict(line.carried), time.monotonic()
        self.durable, self.cursors = [], []
        self.seconds = {}
        self.carried = {}

    def mark(self, name, holds):
        if name not in self.seconds and holds:
            self.seconds[name] = time.monotonic() - self.began
            self.carried[name] = {way: self.line.carried[way] - self.before[way] for way in self.before}

    def look(self, near):
        link = self.post.link()
        self.durable.append(link["durable"])
        self.cursors.append(link["cursor"])
        self.mark("up", link["durable"] == link["head"])
        if "near" not in self.seconds:
            self.mark("near", self.post.type("find", near).code == 0)
            self.near_at = link["cursor"]
        self.mark("down", link["in_step"])
        return "down" in self.seconds

    def tell(self, name, events):
        way = "down" if name == "near" else name
        carried = self.carried[name][way]
        print(f"# {name}: {events} events, {carried} bytes {way} with all overhead, {carried / events:.1f} an event, "
              f"{self.seconds[name]:.0f} s; at 16 kbit/s alone {carried * 8 / 16000:.0f} s", flush=True)
        return carried


def come_back(tap, line, post, near, events):
    watch = Watch(line, post)
    until(lambda: watch.look(near), f"it does not get in step: {post.link()}", DEADLINE_S)
    up, down = watch.tell("up", events), watch.tell("down", events)
    tap.ok(watch.durable == sorted(watch.durable), "what was acknowledged stays so, over every cut")
    tap.ok(watch.cursors == sorted(watch.cursors), "what was read is not read again")
    print(f"# near: after {watch.seconds['near']:.1f} s of {watch.seconds['down']:.1f}, {watch.carried['near']['down']} bytes down, "
          f"with {watch.near_at} of {watch.cursors[-1]} positions read")
    tap.ok(watch.carried["near"]["down"] < down / 3, "what is on its way here is known long before the rest is read")
    return up, down


def body(tap, folder):
    hub = Hub(folder + "/hub").start()
    for code in ("BIB-CENTRE", "BIB-NORD"):
        hub.place(code)
    other = Post(folder + "/other").start()
    other.enrol(hub, "BIB-NORD")
    line = ThinLine(hub.listen, bits=100_000_000, seed=SEED)
    hub.stop()
    hub.options = ["--public", line.endpoint]
    hub.start()
    away = Post(folder + "/away").start()
    away.enrol(hub, "BIB-CENTRE")
    tap.ok(away.sync()["ok"], "in step before")
    line.away()
    until(lambda: away.link()["link"] == "offline", "the line's end was not noticed")
    work(away, "BIB-CENTRE", 1, EVENTS)
    work(other, "BIB-NORD", 5_000_000, EVENTS)
    barcode = f"{5_000_001:014}"
    other.scan("dispatch", [barcode], to="BIB-CENTRE")
    tap.ok(other.sync()["ok"], "the others went on")
    hub.folded()
    line.rate(BITS)
    line.fails(MISHAP_BYTES, 20)
    line.back()
    up, down = come_back(tap, line, away, barcode, EVENTS)
    hub.folded()
    tap.equal(away.digest(), other.digest(), "and both hold the same")
    print(f"# {line.connections} connections, {line.cuts} cuts, {line.stalls} stalls, seed {SEED}")


bench(body)
