#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""sample.py FOLDER [SEED]: a small made-up set of movements in the layout that the replay reads, for machines without a real one.

Twelve libraries, eight days of which one was not published; things that stay for ever on the road, same rows several times, names with commas.
"""
import collections
import csv
import datetime
import gzip
import io
import os
import random
import sys

HEADER = ["date_transited", "item_type", "from_library", "from_authority", "to_library", "to_authority"]
MATERIALS = ["Roman adulte", "Bande dessinée", "DVD", "Gros caractères", "Documentaire, sciences"]
DAYS = 8
NOT_PUBLISHED = {3}
TRIPS = 4000


def write(name, header, rows):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    data = text.getvalue().encode()
    with open(name, "wb") as stream:
        stream.write(gzip.compress(data, mtime=0) if name.endswith(".gz") else data)


def main():
    folder = sys.argv[1]
    chance = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    libraries = [(f"Bibliothèque {n}" + (", annexe" if n % 4 == 0 else ""), "Ville" if n % 3 else "Agglomération") for n in range(1, 13)]
    first = datetime.date(2026, 3, 2)
    published = [day for day in range(DAYS) if day not in NOT_PUBLISHED]
    trips = []
    for _ in range(TRIPS):
        left = chance.randrange(-40, DAYS)
        stays = chance.choice([2, 3, 3, 4, 5, 8, 400])
        origin, destination = chance.sample(libraries, 2)
        row = ((first + datetime.timedelta(days=left)).isoformat(), chance.choice(MATERIALS)) + origin + destination
        trips.extend([(row, left, left + stays)] * chance.choice([1, 1, 1, 2]))
    os.makedirs(os.path.join(folder, "snapshots"), exist_ok=True)
    name_of = {day: (first + datetime.timedelta(days=day)).isoformat() for day in published}
    movements = collections.Counter()
    for row, left, arrived in trips:
        seen = [day for day in published if left <= day < arrived]
        if seen:
            after = [day for day in published if day > seen[-1]]
            movements[row + (name_of[seen[0]], name_of[seen[-1]], name_of[after[0]] if after else "")] += 1
    for day in published:
        rows = sorted(row for row, left, arrived in trips if left <= day < arrived)
        write(os.path.join(folder, "snapshots", name_of[day] + ".csv.gz"), HEADER, rows)
    write(os.path.join(folder, f"movements-{name_of[published[0]]}_{name_of[published[-1]]}.csv.gz"),
          HEADER + ["first_seen", "last_seen", "gone_by", "items"], [row + (count,) for row, count in sorted(movements.items())])
    write(os.path.join(folder, "libraries.csv"), ["library", "authority", "rows_as_origin", "rows_as_destination"],
          [library + (0, 0) for library in libraries])


if __name__ == "__main__":
    main()
