#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Peers with a valid key that send anything, in any number: rubbish, bombs, too large, out of turn, nothing at all, from one connection or from many; one that asks and never reads.
# The others are served meanwhile, the hub's memory stays within a bound, and its log says who, in few lines.
import ctypes
import os
import random
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "wire"))
from hub_bench import Hub, Node, Probe, bench, until  # noqa: E402
import reader  # noqa: E402

SCHEMA = reader.Schema(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "proto", "navette.proto"))
GROWTH_MIB = 96  # what all of it together may add: frames under way (8 MiB), sockets' queues, one DELTA a turn (16 MiB), and what the allocator keeps of them
CONNECTIONS = 60
FRAMES = 60000
LINES = 30       # in the log, about one hostile node
LINES_AGAIN = 10  # ... and each time that it is listened to again: every ten seconds, however long this takes


def hostile_frames():
    """name -> frame; each a whole message of a peer whose key is good."""
    ping = reader.write_frame(SCHEMA, "PING", {"token": 1})

    def framed(kind, body, unpacked, flags=0):
        head = reader.HEADER.pack(b"NVT1", 1, kind, flags, len(body), unpacked, 0)[:16]
        return head + reader.crc32c(head + body).to_bytes(4, "big") + body

    # a zstd frame that does not say how large it gets: 128 KiB of one byte in 4 bytes, 120 MiB in all
    stream = b"\x28\xb5\x2f\xfd\x00\x58" + b"".join((2 | 131072 << 3 | (n == 959)).to_bytes(3, "little") + b"\0" for n in range(960))
    says = b"\x28\xb5\x2f\xfd\xa0\xff\xff\xff\xff\x03\x00\x00\x00"
    return {"noise": bytes(random.Random(1).randrange(256) for _ in range(300)),
            "a broken checksum": ping[:-1] + bytes([ping[-1] ^ 1]),
            "a bomb by what it says": framed(3, says, 0xFFFFFFFF, 1),
            "a bomb that says it is small": framed(3, stream, 1000, 1),
            "a bomb that says it is as large as may be": framed(3, stream, reader.LIMIT_FRAME - 20, 1),
            "a body in words of another type": framed(3, b"\xff" * 2000, 2000),
            "a hub's own frame": reader.write_frame(SCHEMA, "PONG", {"token": 1}),
            "without HELLO": ping,
            "longer than any frame": b"NVT1" + bytes(600000),
            "empty": b""}


class Holder(Probe):
    """Somebody who holds the key of an enrolled node."""

    def __init__(self, hub, node):
        keys = node.keys()
        pair = [bytes.fromhex(part) for part in keys["curve"]]
        super().__init__(hub("status")["endpoint"].replace("0.0.0.0", "127.0.0.1"), hub.keys()["curve"][0], pair)
        self.node = bytes.fromhex(keys["node"][0])

    def hello(self, connect=1):
        log = {"incarnation": self.node, "seq": 0}
        return self.send(reader.write_frame(SCHEMA, "HELLO", {"version": 1, "node": self.node, "process": os.urandom(16), "connect": connect, "log": log}))


