#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# The hub killed with -9 again and again while several nodes push: whatever a node was told is durable is in the journal, nothing twice, nothing missing;
# then the state damaged in several ways: made anew, same digest.
import os
import random
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, Node, bench, until  # noqa: E402

KILLS = 10
PLACES = ["BIB-A", "BIB-B", "BIB-C", "CCAS-D"]
ROWS = 40


class Worker(threading.Thread):
    """Somebody at a node who registers and moves documents without looking up, until told to stop."""

    def __init__(self, node, mark, others):
        super().__init__()
        self.node, self.mark, self.others = node, mark, others
        self.ending = threading.Event()
        self.rounds = 0
        self.error = None

    def run(self):
        try:
            while not self.ending.is_set():
                codes = [f"{self.mark}{self.rounds:05}{n:03}" for n in range(ROWS)]
                self.node.register(codes)
                self.node.scan("dispatch", codes[:5], to=self.others[self.rounds % len(self.others)])
                self.rounds += 1
                # nobody works so fast that a slow hub could never catch up
                until(lambda: self.ending.is_set() or self.node.link()["to_send"] < 4000, "the node sends nothing")
        except Exception as error:
            self.error = error


def held(report, node):
    return sum(log["entries"] for log in report["logs"] if log["incarnation"] == node.incarnation)


def body(tap, folder):
    seed = int(os.environ.get("SEED", random.randrange(1 << 30)))
    print(f"# SEED={seed}")
    chance = random.Random(seed)
    hub = Hub(folder + "/hub").start()
    for code in PLACES:
        hub.place(code, "relay" if code.startswith("CCAS") else "branch")
    nodes = []
    for code in PLACES:
        node = Node(f"{folder}/{code}").start()
        node.enrol(hub, code, "--role", "branch")
        node.incarnation = node.must("status")["identity"]["incarnation"]
        nodes.append(node)
    workers = [Worker(node, chr(65 + i), [place for place in PLACES if place != PLACES[i]]) for i, node in enumerate(nodes)]
    for worker in workers:
        worker.start()
    lost = []
    broken = []
    tail = 0
    for kill in range(KILLS):
        wanted = tail + chance.randrange(50, 400)
        tail = until(lambda: (hub("status").get("journal") or {}).get("tail", 0) >= wanted and hub("status")["journal"]["tail"], "the hub takes nothing in")
        hub.kill()
        durable = {node.folder: node.link()["durable"] for node in nodes}
        report = hub("verify")
        broken += [report] if not report.get("intact") else []
        lost += [(kill, node.folder, durable[node.folder], held(report, node)) for node in nodes if durable[node.folder] > held(report, node)]
        hub.start()
    for worker in workers:
        worker.ending.set()
    for worker in workers:
        worker.join()
    tap.equal([str(worker.error) for worker in workers if worker.error], [], "people worked on without noticing")
    tap.ok(sum(worker.rounds for worker in workers) > 20, "and did a lot", [worker.rounds for worker in workers])
    tap.equal(lost, [], f"killed {KILLS} times, the hub holds all that it said was durable")
    tap.equal(broken, [], "and every chain and signature verified each time")
    for node in nodes:
        tap.ok(node.sync(120).get("ok"), f"{os.path.basename(node.folder)} is in step", node.link())
    status = hub.folded()
    report = hub("verify", timeout=120)
    tap.ok(report["intact"], "verify at the end", report)
    heads = {node.folder: node.link()["head"] for node in nodes}
    tap.equal({node.folder: held(report, node) for node in nodes}, heads, "each log is at the hub, whole")
    tap.equal(status["journal"]["tail"], sum(log["entries"] for log in report["logs"]), "and nothing twice")
    for node in nodes[:3]:
        until(lambda at=node: at.digest() == status["state"]["digest"], "a branch's digest differs", 30)
    tap.ok(True, "branches hold the hub's digest")

    state = os.path.join(hub.folder, "state", "data.mdb")
    for where in ("in the middle", "in most places", "at its end"):
        hub.stop()
        size = os.path.getsize(state)
        with open(state, "r+b") as file:
            for page in range(4 if where == "in most places" else 2, size // 4096):
                if where == "in the middle" and abs(page - size // 8192) > 3 or where == "in most places" and page % 3:
                    continue
                if where != "at its end":
                    file.seek(page * 4096)
                    file.write(bytes(chance.randrange(256) for _ in range(4096)))
            if where == "at its end":
                file.truncate(size // 2)
        hub.start()
        tap.equal(hub.folded()["state"]["digest"], status["state"]["digest"], f"state damaged {where}: made anew, same digest")
    report = hub("verify", timeout=120)
    tap.ok(report["intact"], "and it verifies", report["state"])
    hub.kill()
    journal = os.path.join(hub.folder, "journal", "data.mdb")
    with open(journal, "rb") as file:
        data = file.read()
    # every copy of it: older ones lie about in free pages
    with open(journal, "wb") as file:
        file.write(data.replace(b"Titre secret A00000007", b"Titre fautif A00000007"))
    report = hub("verify", timeout=120)
    tap.ok(not report.get("intact") and report["exit"] == 7 and [log for log in report["logs"] if log["result"] != "ok"],
           "a byte changed in the journal is found by verify", report)


if __name__ == "__main__":
    bench(body)
