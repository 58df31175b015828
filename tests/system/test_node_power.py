#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Power cuts: the daemon killed with -9 right after answered scans, 25 times, loses none of them; the operation that was open is offered again, by name, resumed and
# closed with all its counts; killed before an answer; scans under way from several terminals; the command killed instead of the daemon.
import json
import os
import random
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import BIN, DEADLINE_S, bench, until  # noqa: E402
from node_bench import stocked  # noqa: E402

CUTS = 25


class Terminal:
    """A scanner in somebody's hand: types a line, reads the answer."""

    def __init__(self, post, *words):
        environment = {**os.environ, "NAVETTE_FOLDER": post.folder}
        self.process = subprocess.Popen([os.path.join(BIN, "navette"), *words, "--json"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, env=environment, text=True)

    def scan(self, code):
        self.process.stdin.write(code + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def end(self, with_signal=None):
        if with_signal:
            self.process.send_signal(with_signal)
        out, _ = self.process.communicate(timeout=DEADLINE_S)
        return self.process.returncode, [json.loads(line) for line in out.splitlines()]


def seen_count(post, code):
    rows = post.must_type("history", code, "--json").json["rows"]
    return sum(row["event"] == "seen-at" for row in rows)


def cuts(tap, post, seed):
    draw = random.Random(seed)
    codes = [f"3000{n}" for n in range(10)]
    answered = {code: 0 for code in codes}
    lost, offered, wrong_exit, wrong_counts = [], 0, [], []
    for cut in range(CUTS):
        terminal = Terminal(post, "seen")
        scans = draw.sample(codes, draw.randint(1, 6))
        for code in scans:
            if terminal.scan(code).get("result") != "recorded":
                lost.append((cut, code, "not recorded"))
            answered[code] += 1
        post.kill()
        code, _ = terminal.end()
        # the end of the input asks to close: nobody is there to hear
        if code != 3:
            wrong_exit.append((cut, code))
        post.start()
        lost += [(cut, one) for one in scans if seen_count(post, one) != answered[one]]
        rows = post.must_type("operations", "--json").json["rows"]
        begun = post.type("seen", scans=[])
        if len(rows) == 1 and rows[0]["operation"] in begun.err and "navette operations resume" in begun.err:
            offered += 1
        operation = rows[0]["operation"]
        again = post.type("operations", "resume", operation, "--json", scans=scans)
        counts = [line["result"] for line in again.lines if "result" in line], again.json["recorded"]
        if counts != (["already-read"] * len(scans), len(scans)) or again.code != 0:
            wrong_counts.append((cut, again))
    tap.equal(lost, [], f"{CUTS} cuts right after an answer: no scan is lost or doubled (SEED={seed})")
    tap.equal(offered, CUTS, "each time the next command names what was left open, and how to go on")
    tap.equal(wrong_exit, [], "the terminal says that the daemon went away (exit 3)")
    tap.equal(wrong_counts, [], "resumed: what was read before is known, and the counts are whole")
    tap.equal(post.must_type("operations", "--json").json["rows"], [], "nothing is left open")
    tap.equal(post.type("check").code, 0, "chain, counters and digest agree after all of it")


def unanswered(tap, post, seed):
    """Killed while a scan is on its way: it is there or it is not, never twice, and scanning it again settles it."""
    draw = random.Random(seed)
    code = "30009"
    before, doubled, unsettled, stored = seen_count(post, code), [], [], 0
    for cut in range(CUTS):
        terminal = Terminal(post, "seen")
        terminal.scan("30008")
        terminal.process.stdin.write(code + "\n")
        terminal.process.stdin.flush()
        for _ in range(draw.randint(0, 400000)):
            pass
        post.kill()
        terminal.end()
        post.start()
        now = seen_count(post, code)
        stored += now - before
        if now - before not in (0, 1):
            doubled.append((cut, now - before))
        operation = post.must_type("operations", "--json").json["rows"][0]["operation"]
        done = post.type("operations", "resume", operation, "--json", scans=["30008", code])
        results = [line["result"] for line in done.lines if "result" in line]
        if results != ["already-read", "already-read" if now > before else "recorded"] or seen_count(post, code) != before + 1:
            unsettled.append((cut, done))
        before = seen_count(post, code)
    tap.equal(doubled, [], f"{CUTS} cuts before an answer: a scan is there once or not at all ({stored} were)")
    tap.equal(unsettled, [], "and scanning it again settles it")


def terminal_dies(tap, post):
    terminal = Terminal(post, "return")
    terminal.scan("30001")
    busy = post.must_type("operations", "--json").json["rows"][0]
    tap.equal(busy["in_use"], True, "an operation under way is not offered to others")
    done = post.type("operations", "resume", busy["operation"], scans=[])
    tap.ok(done.code == 1 and busy["operation"] in done.err, "nor taken over", done)
    terminal.end(signal.SIGKILL)
    until(lambda: not post.must_type("operations", "--json").json["rows"][0]["in_use"], "the terminal that died still counts as alive")
    done = post.type("operations", "close", busy["operation"])
    tap.ok(done.code == 0 and "1" in done.out, "when its terminal dies it can be closed", done)
    done = post.type("operations")
    tap.ok(done.code == 0 and busy["operation"] not in done.out, "and is gone", done)


def two_desks(tap, post):
    one, two = Terminal(post, "seen"), Terminal(post, "return")
    results = [terminal.scan(code).get("result") for code in ("30001", "30002", "30003") for terminal in (one, two)]
    tap.equal(results, ["recorded"] * 6, "two desks scan the same documents at the same time")
    ends = one.end()[0], two.end()[0]
    tap.equal(ends, (0, 0), "each closes its own operation")


def body(tap, folder):
    seed = int(os.environ.get("SEED", "1"))
    post = stocked(folder + "/centre")
    cuts(tap, post, seed)
    unanswered(tap, post, seed)
    terminal_dies(tap, post)
    two_desks(tap, post)
    post.process.send_signal(signal.SIGINT)
    tap.equal(post.process.wait(DEADLINE_S), 0, "SIGINT ends it cleanly")


if __name__ == "__main__":
    bench(body)
