#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""seeds.py FOLDER: a first corpus for fuzz_event: the events of the oracle's random sets, each behind its length."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "oracle"))
sys.dont_write_bytecode = True
import generate  # noqa: E402

NAME_BYTES = 32  # incarnation, seq, leaf: what stands before the event in a row
EVENTS = 24      # FUZZ_EVENTS


def main():
    for seed in range(1, 61):
        _, rows = generate.make(seed)
        events = [row[NAME_BYTES:] for row in rows][:EVENTS]
        with open(os.path.join(sys.argv[1], f"set-{seed}"), "wb") as stream:
            for event in events:
                if len(event) < 4096:
                    stream.write(len(event).to_bytes(2, "big") + event)


if __name__ == "__main__":
    main()
