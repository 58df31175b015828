#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Seeds for fuzz_import: a file for each profile and encoding. usage: seeds_import.py FOLDER"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../system/lib"))
from marc_bench import iso5426, marc8, marc21, unimarc, utf8, windows1252  # noqa: E402

TEXT = "L'été d'Ève : garçon"
seeds = []
for encode in (utf8, iso5426, marc8, windows1252):
    items = [{"b": "LIB", "f": "007", "u": "note"}, {"b": "LIB"}] + ([{"b": "LIB", "f": "8", "k": "8Â°"}] if encode is utf8 else [])
    for profile in (0, 2, 3):
        seeds.append((profile, unimarc(1, items, TEXT, encode=encode)))
    seeds.append((1, marc21(1, "952", [[("a", "LIB"), ("p", "007"), ("9", "4")]], TEXT, encode=encode)))
    seeds.append((4, marc21(1, "852", [[("b", "A"), ("b", "B"), ("p", "007")]], TEXT, encode=encode)))
    seeds.append((5, marc21(1, "949", [[("m", "LIB"), ("i", "007")]], TEXT, encode=encode)))
seeds.append((6, f"Code-barres;Titre;Bibliothèque\r\n*007*;{TEXT};X\r\n;y;z\n".encode("cp1252")))
seeds.append((7, f'barcode,home,title,vu\n1,L,"{TEXT} ""x""\n y",04/06/2020\n'.encode()))
seeds.append((0, b"00081nam  2200061   4500001000300000200000800003995000800011\x1e\x1fx\x1e1 \x1faEte\x1e  \x1fbLIB\x1e\x1d"))
seeds.append((7, b"barcode\thome\n1\tL\n\"\t"))
for number, (profile, data) in enumerate(seeds):
    with open(os.path.join(sys.argv[1], f"seed{number}"), "wb") as out:
        out.write(bytes((profile, 255)) + data)
    with open(os.path.join(sys.argv[1], f"cut{number}"), "wb") as out:
        out.write(bytes((profile, 3)) + data[:-30] + data)
