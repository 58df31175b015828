#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What pruning saves a node that follows the network, and that it says the same: real movements between so many of the busiest libraries.

    prune.py DATA [--days 20] [--libraries 40]

A hub, a real store for each library, one of which is then the folder of a real navette-node. Age is set to a second, so that all is old. Last line: one JSON object.
"""
import argparse
import collections
import datetime
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "system", "lib"))
from hub_bench import BIN, Daemon, Hub, Node, answer, run, until  # noqa: E402
from movements import Movements, day_ms  # noqa: E402

WORKER = os.path.join(BIN, "tests", "replay")
ASKED = 40  # documents of which everything is asked
DONE_SECONDS = 900


def worker(*arguments):
    done = subprocess.run([WORKER, *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"replay {' '.join(map(str, arguments))}: {done.returncode}\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1]) if done.stdout.strip() else {}


def busiest(data, count):
    moved = collections.Counter()
    for row in data.rows:
        moved[data.codes[row.origin]] += 1
        moved[data.codes[row.destination]] += 1
    return [code for code, _ in moved.most_common(count)]


def keep_among(data, chosen):
    data.rows = [row for row in data.rows if data.codes[row.origin] in chosen and data.codes[row.destination] in chosen]


def play(data, days, chosen, follower, hub, folder):
    """Each day those who have something to record do, and send it; the follower reads it at the end. Parents are as they would be: who receives has been told of the dispatch."""
    plans = {code: lines for code, lines in data.plans(days[-1]).items() if code in chosen}
    for code in chosen:
        hub("place", "add", code, "--kind", "branch", "--namespaces", "lw")
        invitation = hub("enrol", code, "--role", "branch", "--scope", "network" if code == follower else "own")
        worker("enrol", f"{folder}/{code}", invitation["enrol"], invitation["code"])
        with open(f"{folder}/{code}.plan", "w", encoding="utf-8") as stream:
            for line in plans[code]:
                stream.write("\t".join(map(str, line)) + "\n")
    begin = (datetime.date.fromisoformat(days[0]) - datetime.timedelta(days=1)).isoformat()
    recorded = dict.fromkeys(chosen, 0)
    for now_ms in [day_ms(begin, 12), *(day_ms(day, 8) for day in days)]:
        for code in chosen:
            lines = recorded[code]
            while lines < len(plans[code]) and plans[code][lines][0] <= now_ms:
                lines += 1
            if lines > recorded[code] or code == follower:
                worker("turn", f"{folder}/{code}", f"{folder}/{code}.plan", code, lines, now_ms)
                recorded[code] = lines
    worker("turn", f"{folder}/{follower}", f"{folder}/{follower}.plan", follower, recorded[follower], day_ms(days[-1], 9))
    return sum(recorded.values())


def as_node(folder, code):
    """The library's store and keys, where navette-node has them."""
    home = f"{folder}/node"
    os.makedirs(f"{home}/store", mode=0o700)
    os.chmod(home, 0o700)
    for name in os.listdir(f"{folder}/{code}"):
        os.rename(f"{folder}/{code}/{name}", f"{home}/{name}" if name == "keys" else f"{home}/store/{name}")
    return home


def weigh(node):
    copy = node.folder + ".copy"
    os.mkdir(copy)
    weight = worker("weigh", f"{node.folder}/store", copy)
    weight["file_bytes"] = os.path.getsize(f"{copy}/data.mdb")
    shutil.rmtree(copy)
    return weight


def steady(value):
    """What two answers may differ in: when they were given, and what was left to the hub."""
    if isinstance(value, dict):
        return {key: steady(part) for key, part in value.items() if key not in ("as_of", "now", "took_ms", "pruned", "known_ms", "at")}
    return [steady(part) for part in value] if isinstance(value, list) else value


def ask(node, *words):
    return steady(answer(run("navette", *words, "--json", "--folder", node.folder, timeout=300)))


def listen(node, barcodes):
    said = {"stock": ask(node, "stock"), "transit": ask(node, "transit"), "bags": ask(node, "bags"), "conflicts": ask(node, "conflicts"),
            "stock known": ask(node, "stock", "--known", "100000"), "discrepancies": ask(node, "discrepancies")}
    for barcode in barcodes:
        said[f"find {barcode}"] = ask(node, "find", barcode)
    return said


