"""A protocol as anybody may read it over HTTP: the whole document, Dutch member names, and its prose."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from gateway.adapters.protocol_files.compile import digest, plain
from gateway.adapters.protocol_files.prose import prose
from gateway.adapters.protocol_files.schema import DocumentModel
from gateway.domain.protocol_document import ProtocolDocument

_KEPT = 64
_LEFT_OUT = frozenset({"schema", "id", "name", "version", "examples", "source"})
_NAMES: Mapping[str, str] = {
    "access": "toegang",
    "age_below": "jonger_dan",
    "allowed": "toegelaten",
    "amendment": "wijziging",
    "anonymous": "anoniem",
    "applies": "geldt_voor",
    "article": "artikel",
    "assumed": "aangenomen",
    "at": "waar",
    "at_least": "minstens",
    "authentication": "aanmelding",
    "basis": "grondslag",
    "by": "door",
    "case_required": "dossier_verplicht",
    "category": "categorie",
    "channel": "kanaal",
    "choice": "keuze",
    "constant": "vaste_waarde",
    "consumers": "ontvangers",
    "date": "datum",
    "derived": "afgeleid",
    "disclosure": "inzage_betrokkene",
    "dpia": "dpia",
    "dpo_advice": "dpo_adviezen",
    "drop_term": "termijn_in_map",
    "duration": "duur",
    "duties_separated": "functiescheiding",
    "ends_when": "eindigt_als",
    "enduser": "gebruiker",
    "enforced_by": "afgedwongen_door",
    "equals": "gelijk_aan",
    "evidence": "bewijs",
    "fact": "feit",
    "field": "veld",
    "fields": "gegevens",
    "fields_article": "artikel_gegevens",
    "findings": "bevindingen",
    "flows": "stromen",
    "from": "ijkpunt",
    "gate": "voorwaarde_vooraf",
    "ground": "rechtsgrond",
    "group": "groep",
    "id": "id",
    "if_stated": "indien_vermeld",
    "in_force": "van_kracht",
    "incidents": "incidenten",
    "information": "informatieplicht",
    "instrument": "instrument",
    "kind": "soort",
    "law_changes": "wetswijzigingen",
    "legal_frame": "rechtskader",
    "lifecycle": "begin_en_einde",
    "max": "hoogstens",
    "measures": "maatregelen",
    "mode": "wijze",
    "months": "maanden",
    "months_at_least": "maanden_minstens",
    "municipality": "gemeente",
    "must_hold": "moet_gelden",
    "name": "naam",
    "note": "nota",
    "notice": "opzegtermijn",
    "once_per": "eenmaal_per",
    "only_if": "enkel_als",
    "onward": "doorgifte",
    "open_from": "opent",
    "outcome": "uitkomst",
    "parties": "partijen",
    "party": "partij",
    "per": "per",
    "period": "termijn",
    "periodicity": "periodiciteit",
    "processor_register": "verwerkersoverzicht",
    "processors": "verwerkers",
    "provider_within": "antwoord_binnen",
    "publication": "bekendmaking",
    "purposes": "doelen",
    "quality": "kwaliteit",
    "quota": "quotum",
    "reference_date": "peildag",
    "refs": "bronnen",
    "ref": "verwijzing",
    "refuses_unlisted": "weigert_meer",
    "related": "steunt_op",
    "replaces_prior": "vervangt",
    "report": "melding",
    "report_via": "melding_langs",
    "required": "vereist",
    "requires": "feiten",
    "retention": "bewaring",
    "review": "herziening",
    "role": "rol",
    "route": "weg",
    "rule": "regel",
    "sanctions": "sancties",
    "scope": "bereik",
    "selection": "selectie",
    "service": "dienst",
    "session": "inzage",
    "signed_on": "ondertekend_op",
    "source": "bron",
    "subject": "betrokkene",
    "supersedes": "vervangt_versie",
    "suspension": "schorsing",
    "tasks": "taken",
    "termination": "opzegging",
    "title": "titel",
    "to": "aan",
    "training": "opleiding",
    "transport": "transport",
    "turn": "omkeren",
    "units": "eenheden",
    "values": "waarden",
    "via": "langs",
    "when": "wanneer",
    "windows": "vensters",
    "within": "binnen",
}
"""The document's keys in the language of the wire; a key that is not here keeps its name."""


class ProtocolTexts:
    """The whole documents behind what the decision works with, each read from its file when wanted."""

    def __init__(self, text: Callable[[str], DocumentModel]) -> None:
        self._read = lru_cache(_KEPT)(lambda wanted: public_content(text(wanted)))

    def content(self, document: ProtocolDocument) -> Mapping[str, Any]:
        """All of this version that anybody may read; its digest alone while the file says something else."""
        try:
            return self._read(document.digest)
        except LookupError:
            return {"vingerafdruk": document.digest}


def public_content(document: DocumentModel) -> dict[str, Any]:
    """The document's clauses, and the same as prose: `tekst`, a list of headings with sentences."""
    content = {key: value for key, value in plain(document).items() if key not in _LEFT_OUT}
    told = [{"kop": part.heading, "zinnen": list(part.sentences)} for part in prose(document)]
    return {"vingerafdruk": digest(document)} | _translated(content) | {"tekst": told}


def _translated(node: dict[str, Any]) -> dict[str, Any]:
    """The same with Dutch keys; what stands under `turn` are paths, not names."""
    return {
        _NAMES.get(key, key): value if key == "turn" else _inside(value)
        for key, value in node.items()
    }


def _inside(value: Any) -> Any:
    if isinstance(value, dict):
        return _translated(value)
    return [_inside(item) for item in value] if isinstance(value, list) else value
