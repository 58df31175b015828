#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# What the README tells people to type, typed as it stands there: 'From nothing', pasted as one block.
import os
import re
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import BIN, DEADLINE_S, bench  # noqa: E402

README = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "README.md")
ENDED = 'trap \'kill $(jobs -p) 2>/dev/null; wait\' EXIT\n'


def lines_under(heading):
    """The lines to type of a section: those that are indented."""
    with open(README, encoding="utf-8") as file:
        section = file.read().split(heading + "\n", 1)[1].split("\n#", 1)[0]
    return "".join(line[4:] + "\n" for line in section.splitlines() if line.startswith("    "))


def free_ports(count):
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [str(one.getsockname()[1]) for one in held]
    for one in held:
        one.close()
    return ports


def from_nothing(tap, folder):
    block = lines_under("### From nothing")
    ports = free_ports(2)
    here = {"$PWD/build/release/bin": BIN, "/tmp/n": folder + "/n", "7443": ports[0], "7444": ports[1]}
    for written in here:
        tap.ok(written in block, f"the block has {written}")
    block = re.sub("|".join(re.escape(written) for written in here), lambda found: here[found[0]], block)
    done = subprocess.run(["bash"], input=ENDED + "set -e\n" + block, capture_output=True, text=True, timeout=2 * DEADLINE_S, check=False,
                          env={key: value for key, value in os.environ.items() if not key.startswith("NAVETTE_")})
    tap.equal(done.returncode, 0, "From nothing: every line succeeds")
    wrong = re.findall(r"^(?:navette: .*|.* answers at .*|.*No such file.*)$", done.stderr, re.M)
    tap.ok(not wrong, "nothing is refused", wrong or done.stderr[-2000:])
    tap.ok(not re.search(r"never heard +$", done.stdout, re.M), "who has never been heard is said, with nothing behind it", done.stdout[-3000:])
    for text in (r"Node enrolled: BIB-CENTRE", r"Node enrolled: BIB-GARE", r"BIB-CENTRE +BIB-GARE +book +1", r"BIB-GARE +in a container +book +1",
                 r"Everything verifies"):
        tap.ok(re.search(text, done.stdout), f"it prints {text}", done.stdout[-3000:])


def body(tap, folder):
    from_nothing(tap, folder)


if __name__ == "__main__":
    bench(body)
