# SPDX-License-Identifier: Apache-2.0
"""What the node's system tests share: a node and the command that people type, as real processes."""
import glob
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hub_bench import BIN, DEADLINE_S, Node, until  # noqa: E402


def at(shift):
    """The environment of a process whose wall clock is shifted ("+31d"), begins at a moment ("@2098-01-01 12:00:00") or stands there (without "@")."""
    library = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")[0]
    return dict(os.environ, LD_PRELOAD=library, FAKETIME=shift, FAKETIME_DONT_FAKE_MONOTONIC="1", TZ="UTC0")


def later(daemon, seconds):
    """It ends, and starts again that much later than now."""
    daemon.stop()
    daemon.environment = at(time.strftime("@%Y-%m-%d %H:%M:%S", time.gmtime(time.time() + seconds)))
    daemon.start()


class Typed:
    """What one `navette` command came to."""

    def __init__(self, done):
        self.code = done.returncode
        self.out = done.stdout
        self.err = done.stderr

    @property
    def lines(self):
        """Every line of standard output as JSON: fails on anything else."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def json(self):
        return self.lines[-1]

    def __repr__(self):
        return f"exit {self.code}\n{self.out}\n{self.err}"


class Post(Node):
    """A node with somebody at its keyboard."""

    def __init__(self, folder, *options, environment=None):
        super().__init__(folder, "--reserve-mib", "0", "--map-mib", "512", *options, environment=environment)

    def type(self, *words, scans=None, lang=None, extra=None):
        """Types a command; scans are fed to it one a line, as a scanner would."""
        environment = {key: value for key, value in os.environ.items() if key not in ("LANG", "LC_ALL", "LC_MESSAGES", "NAVETTE_LANG")}
        environment["NAVETTE_FOLDER"] = self.folder
        if lang:
            environment["NAVETTE_LANG"] = lang
        environment.update(extra or {})
        data = "" if scans is None else scans if isinstance(scans, (str, bytes)) else "".join(f"{scan}\n" for scan in scans)
        if isinstance(data, str):
            data = data.encode()
        done = subprocess.run([os.path.join(BIN, "navette"), *map(str, words)], input=data, capture_output=True, env=environment,
                              timeout=DEADLINE_S)
        done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
        return Typed(done)

    def must_type(self, *words, scans=None, lang=None):
        done = self.type(*words, scans=scans, lang=lang)
        if done.code != 0:
            raise RuntimeError(f"{' '.join(map(str, words))}: {done!r}")
        return done

    def streaming(self):
        """Asks for the link now and then: whoever waits need not wait for the next try by itself."""
        return until(lambda: self.ask("sync", wait=0) and self.link()["link"] == "streaming", f"{self.folder} does not stream", 30)

    def find(self, code, *options):
        return self.must_type("find", code, "--json", *options).json["thing"]

    def stock(self, *options):
        """(place, state, material) -> count"""
        rows = self.must_type("stock", "--json", *options).json["rows"]
        return {(row["place"], row["state"], row["material"]): row["count"] for row in rows}


def person(post, order):
    """How an order's person stands there, and the card where it can be read."""
    return next(((row["person"], row.get("card")) for row in post.must("orders", state="all")["rows"] if row["id"] == order), ("unheard", None))


def stocked(folder, *options):
    """A stand-alone node that serves BIB-CENTRE, with ten documents, three bags and a crate."""
    post = Post(folder, *options).start()
    post.must_type("init", "--place", "BIB-CENTRE", "--tz", "CET-1CEST,M3.5.0,M10.5.0/3")
    rows = [f"3000{n};Titre {n};R {n:03};{'DVD' if n % 5 == 0 else 'Livre'};BIB-CENTRE" for n in range(10)]
    post.must_type("item", "add", scans=rows)
    post.must_type("bag", "add", "SAC-1", "SAC-2", "SAC-3", "--kind", "sac", "--size", "M")
    post.must_type("bag", "add", "CAISSE-1", "--crate")
    return post
