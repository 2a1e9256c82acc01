"""What a bundle says of itself to a judge, in Dutch and in English. It names nobody."""

from collections.abc import Mapping

_NL = """BEWIJSBUNDEL

Protocol {protocol}, van {first} tot {last} (eindtijdstip niet inbegrepen).
Logboek {origin}: {size} regels op het ogenblik van deze bundel, waarvan {count} hier.

WAT ER IN ZIT
  contents          inhoudstafel met de vingerafdruk (SHA-256) van elk bestand, ondertekend door het logboek
  checkpoint        omvang en vingerafdruk van het hele logboek, ondertekend door het logboek
  entries.ndjson    de regels van het logboek zelf, elk met het bewijs dat zij er op die plaats in staat
  overzicht.csv     dezelfde regels als tabel: wie vroeg of kreeg wat, wanneer, volgens welk artikel
  maatregelen.csv   de maatregelen van het protocol: afgedwongen, aangetoond (met beslissing) of niet aangetoond
  text/             de tekst van het protocol zoals hij gold; de regels noemen zijn vingerafdruk (doc)

WAT HET BEWIJST
  Elke regel stond in het logboek op de plaats die zij noemt, en is sindsdien niet veranderd. Ook weigeringen staan erin.
  {scope_nl}
  Map old/ (als ze er is): controlepunten van vroeger, met het bewijs dat het logboek sindsdien alleen groeide.
  Er staan geen persoonsgegevens in: geen rijksregisternummer, naam, dossier of inhoud van een antwoord. Een regel legt die wel vast
  (priv, subjects), zonder ze te tonen. Een ervan kan apart worden getoond aan wie ze mag zien, zonder de andere (magda-sim evidence open).

HOE U HET CONTROLEERT, zonder de gateway en zonder netwerk
  1. Vraag de publieke sleutel van het logboek aan iemand die u vertrouwt. Neem hem niet uit deze bundel.
  2. Neem het bestand log_verifier.py. Het heeft Python 3.11 nodig en het pakket cryptography.
  3. python log_verifier.py --key SLEUTEL bundle DEZE-BUNDEL.zip
  "holds" betekent ja. Anders staat er waar het niet klopt.
"""

_EN = """EVIDENCE BUNDLE

Protocol {protocol}, from {first} to {last} (end not included).
Log {origin}: {size} entries when this bundle was made, {count} of them here.

WHAT IS IN IT
  contents          table of contents with the digest (SHA-256) of every file, signed by the log
  checkpoint        size and digest of the whole log, signed by the log
  entries.ndjson    the entries themselves, each with the proof that it stands in the log at that place
  overzicht.csv     the same entries as a table: who asked or got what, when, under which article
  maatregelen.csv   the measures of the protocol: enforced, shown (with the decision) or not shown
  text/             the text of the protocol as it was in force; entries name its digest (doc)

WHAT IT PROVES
  Every entry stood in the log at the place that it names, and was not changed since. Refusals are entries too.
  {scope_en}
  Folder old/ (if there is one): checkpoints from before, with the proof that the log only grew since.
  There is nothing about a person in it: no number, name, case or content of an answer. An entry commits to those (priv, subjects) without
  showing them. One of them can be shown to whoever may see it, without the others (magda-sim evidence open).

HOW TO CHECK IT, without the gateway and without a network
  1. Get the log's public key from somebody you trust. Do not take it from this bundle.
  2. Get the file log_verifier.py. It needs Python 3.11 and the package cryptography.
  3. python log_verifier.py --key KEY bundle THIS-BUNDLE.zip
  "holds" means yes. Otherwise it says where it does not.
"""
_SCOPE = {
    True: {
        "scope_nl": "Elke regel van de periode is hier, ook van andere protocollen: er kan er geen zijn weggelaten.",
        "scope_en": "Every entry of the period is here, of other protocols too: none can have been left out.",
    },
    False: {
        "scope_nl": "Dit is een keuze van regels. Dat er geen ontbreken toont een bundel met --whole, of het logboek zelf.",
        "scope_en": "This is a selection. That none is missing is shown by a bundle made with --whole, or by the log itself.",
    },
}


def told_to_readers(facts: Mapping[str, str | int], *, whole: bool) -> Mapping[str, str]:
    """The two texts, by the name of their file."""
    words = {**facts, **_SCOPE[whole]}
    return {"LEESMIJ.txt": _NL.format(**words), "README.txt": _EN.format(**words)}
