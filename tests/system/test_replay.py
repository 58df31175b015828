#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The replay can fail: one row of one published day changed is one row missing and one row too many."""
import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
REPLAY = os.path.join(HERE, "..", "replay")


def replay(folder):
    done = subprocess.run([os.path.join(REPLAY, "run.py"), folder, "--days", "2", "--no-kills"], capture_output=True, text=True, check=False)
    try:
        return done.returncode, json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        return done.returncode, {"differences": None, "output": done.stdout + done.stderr}


def main():
    folder = tempfile.mkdtemp(prefix="navette-replay-test-")
    failed = 0
    try:
        subprocess.run([os.path.join(REPLAY, "sample.py"), folder, "7"], check=True)
        status, result = replay(folder)
        good = status == 0 and result["differences"] == 0 and result["days"] == 2
        print(f"{'ok' if good else 'not ok'} 1 - a made-up network replays without differences")
        failed += not good
        name = sorted(os.listdir(os.path.join(folder, "snapshots")))[1]
        path = os.path.join(folder, "snapshots", name)
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            lines = stream.read().splitlines()
        lines[1] = "2026-01-01," + lines[1].split(",", 1)[1]
        with gzip.open(path, "wt", encoding="utf-8") as stream:
            stream.write("\n".join(lines) + "\n")
        status, result = replay(folder)
        good = status == 1 and result["differences"] == 2
        print(f"{'ok' if good else 'not ok'} 2 - one changed row is one missing and one extra, and the replay says so")
        failed += not good
        if failed:
            print(f"# {result}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print("1..2")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