def rss_mib(hub):
    with open(f"/proc/{hub.process.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024


def victim_key(folder, hub, place):
    node = Node(f"{folder}/{place}").start()
    node.enrol(hub, place)
    until(lambda: node.link()["link"] == "streaming", "the node does not stream")
    node.stop()
    return node


class Worker(threading.Thread):
    """Somebody honest who works while the others do what they do."""

    def __init__(self, node):
        super().__init__()
        self.node, self.ending, self.recorded, self.error = node, threading.Event(), 0, None

    def run(self):
        try:
            while not self.ending.is_set():
                self.node.register([f"H{self.recorded + n:06}" for n in range(20)])
                self.recorded += 20
                done = self.node.sync(60)
                if not done.get("ok"):
                    raise RuntimeError(done)
        except Exception as error:
            self.error = error


def lines_about(hub, place):
    return [line for line in hub.logged().splitlines() if f" {place}-" in line]


def each_kind(tap, hub, node):
    """A few of each: answered or dropped, the session is not even needed."""
    probe = Holder(hub, node)
    for name, frame in hostile_frames().items():
        for _ in range(4):
            probe.send(frame)
        tap.ok(hub("status")["ok"], f"{name}: the hub stands it")
    probe.close()


def flood(tap, hub, node, honest):
    """All kinds at once, from many connections of one key."""
    frames = [frame for frame in hostile_frames().values() if len(frame) < 100000]
    probes = [Holder(hub, node) for _ in range(CONNECTIONS)]
    sent = 0

    def rain():
        nonlocal sent
        for turn in range(FRAMES // 20):
            sent += probes[turn % CONNECTIONS].send(frames[turn // CONNECTIONS % len(frames)]) >= 0

    def is_deaf():
        rain()
        return any("not listened to for" in line for line in lines_about(hub, "BIB-X"))

    until(is_deaf, "the flood is listened to without end")
    before = honest.recorded
    until(lambda: rain() or honest.recorded >= before + 200, "the honest node is not served while another floods")
    tap.ok(sent > 0, f"a flood of {sent} frames from {CONNECTIONS} connections of one key: the honest node has its turns")
    for probe in probes:
        probe.close()


def never_reads(tap, hub, node, honest):
    """Asks for all there is, again and again, and takes none of it: its queue is full one day, and it is forgotten."""
    probe = Holder(hub, node)
    probe.hello()
    pull = reader.write_frame(SCHEMA, "PULL", {"cursor": 0, "max_bytes": 262144})
    before = honest.recorded
    until(lambda: probe.send(pull) is not None and honest.recorded >= before + 200, "the honest node is not served while another does not read")
    tap.ok(hub.alive(), "one that asks and never reads holds nobody up")
    probe.close()


def body(tap, folder):
    hub = Hub(folder + "/hub").start()
    for place in ("BIB-A", "BIB-X", "BIB-Y", "BIB-Z"):
        hub.place(place)
    honest = Node(folder + "/honest").start()
    honest.enrol(hub, "BIB-A")
    rubbish, silent, greedy = (victim_key(folder, hub, place) for place in ("BIB-X", "BIB-Y", "BIB-Z"))
    worker = Worker(honest)
    worker.start()
    until(lambda: worker.recorded >= 200 or worker.error, "nobody works")
    before = rss_mib(hub)
    try:
        each_kind(tap, hub, rubbish)
        flood(tap, hub, rubbish, worker)
        quiet = Holder(hub, silent)
        quiet.hello()
        never_reads(tap, hub, greedy, worker)
        quiet.close()
    finally:
        worker.ending.set()
        worker.join()
    tap.equal(worker.error, None, "the honest node was in step after each of its turns")
    after = rss_mib(hub)
    tap.ok(after - before <= GROWTH_MIB, f"the hub grew by {after - before:.0f} MiB, at most {GROWTH_MIB} are allowed", (before, after))
    told = lines_about(hub, "BIB-X")
    tap.ok(any("frame dropped" in line for line in told), "the log says who sends rubbish", hub.logged()[-2000:])
    tap.ok(any("not listened to for" in line for line in told), "... and that it is not listened to for a while", "\n".join(told))
    most = LINES + LINES_AGAIN * sum("listened to again" in line for line in told)
    tap.ok(len(told) <= most, f"... in {len(told)} lines, at most {most}", "\n".join(told[:60]))
    tap.equal([line for line in hub.logged().splitlines() if " BIB-A-" in line and "warning" in line], [], "... and nothing of the honest one")
    tap.ok(hub("verify")["intact"], "nothing of it is in the journal")
    held = [row for row in hub("nodes")["rows"] if row["places"] == ["BIB-A"]][0]["seq"]
    tap.equal(held, honest.link()["head"], "and all of the honest node's is")
    honest.stop()
    hub.stop()


if __name__ == "__main__":
    ctypes.CDLL("libzmq.so.5")
    bench(body)
