# SPDX-License-Identifier: Apache-2.0
"""Reads a folder of real movements (libraries.csv, movements-FROM_TO.csv.gz, snapshots/DAY.csv.gz) and makes a plan of it.

A thing enters the published list on first_seen and leaves it on gone_by: it is dispatched at 08:00 of the one and received at 08:00 of the
other. It has no identifier of its own: it is given a barcode.
"""
import collections
import csv
import datetime
import glob
import gzip
import os
import re
import zlib

MATERIAL_BYTES = 48  # LIMIT_MATERIAL

Row = collections.namedtuple("Row", "departed material origin destination first_seen gone_by")


def day_ms(day, hour):
    """Unix milliseconds of a full hour (UTC) of an ISO day."""
    moment = datetime.datetime.fromisoformat(day).replace(hour=hour, tzinfo=datetime.timezone.utc)
    return int(moment.timestamp() * 1000)


def material_of(name):
    """What an event may carry of an item type: a longer one is cut, and a number keeps two of them apart."""
    if len(name.encode()) <= MATERIAL_BYTES:
        return name
    return name.encode()[:MATERIAL_BYTES - 9].decode(errors="ignore") + f" {zlib.crc32(name.encode()):08x}"


class Movements:
    def __init__(self, folder):
        self.folder = folder
        files = sorted(glob.glob(os.path.join(folder, "movements-*.csv.gz")))
        if not files:
            raise SystemExit(f"{folder}: no movements-FROM_TO.csv.gz here")
        span = re.search(r"movements-(\d{4}-\d\d-\d\d)_(\d{4}-\d\d-\d\d)", os.path.basename(files[0]))
        if not span:
            raise SystemExit(f"{files[0]}: the name does not say the span (movements-FROM_TO.csv.gz)")
        self.first_day, self.last_day = span.groups()
        self.rows = []
        for name in files:
            self._read(name)
        self.codes = self._make_codes()
        self.snapshots = {os.path.basename(name)[:10]: name for name in glob.glob(os.path.join(folder, "snapshots", "*.csv.gz"))}

    def _read(self, name):
        with gzip.open(name, "rt", encoding="utf-8", newline="") as stream:
            for record in csv.DictReader(stream):
                row = Row(record["date_transited"], material_of(record["item_type"]), (record["from_library"], record["from_authority"]),
                          (record["to_library"], record["to_authority"]), record["first_seen"], record["gone_by"])
                self.rows.extend([row] * int(record["items"]))

    def _make_codes(self):
        libraries = set()
        with open(os.path.join(self.folder, "libraries.csv"), encoding="utf-8", newline="") as stream:
            for record in csv.DictReader(stream):
                libraries.add((record["library"], record["authority"]))
        for row in self.rows:
            libraries.update((row.origin, row.destination))
        return {library: f"LIB-{number:03d}" for number, library in enumerate(sorted(libraries), 1)}

    def published_days(self, limit=None):
        """Days to compare: published, and inside the span of the movements."""
        days = sorted(day for day in self.snapshots if self.first_day <= day <= self.last_day)
        return days[:limit] if limit else days

    def skipped_days(self, compared):
        """Days of the span that nothing was published on, and published days outside the span or the limit."""
        day = datetime.date.fromisoformat(self.first_day)
        last = datetime.date.fromisoformat(self.last_day)
        span = set()
        while day <= last:
            span.add(day.isoformat())
            day += datetime.timedelta(days=1)
        return sorted((span | set(self.snapshots)) - set(compared))

    def snapshot(self, day):
        """What was published that day: (departed, material, from code, to code) -> number of things, and the number of rows."""
        cells = collections.Counter()
        rows = 0
        with gzip.open(self.snapshots[day], "rt", encoding="utf-8", newline="") as stream:
            for record in csv.DictReader(stream):
                rows += 1
                origin = self.codes.get((record["from_library"], record["from_authority"]), "?")
                destination = self.codes.get((record["to_library"], record["to_authority"]), "?")
                cells[record["date_transited"], material_of(record["item_type"]), origin, destination] += 1
        return cells, rows

    def plans(self, last_day):
        """For each library, its events in the order of their time: (ms, kind, barcode, material, other place, departed).

        kind: 'register' (the thing is here), 'dispatch' (to the other place), 'receive'.
        """
        plans = {code: [] for code in self.codes.values()}
        start = day_ms((datetime.date.fromisoformat(self.first_day) - datetime.timedelta(days=1)).isoformat(), 12)
        for number, row in enumerate(self.rows, 1):
            if row.first_seen > last_day:
                continue
            barcode = f"{number:014d}"
            origin, destination = self.codes[row.origin], self.codes[row.destination]
            plans[origin].append((start, 0, "register", barcode, row.material, "", ""))
            plans[origin].append((day_ms(row.first_seen, 8), 2, "dispatch", barcode, row.material, destination, row.departed))
            if row.gone_by and row.gone_by <= last_day:
                plans[destination].append((day_ms(row.gone_by, 8), 1, "receive", barcode, row.material, origin, ""))
        for code, lines in plans.items():
            lines.sort()
            plans[code] = [(ms, kind, barcode, material, other, departed) for ms, _, kind, barcode, material, other, departed in lines]
        return plans
