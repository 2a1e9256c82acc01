"""Where somebody lives, as sources write it."""

from datetime import date

from providers.world import Person, in_force


def address(person: Person, today: date) -> dict[str, str | None]:
    """The address on a day; before the first one is known, that one."""
    home = in_force(person.residences, today) or person.residences[0]
    return {
        "straat": home.street,
        "huisnummer": home.number,
        "busnummer": None,
        "postcode": home.postcode,
        "gemeente": home.municipality,
        "land": "BE",
    }
