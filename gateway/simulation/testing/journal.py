"""What a test asks of the journal, and how a disappointed one is told: the nearest item, and what differed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.simulation.testing.served import Ready, call

Item = Mapping[str, Any]
_MOST = 10_000
_SHOWN = ("kind", "credential", "flow", "outcome", "reason", "file")
_PERSON = "person"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The words that an item must have; `person` is a persona's key or a number, `insz` their number."""

    words: Mapping[str, str]
    person: str | None = None
    insz: str | None = None

    @property
    def terms(self) -> Sequence[tuple[str, Mapping[str, str]]]:
        """Each condition by itself, as a search for it alone."""
        alone = [(name, {name: value}) for name, value in self.words.items()]
        return alone if self.insz is None else [*alone, (_PERSON, {"insz": self.insz})]

    @property
    def search(self) -> dict[str, str]:
        """All conditions in one search."""
        return dict(self.words) if self.insz is None else {**self.words, "insz": self.insz}

    def __str__(self) -> str:
        told = ", ".join(f"{name} {value}" for name, value in self.words.items())
        about = f" about {self.person}" if self.person else ""
        return f"{told}{about}"


@dataclass(frozen=True, slots=True)
class Journal:
    """The journal of a space, over its control API."""

    ready: Ready = field(repr=False)

    def items(self, **filters: Any) -> Sequence[Item]:
        """The items that fit, oldest first: by the words of an item, `insz`, `persona`, `since`, `until`."""
        given = {name: value for name, value in filters.items() if value is not None}
        found: Sequence[Item] = self._search({"limit": _MOST, **given})["items"]
        return found

    def item(self, n: int) -> Item:
        """One item, with everything that the journal holds of it."""
        found: Item = call(self.ready, "GET", f"/journal/items/{n}")
        return found

    def never(self, insz: str, to: str) -> Mapping[str, Any]:
        """Whether something about a person ever went to a credential, unit or party."""
        found: Mapping[str, Any] = call(
            self.ready, "POST", "/journal/never", {"insz": insz, "to": to}
        )
        return found

    def near_miss(self, n: int) -> Sequence[str]:
        """What one change would have let a refusal pass."""
        found = call(self.ready, "GET", f"/journal/items/{n}/near-miss")
        return [str(one["how"]) for one in found["near"]]

    def found(self, wanted: Wanted) -> Sequence[Item]:
        """The items that have all that is wanted."""
        return self.items(**wanted.search)

    def nearest(self, wanted: Wanted) -> tuple[Item, Sequence[str]] | None:
        """The newest of the items that have most of what is wanted, and the names of what it has not."""
        having = [(name, self._numbers(search)) for name, search in wanted.terms]
        every = self.items()
        if not every:
            return None
        best = max(
            every, key=lambda item: (sum(item["n"] in have for _, have in having), item["n"])
        )
        return best, [name for name, have in having if best["n"] not in have]

    def told(self, last: int = 30) -> str:
        """The newest items, a line each."""
        found = self._search({"last": last})
        dropped = [f"{found['dropped']} older items were dropped"] if found["dropped"] else []
        return "\n".join([*dropped, *map(line, found["items"])]) or "nothing happened"

    def _numbers(self, search: Mapping[str, str]) -> frozenset[int]:
        return frozenset(item["n"] for item in self.items(**search))

    def _search(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        found: Mapping[str, Any] = call(self.ready, "POST", "/journal/search", dict(body))
        return found


def line(item: Item) -> str:
    """An item on a line: number, instant, what, who, where, how it ended, and the decision."""
    words = (str(item[name]) for name in _SHOWN[:-1] if item.get(name))
    return f"n {item['n']}  {item['at']}  {'  '.join(words)}  {item['decision']}"


def disappointed(journal: Journal, wanted: Wanted, times: int | None, found: Sequence[Item]) -> str:
    """The text of a failing assertion: what there was too much of, else what came nearest."""
    how_often = "at least 1 item" if times is None else f"{times} item(s)"
    lines = [f"expected {how_often} with {wanted}; found {len(found)}"]
    if found:
        return "\n".join([*lines, *(f"found:    {line(one)}" for one in found)])
    near = journal.nearest(wanted)
    if near is None:
        return "\n".join([*lines, "nothing at all happened in this space"])
    item = journal.item(near[0]["n"])
    told = (*_differences(item, wanted, near[1]), *_near_miss(journal, item))
    return "\n".join([*lines, f"nearest:  {line(item)}", *told])


def _differences(item: Item, wanted: Wanted, missing: Iterable[str]) -> Iterable[str]:
    for name in missing:
        if name == _PERSON:
            yield f"differs:  it is not about {wanted.person}"
        else:
            yield f"differs:  {name} is {item.get(name) or 'nothing'}, not {wanted.words[name]}"


def _near_miss(journal: Journal, item: Item) -> Iterable[str]:
    """LAW: a refusal tells its way out; so does an assertion about one."""
    if item["kind"] == "decision" and item["outcome"] == "refusal":
        for how in journal.near_miss(item["n"]):
            yield f"would have passed:  {how}"
