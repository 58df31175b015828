# SPDX-License-Identifier: Apache-2.0
"""Checks the hub's bounds while libraries are silent: against what was published, and against a count made thing by thing.

A thing may be in a cell (day, material, origin, destination) of the transit view when it is known to be there, or when it may have got there
unseen: a silent library holds it, or it is on the road from or to one, and the cell's origin is silent.
"""
import collections
import json


class Bounds:
    def __init__(self, replay):
        self.replay = replay
        self.outside = 0
        self.differ = 0
        self.width_without_silence = 0
        self.widths = 0
        self.cells = 0

    def hold(self):
        return self.outside == 0 and self.differ == 0 and self.width_without_silence == 0

    def mean_width(self):
        return round(self.widths / self.cells, 2) if self.cells else 0

    def ask(self, day):
        answer = json.loads(self.replay.hub.ask("transit", "--at", f"{day}T09:00:00Z", "--json"))
        rows = {(row["day"], row["material"], row["from"], row["to"]): (row["low"], row["count"], row["high"]) for row in answer["rows"]}
        return rows, {row["place"] for row in answer["silent"]}, {row["material"]: row["count"] for row in answer["possible"]}

    def where(self):
        """What the hub was told of each thing: (material, place, None) or (material, (day, origin), destination)."""
        things = {}
        received = {}
        for library in self.replay.libraries:
            for _, kind, barcode, material, other, departed in self.replay.pending[library.code][:library.synced]:
                if kind == "register":
                    things.setdefault(barcode, (material, library.code, None))
                elif kind == "dispatch":
                    things[barcode] = (material, (departed, library.code), other)
                else:
                    received[barcode] = (material, library.code, None)
        things.update(received)
        return things

    def check(self, day, silent):
        rows, said, _ = self.ask(day)
        if said != silent:
            self.replay.say(f"{day}: silent at the hub {sorted(said)}, in truth {sorted(silent)}")
            self.differ += 1
        known = collections.Counter()
        low = collections.Counter()
        movable = collections.Counter()
        for material, origin, destination in self.where().values():
            place = origin if destination is None else origin[1]
            may_move = place in silent or destination in silent
            if may_move:
                movable[material] += 1
            if destination is not None:
                cell = (origin[0], material, place, destination)
                known[cell] += 1
                low[cell] += not may_move
        published, _ = self.replay.data.snapshot(day)
        mistakes = []
        for cell in set(rows) | set(known) | set(published):
            high = low[cell] + movable[cell[1]] if cell[2] in silent else known[cell]
            expected = (low[cell], known[cell], high)
            if cell in rows and rows[cell] != expected or cell not in rows and known[cell]:
                self.differ += 1
                mistakes.append(f"{cell}: hub {rows.get(cell)}, counted {expected}")
            if not low[cell] <= published[cell] <= high:
                self.outside += 1
                mistakes.append(f"{cell}: published {published[cell]}, bounds {expected}")
            if silent:
                self.widths += high - low[cell]
                self.cells += 1
        if not silent:
            self.width_without_silence += sum(high - low for low, _, high in rows.values())
        for mistake in mistakes[:5]:
            self.replay.say("  " + mistake)
        self.replay.say(f"{day}: {len(silent)} silent, {len(rows)} figures, {len(mistakes)} wrong bounds")

    def check_without_silence(self, day):
        """Asked once everybody has spoken since: nobody was silent then, as is known now."""
        rows, said, _ = self.ask(day)
        self.width_without_silence += len(said) + sum(high - low for low, _, high in rows.values())
