#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Where fuzz_keys begins: a record of each type of a keyring and of a vault, a page with a recovery key. Writes them into the folder that is named.
import os
import sys


def record(kind, body):
    return bytes([kind]) + len(body).to_bytes(4, "big") + body


def main(folder):
    subject = b"\x07\x00\x03C-1"
    key = record(1, bytes(16 + 32 + 8 + 8 + 1) + len(subject).to_bytes(2, "big") + subject)
    erased, offered, vault = record(2, bytes(range(24))), record(3, bytes(range(24))), record(4, bytes(16))
    vault_key = record(1, bytes(16 + 16 + 8 + 8 + 1) + bytes([len(subject)]) + subject.ljust(99, b"\0"))
    wraps = record(2, bytes(184)) + record(3, bytes(184))
    seeds = {
        "plain": b"\0navette-keyring\n\0\0\0\1" + key,
        "records": b"\1" + key + erased + offered + vault + record(9, b"later"),
        "vault": b"\2" + vault_key + wraps + record(4, bytes(58)) + record(5, bytes(8)),
        "recovery": b"\3key = " + b"-".join([b"0000"] * 13) + b"-0\n",
    }
    for name, data in seeds.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)


main(sys.argv[1])
