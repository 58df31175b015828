#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Replays real movements through a real hub and a real node store per library, and compares the hub's view of every published day.

    run.py DATA [--days N] [--seed N] [--no-kills] [--keep]

DATA holds libraries.csv, movements-FROM_TO.csv.gz and snapshots/DAY.csv.gz. The hub never reads the snapshots. Last line: one JSON object.
"""
import argparse
import collections
import concurrent.futures
import csv
import datetime
import glob
import hashlib
import io
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bounds import Bounds  # noqa: E402
from movements import Movements, day_ms  # noqa: E402

FOLLOWERS = 4         # libraries that follow the whole network; the others their own scope
HUB_KILLS = 10
NODE_KILLS = (3, 5)   # libraries, times each
RALLY_EVERY = 4       # published days between two moments at which everybody has synced
START_SECONDS = 60    # the hub must answer within this, or the replay has failed
TURN_SECONDS = 600


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def faketime_library():
    found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
    if not found:
        raise SystemExit("libfaketime is not installed: the hub has to live on the replayed clock (deploy/packages test)")
    return found[0]


class Hub:
    """The real program, in a process of its own; it can be killed and started again on the same ports."""

    def __init__(self, binaries, folder):
        self.program = os.path.join(binaries, "navette-hub")
        self.folder = os.path.join(folder, "hub")
        self.control = os.path.join(folder, "hub.sock")
        self.listen = f"tcp://127.0.0.1:{free_port()}"
        self.enrol = f"tcp://127.0.0.1:{free_port()}"
        self.log = open(os.path.join(folder, "hub.log"), "ab")
        self.process = None
        self.kills = 0
        self.lock = threading.Lock()
        self.environment = None

    def at(self, moment):
        """Lives on from that moment of the replayed clock (local name of UTC), as a process started then would."""
        with self.lock:
            self.stop()
            self.environment = dict(os.environ, LD_PRELOAD=faketime_library(), FAKETIME=f"@{moment}", FAKETIME_DONT_FAKE_MONOTONIC="1", TZ="UTC0")
            self.start()

    def start(self):
        self.process = subprocess.Popen(
            [self.program, "serve", "--folder", self.folder, "--listen", self.listen, "--enrol", self.enrol, "--control", self.control],
            stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL, env=self.environment)
        deadline = time.monotonic() + START_SECONDS
        while True:
            done = self._run(["status", "--json"])
            if done.returncode == 0:
                return
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"the hub does not start: see {self.log.name}\n{done.stdout}{done.stderr}")

    def kill(self):
        with self.lock:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.kills += 1
            self.start()

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait()

    def _run(self, arguments):
        return subprocess.run([self.program] + arguments + ["--control", self.control], capture_output=True, text=True, check=False,
                              env=dict(os.environ, NAVETTE_LANG="en"))

    def ask(self, *arguments):
        with self.lock:
            done = self._run(list(arguments))
        if done.returncode != 0:
            raise SystemExit(f"navette-hub {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def ask_json(self, *arguments):
        return json.loads(self.ask(*arguments, "--json"))


class Library:
    def __init__(self, code, folder):
        self.code = code
        self.folder = os.path.join(folder, code)
        self.plan = os.path.join(folder, code + ".plan")
        self.lines = 0
        self.online_on = 0  # index of the day from which it syncs again
        self.synced = 0     # lines of its plan that the hub has


class Replay:
    def __init__(self, options, folder):
        self.options = options
        self.random = random.Random(options.seed)
        self.worker = os.path.join(options.binaries, "tests", "replay")
        self.data = Movements(options.data)
        self.days = self.data.published_days(options.days)
        self.hub = Hub(options.binaries, folder)
        self.libraries = [Library(code, os.path.join(folder, "nodes")) for code in sorted(self.data.codes.values())]
        self.by_code = {library.code: library for library in self.libraries}
        self.followers = set(library.code for library in self.random.sample(self.libraries, min(FOLLOWERS, len(self.libraries))))
        self.wire_bytes = 0
        self.events = 0
        self.node_kills = 0
        self.differences = 0
        self.rows = 0
        self.views = hashlib.sha256()
        self.bounds = Bounds(self)
        os.mkdir(os.path.join(folder, "nodes"))

    # -- preparation

    def enrol(self):
        self.hub.start()
        for library in self.libraries:
            name = next(name for name, code in self.data.codes.items() if code == library.code)
            self.hub.ask("place", "add", library.code, "--name", f"{name[0]} ({name[1]})"[:60], "--kind", "branch", "--tz", "UTC0")
            scope = "network" if library.code in self.followers else "own"
            code = self.hub.ask_json("enrol", library.code, "--role", "branch", "--scope", scope)["code"]
            done = subprocess.run([self.worker, "enrol", library.folder, self.hub.enrol, code], capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise SystemExit(f"{library.code}: not enrolled\n{done.stdout}{done.stderr}")

    def write_plans(self):
        self.pending = self.data.plans(self.days[-1])
        self.events = sum(len(lines) for lines in self.pending.values())
        for library in self.libraries:
            with open(library.plan, "w", encoding="utf-8") as stream:
                for line in self.pending[library.code]:
                    stream.write("\t".join(str(field) for field in line) + "\n")

    def due(self, library, until_ms):
        """How many lines of its plan have happened by then."""
        lines = self.pending[library.code]
        while library.lines < len(lines) and lines[library.lines][0] <= until_ms:
            library.lines += 1
        return library.lines

    # -- a library's turn: it records what has happened, then syncs

    def turn(self, library, now_ms, kill_after=None):
        arguments = [self.worker, "turn", library.folder, library.plan, library.code, str(self.due(library, now_ms)), str(now_ms)]
        while True:
            process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            if kill_after is not None:
                try:
                    process.communicate(timeout=kill_after)
                    kill_after /= 2  # it was done before: strike earlier
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.communicate()
                    self.node_kills += 1
                    kill_after = None
                continue
            out, err = process.communicate(timeout=TURN_SECONDS)
            if process.returncode != 0:
                raise SystemExit(f"{library.code}: {process.returncode}\n{out}{err}")
            answer = json.loads(out.splitlines()[-1])
            self.wire_bytes += answer["wire_bytes"]
            library.synced = library.lines
            return answer

    def turns(self, libraries, now_ms, hub_kills=0, victims=()):
        """Everybody in `libraries` syncs, in shuffled order, two at a time; meanwhile the hub and some nodes are killed."""
        order = list(libraries)
        self.random.shuffle(order)
        marks = set(self.random.sample(range(1, max(2, len(order))), min(hub_kills, max(0, len(order) - 1))))
        victims = {library.code: self.random.uniform(0.002, 0.06) for library in victims}
        with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
            futures = []
            for library in order:
                futures.append(pool.submit(self.turn, library, now_ms, victims.get(library.code)))
            done = 0
            for future in concurrent.futures.as_completed(futures):
                future.result()
                done += 1
                if done in marks:
                    self.hub.kill()

    # -- the days

    def play(self):
        self.hub.at(f"{self.data.first_day} 00:00:00")
        before = day_ms((datetime.date.fromisoformat(self.data.first_day) - datetime.timedelta(days=1)).isoformat(), 12)
        self.turns(self.libraries, before)
        victims = self.random.sample(self.libraries, NODE_KILLS[0])
        kills = collections.Counter(self.random.randrange(len(self.days)) for _ in range(HUB_KILLS if self.options.kills else 0))
        node_kills = collections.Counter(i * len(self.days) // NODE_KILLS[1] for i in range(NODE_KILLS[1] if self.options.kills else 0))
        waiting = []
        for index, day in enumerate(self.days):
            now_ms = day_ms(day, 8)
            self.hub.at(f"{day} 08:50:00")
            waiting.append(day)
            rally = index == len(self.days) - 1 or index % RALLY_EVERY == RALLY_EVERY - 1
            for library in self.libraries:
                if library.online_on <= index and self.random.random() < 0.08:
                    library.online_on = index + self.random.randint(1, 4)
            present = [library for library in self.libraries if rally or library.online_on <= index or (node_kills[index] and library in victims)]
            self.turns(present, now_ms, kills[index], victims if node_kills[index] else ())
            for _ in range(node_kills[index] - 1):
                self.turns(victims, now_ms, 0, victims)
            self.say(f"{day}: {len(present)} of {len(self.libraries)} libraries synced, {self.hub.kills} hub kills, {self.node_kills} node kills")
            self.bounds.check(day, set(library.code for library in self.libraries) - set(library.code for library in present))
            if rally:
                for past in waiting:
                    self.compare(past)
                waiting = []

    def say(self, text):
        print(text, flush=True)

    def compare(self, day):
        published, rows = self.data.snapshot(day)
        answer = self.hub.ask("transit", "--at", f"{day}T09:00:00Z", "--csv")
        seen = collections.Counter()
        for record in csv.DictReader(io.StringIO(answer)):
            seen[record["date_transited"], record["item_type"], record["from"], record["to"]] += int(record["count"])
        missing = published - seen
        extra = seen - published
        differences = sum(missing.values()) + sum(extra.values())
        self.rows += rows
        self.differences += differences
        self.bounds.check_without_silence(day)
        for cell, count in sorted(seen.items()):
            self.views.update(f"{day} {cell} {count}\n".encode())
        self.say(f"{day}: {rows} rows published, {sum(seen.values())} in transit at the hub, {differences} differences")
        for sign, cells in (("missing", missing), ("extra", extra)):
            for cell, count in list(cells.items())[:5]:
                self.say(f"  {sign}: {count} x {' | '.join(cell)}")

    def finish(self, started):
        last_ms = day_ms(self.days[-1], 8)
        digests = [self.turn(self.by_code[code], last_ms)["digest"] for code in sorted(self.followers)]
        verified = self.hub.ask_json("verify")
        conflicts = self.hub.ask_json("conflicts")["total"]
        status = self.hub.ask_json("status")
        digest = status["state"]["digest"]
        agree = set(digests) == {digest}
        self.say(f"hub digest {digest}, followers {'agree' if agree else 'DIFFER: ' + ' '.join(digests)}")
        self.say(f"verify: {verified['entries']} entries of {len(verified['logs'])} logs, intact {verified['intact']}")
        self.differences += 0 if agree else 1
        skipped = self.data.skipped_days(self.days)
        self.say(f"days_skipped: {' '.join(skipped)}")
        return {"days": len(self.days), "rows": self.rows, "differences": self.differences, "conflicts": conflicts,
                "events": self.events, "seconds": round(time.monotonic() - started, 1), "wire_bytes": self.wire_bytes,
                "digest": digest, "views": self.views.hexdigest(), "days_skipped": len(skipped), "hub_kills": self.hub.kills,
                "outside_bounds": self.bounds.outside, "bounds_differ": self.bounds.differ,
                "width_without_silence": self.bounds.width_without_silence, "mean_width": self.bounds.mean_width(),
                "node_kills": self.node_kills, "verified": bool(verified["intact"])}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data")
    parser.add_argument("--days", type=int, default=None)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-kills", dest="kills", action="store_false")
    parser.add_argument("--keep", action="store_true", help="keep stores and logs, and say where")
    parser.add_argument("--binaries", default=os.environ.get("NAVETTE_BIN"))
    options = parser.parse_args()
    if not options.binaries:
        parser.error("NAVETTE_BIN or --binaries must name the folder of the programs")
    started = time.monotonic()
    folder = tempfile.mkdtemp(prefix="navette-replay-")
    replay = None
    try:
        replay = Replay(options, folder)
        replay.say(f"seed {options.seed}: {len(replay.libraries)} libraries, {len(replay.days)} days, {folder if options.keep else ''}")
        replay.enrol()
        replay.write_plans()
        replay.play()
        result = replay.finish(started)
    finally:
        if replay is not None:
            replay.hub.stop()
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(result))
    return 0 if result["differences"] == 0 and result["conflicts"] == 0 and result["verified"] and replay.bounds.hold() else 1


if __name__ == "__main__":
    sys.exit(main())
