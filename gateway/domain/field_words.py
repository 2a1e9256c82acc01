"""What the fields of the services are called when a citizen is told about them."""

from collections.abc import Iterable, Mapping, Sequence

Words = tuple[str, str]
"""In Dutch and in English."""
_OF_A_PERSON: Mapping[str, Words] = {
    "insz": ("rijksregisternummer", "national number"),
    "naam": ("naam", "name"),
    "voornaam": ("voornaam", "first name"),
    "adres": ("adres", "address"),
    "rekeningnummer": ("rekeningnummer", "account number"),
}
_WORDS: Mapping[str, Words] = {
    **_OF_A_PERSON,
    **{f"persoon.{name}": words for name, words in _OF_A_PERSON.items()},
    **{f"kind.{n}": (f"{nl} van het kind", f"{en} of the child") for n, (nl, en) in _OF_A_PERSON.items()},
    **{
        f"begunstigde.{n}": (f"{nl} van de begunstigde", f"{en} of the beneficiary")
        for n, (nl, en) in _OF_A_PERSON.items()
    },
    "statusAanvraag": ("stand van de aanvraag", "state of the application"),
    "pijler1": ("punten van pijler 1", "points of pillar 1"),
    "pijler2": ("punten van pijler 2", "points of pillar 2"),
    "pijler3": ("punten van pijler 3", "points of pillar 3"),
    "subpijlers2": ("punten binnen pijler 2", "points within pillar 2"),
    "subpijlers3": ("punten binnen pijler 3", "points within pillar 3"),
    "totaal": ("totaal van de punten", "total of the points"),
    "periode.begin": ("begin van de erkenning", "begin of the recognition"),
    "periode.einde": ("einde van de erkenning", "end of the recognition"),
    "datumBeslissing": ("datum van de beslissing", "date of the decision"),
    "wetgeving": ("wetgeving", "legislation"),
    "statusBeslissing": ("stand van de beslissing", "state of the decision"),
    "maatregel": ("maatregel", "measure"),
    "fiscaalJaar": ("fiscaal jaar", "fiscal year"),
    "bedragtype": ("schijf van het bedrag", "tranche of the amount"),
    "verrichtingbedrag": ("bedrag van de verrichting", "amount of the transaction"),
    "effectieveVerrichtingsdatum": ("datum van de verrichting", "date of the transaction"),
    "openingsdatum": ("openingsdatum van het dossier", "opening date of the file"),
    "advies": ("advies (OK of niet)", "advice (OK or not)"),
    "reden": ("reden van het advies", "reason of the advice"),
    "loon": ("loon", "wage"),
    "bedrag": ("bedrag", "amount"),
    "berekening": ("berekening", "calculation"),
    "status": ("stand van het dossier", "state of the file"),
    "brief": ("brief", "letter"),
    "aantal": ("aantal", "count"),
}  # fmt: skip


def categories(fields: Iterable[str], *, in_english: bool = False) -> Sequence[str]:
    """The fields in plain words, each once; a field that nobody described keeps its name."""
    found = (_WORDS.get(name, (name, name))[in_english] for name in fields)
    return list(dict.fromkeys(found))
