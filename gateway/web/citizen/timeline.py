"""A citizen's sightings in the words of a page: names for keys, plain words for codes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.domain.bundle import Bundle
from gateway.domain.citizen_view import INTEGRATOR, Outcome, Sighting
from gateway.domain.field_words import categories
from gateway.domain.legal_day import in_brussels
from gateway.domain.services import PLATFORM
from gateway.web.citizen.words import TEXTS, because
from gateway.web.counter.words import Language, day

_MARKS = {Outcome.GIVEN: "given", Outcome.REFUSED: "refused", Outcome.LOST: "lost"}


@dataclass(frozen=True, slots=True)
class Timeline:
    """Puts sightings in words, with the names that the loaded protocols give."""

    bundle: Bundle
    language: Language

    def told(self, one: Sighting) -> dict[str, Any]:
        """One of them, as the template shows it."""
        at = in_brussels(one.at)
        return {
            "when": f"{day(at.date().isoformat(), self.language)}, {at:%H:%M}",
            "at": at.isoformat(timespec="milliseconds"),
            "who": self.consumer(one),
            "source": self._name(one.source) or self._text("unknown_source"),
            "mark": _MARKS[one.outcome],
            "fields": categories(one.fields, in_english=self.language != "nl"),
            "why": one.purpose.replace("-", " ") if one.purpose else None,
            "how": self._text(one.sort.value),
            "reasons": [because(reason, self.language) for reason in dict.fromkeys(one.reasons)],
            "decision": one.decision,
            "articles": one.articles,
            **self._agreement(one.protocol),
        }

    def consumer(self, one: Sighting) -> str:
        """`AHOVOKS, studietoelagen`: the agency, and which of its units."""
        if one.consumer == INTEGRATOR:
            return self._text("platform")
        name = self._name(one.party) or one.consumer
        unit = one.consumer.removeprefix(f"{one.party}-").replace("-", " ")
        return name if one.consumer == one.party else f"{name}, {unit}"

    def _agreement(self, protocol: str) -> Mapping[str, Any]:
        if protocol == PLATFORM:
            return {"key": None, "agreement": self._text("no_agreement")}
        titles = {document.ref: document.title for document in self.bundle.documents}
        return {"key": protocol.partition("@")[0], "agreement": titles.get(protocol, protocol)}

    def _name(self, party: str | None) -> str | None:
        named = (document.parties.get(party or "") for document in self.bundle.documents)
        return next((one.name for one in named if one is not None), None)

    def _text(self, name: str) -> str:
        return TEXTS[self.language][name]
