"""Opgroeien's source of recognised care needs, asked by GeefZorgtoeslag."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from providers.sources.envelope import found, nobody, nothing, resolve
from providers.world import Recognition, World

_MOST = 10
"""As many as an answer can hold; of more, the last ones."""
_NAMES = {"nl": "Groeipakket", "fr": "Groeipakket (allocations familiales flamandes)",
          "de": "Groeipakket (Flämische Familienleistungen)", "en": "Growth Package"}  # fmt: skip


def answer(world: World, query: Mapping[str, Any], today: date) -> bytes:
    """Recognitions that touch the days `begin` to `end` of the query, as known today."""
    person, replaced_by = resolve(world, query["insz"], today)
    if person is None:
        return nobody(world, query["insz"], today)
    first, last = date.fromisoformat(query["begin"]), date.fromisoformat(query["end"])
    known = [one for one in person.recognitions if one.decided <= today]
    touching = [one for one in known if one.begin <= last and (one.end or last) >= first]
    if not touching:
        return nothing()
    legislation = _legislation(query.get("language", "nl"))
    return found(_record(person.insz, touching[-_MOST:], today, legislation), replaced_by)


def _legislation(language: str) -> dict[str, Any]:
    """The law that recognises care needs, called as in the language asked, or else in Dutch."""
    spoken = language if language in _NAMES else "nl"
    return {"code": 2, "omschrijving": {"tekst": _NAMES[spoken], "taal": spoken}}


def _record(
    insz: str, recognitions: Iterable[Recognition], today: date, legislation: dict[str, Any]
) -> dict[str, Any]:
    listed = list(recognitions)
    running = any(one.end is None or one.end >= today for one in listed)
    return {
        "insz": insz,
        "statusAanvraag": {
            "wetgeving": legislation,
            "datumAanvraag": listed[0].begin.isoformat(),
            "erkenningLopende": running,
            "datumDossierVolledig": listed[0].decided.isoformat(),
            "inBeroep": False,
        },
        "erkenningen": [_recognition(one, legislation) for one in listed],
    }


def _recognition(one: Recognition, legislation: dict[str, Any]) -> dict[str, Any]:
    return {
        "pijler1": one.pillar1,
        "pijler2": sum(one.pillar2),
        "pijler3": sum(one.pillar3),
        "subpijlers2": {str(n): points for n, points in enumerate(one.pillar2, 1)},
        "subpijlers3": {str(n): points for n, points in enumerate(one.pillar3, 1)},
        "totaal": one.total,
        "periode": {
            "begin": one.begin.isoformat(),
            "einde": one.end.isoformat() if one.end else None,
        },
        "datumBeslissing": one.decided.isoformat(),
        "wetgeving": legislation,
        "statusBeslissing": "Definitief",
    }
