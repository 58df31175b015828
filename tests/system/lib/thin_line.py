# SPDX-License-Identifier: Apache-2.0
"""A thin line between a node and its hub: carries TCP at so many bits a second each way, stalls, is cut, is away, and counts what it carried."""
import random
import selectors
import socket
import struct
import threading
import time

TICK_S = 0.02


class Way:
    """One direction of one connection: bytes wait until the line has room for them."""

    def __init__(self, source, sink):
        self.source, self.sink = source, sink
        self.waiting = b""


class ThinLine:
    """Listens on a port of its own and connects on to `target`; `bits` a second each way, together for all connections."""

    def __init__(self, target, bits=16000, seed=1):
        host, port = target.rsplit("/", 1)[1].rsplit(":", 1)
        self.target = (host, int(port))
        self.bytes_a_second = bits / 8
        self.chance = random.Random(seed)
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = self.door.getsockname()[1]
        self.endpoint = f"tcp://127.0.0.1:{self.port}"
        self.lock = threading.Lock()
        self.pairs = []
        self.carried = {"up": 0, "down": 0}
        self.credit = {"up": 0.0, "down": 0.0}
        self.cuts = self.stalls = self.connections = 0
        self.stalled_until = 0.0
        self.is_up = True
        self.mishaps = None
        self.next_mishap = 0
        self.ending = False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def rate(self, bits):
        with self.lock:
            self.bytes_a_second = bits / 8

    def away(self):
        """Nobody gets through until back()."""
        with self.lock:
            self.is_up = False
            self.door.close()
            self.hang_up()

    def back(self):
        with self.lock:
            self.door = socket.create_server(("127.0.0.1", self.port))
            self.is_up = True

    def cut(self):
        with self.lock:
            self.cuts += 1
            self.hang_up()

    def stall(self, seconds):
        with self.lock:
            self.stalls += 1
            self.stalled_until = time.monotonic() + seconds

    def fails(self, every_bytes, stall_s):
        """From now on something happens about every so many bytes: a cut, or a stall of at most stall_s."""
        with self.lock:
            self.mishaps = (every_bytes, stall_s)
            self.plan()

    def plan(self):
        every, _ = self.mishaps
        self.next_mishap = sum(self.carried.values()) + self.chance.randint(every // 2, every * 3 // 2)

    def close(self):
        self.ending = True
        self.thread.join()
        self.door.close()

    def hang_up(self):
        for pair in self.pairs:
            for one in pair:
                try:
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                except OSError:
                    pass
                one.close()
        self.pairs = []
        self.ways = []

    def accept(self):
        if not self.is_up:
            return
        self.door.settimeout(0)
        try:
            near, _ = self.door.accept()
        except OSError:
            return
        try:
            far = socket.create_connection(self.target, 1)
        except OSError:
            near.close()
            return
        for one in (near, far):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            one.setblocking(False)
        self.connections += 1
        self.pairs.append((near, far))

    def carry(self, name, source, sink, room):
        """As much as there is room for; None when the connection has ended."""
        if room <= 0:
            return 0
        try:
            data = source.recv(room)
        except BlockingIOError:
            return 0
        except OSError:
            return None
        if not data:
            return None
        sink.setblocking(True)
        try:
            sink.sendall(data)
        except OSError:
            return None
        finally:
            try:
                sink.setblocking(False)
            except OSError:
                pass
        self.carried[name] += len(data)
        return len(data)

    def turn(self, passed_s):
        if time.monotonic() < self.stalled_until:
            return
        ended = []
        for name in ("up", "down"):
            self.credit[name] = min(self.credit[name] + passed_s * self.bytes_a_second, max(self.bytes_a_second * 4 * TICK_S, 256))
            for pair in self.pairs:
                source, sink = pair if name == "up" else pair[::-1]
                got = self.carry(name, source, sink, int(self.credit[name]))
                if got is None:
                    ended.append(pair)
                else:
                    self.credit[name] -= got
        for pair in ended:
            if pair in self.pairs:
                self.pairs.remove(pair)
                for one in pair:
                    one.close()
        if self.mishaps and sum(self.carried.values()) >= self.next_mishap:
            self.plan()
            if self.chance.random() < 0.5:
                self.cuts += 1
                self.hang_up()
            else:
                self.stalls += 1
                self.stalled_until = time.monotonic() + self.chance.uniform(0.1, 1) * self.mishaps[1]

    def run(self):
        gate = threading.Event()
        before = time.monotonic()
        while not self.ending:
            gate.wait(TICK_S)
            now = time.monotonic()
            with self.lock:
                self.accept()
                self.turn(now - before)
            before = now
        with self.lock:
            self.hang_up()