def listen_closely(node, barcodes):
    return {f"{word} {barcode}": ask(node, word, barcode) for barcode in barcodes for word in ("explain", "history")}


def prune(node):
    """Until a pass is over and nothing more goes."""
    end = time.monotonic() + DONE_SECONDS
    while time.monotonic() < end:
        node.sync()
        done = answer(run("navette", "prune", "--json", "--folder", node.folder, timeout=600))
        if done["ok"] and done["pruned"] == 0 and node.must("status")["pruned"]["entries"] > 0:
            return node.must("status")["pruned"]
    raise SystemExit(f"it does not end: {done}")


def measure(options, folder):
    data = Movements(options.data)
    days = data.published_days(options.days)
    chosen = busiest(data, options.libraries)
    keep_among(data, set(chosen))
    follower = chosen[len(chosen) // 2]
    hub = Hub(f"{folder}/hub").start()
    os.mkdir(f"{folder}/nodes")
    events = play(data, days, chosen, follower, hub, f"{folder}/nodes")
    hub.folded()
    print(f"{len(chosen)} libraries, {len(days)} days, {events} events; {follower} follows the network", flush=True)
    hub("backup", f"{folder}/backup", timeout=300)

    node = Node(as_node(f"{folder}/nodes", follower), "--prune-after", "0").start()
    until(lambda: node.link()["in_step"], "not in step")
    at_rest = sorted({f"{number:014d}" for number, row in enumerate(data.rows, 1) if row.gone_by and row.gone_by <= days[-1]})
    barcodes = random.Random(1).sample(at_rest, ASKED)
    before = {**listen(node, barcodes), **listen_closely(node, barcodes)}
    digest = node.digest()
    node.stop()
    was = weigh(node)

    node.options = ["--prune-after", "1s"]
    node.start()
    until(lambda: node.link()["in_step"], "not in step")
    pruned = prune(node)
    same = node.digest() == digest
    node.stop()
    now = weigh(node)

    # offline: what is here says the same, and what is not says so
    node.options = ["--prune-after", "1s", "--offline"]
    node.start()
    after = listen(node, barcodes)
    away = collections.Counter(said.get("error", "said") for said in listen_closely(node, barcodes).values())
    node.stop()
    node.options = ["--prune-after", "0"]
    node.start()
    until(lambda: node.link()["in_step"], "not in step")
    after.update(listen_closely(node, barcodes))
    differ = sorted(key for key in before if before[key] != after[key])
    node.stop()
    hub.stop()
    for key in differ[:5]:
        print(f"differs: {key}\n  {json.dumps(before[key])[:600]}\n  {json.dumps(after[key])[:600]}", flush=True)
    if options.keep:
        print(folder)

    def saved(name):
        return round(100 * (was[name] - now[name]) / was[name], 1)

    return {"libraries": len(chosen), "days": len(days), "events": events, "entries": was["entries"], "own": was["own"], "stubs": now["stubs"],
            "pruned_percent": round(100 * now["stubs"] / was["entries"], 1), "event_bytes_given_up": pruned["bytes"],
            "journal_bytes": [was["journal_bytes"], now["journal_bytes"]], "journal_saved_percent": saved("journal_bytes"),
            "data_mdb_bytes": [was["file_bytes"], now["file_bytes"]], "data_mdb_saved_percent": saved("file_bytes"),
            "digest_same": same, "asked": len(before), "differ": len(differ), "offline": dict(away)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data")
    parser.add_argument("--days", type=int, default=20)
    parser.add_argument("--libraries", type=int, default=40)
    parser.add_argument("--keep", action="store_true", help="keep stores and logs, and say where")
    options = parser.parse_args()
    started = []
    launch = Daemon.launch

    def remembered(daemon):
        launch(daemon)
        started.append(daemon)

    Daemon.launch = remembered
    folder = tempfile.mkdtemp(prefix="navette-prune-")
    try:
        result = measure(options, folder)
    finally:
        for daemon in started:
            daemon.kill()
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(result))
    return 0 if result["digest_same"] and result["differ"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
