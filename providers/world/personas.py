"""The named people that every demo world holds; documentation, tests and clients rely on them."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from providers.world.people import (
    FamilyRight,
    IntegrationDuty,
    IntegrationStep,
    JobbonusFile,
    Membership,
    Person,
    Recognition,
    Residence,
    Transaction,
)

NOOR, SOFIE, LUKAS, KARIM, ELIF = "12631400209", "80650200434", "15690200187", "90712301137", "88660602073"  # fmt: skip
AMINA, JORIS, ZARA, YUSUF, BRAM = "79621700625", "61673000371", "85641200822", "90612001553", "14660500350"  # fmt: skip
INES, OSCAR, OSCAR_NOW = "04631000654", "75700100590", "75700100788"
BRAM_PARENT = "84691761159"
WILMA = "83670421039"
_BONUS = Decimal("600.00")


def _home(since: date, street: str, number: str, town: tuple[str, str, str]) -> Residence:
    postcode, municipality, nis = town
    return Residence(since=since, street=street, number=number, postcode=postcode,
                     municipality=municipality, nis=nis)  # fmt: skip


ZELE = ("9240", "Zele", "42028")
GENT = ("9000", "Gent", "44021")
LOKEREN = ("9160", "Lokeren", "46014")
LEUVEN = ("3000", "Leuven", "24062")
BRUSSEL = ("1000", "Brussel", "21004")
_LONG_AGO = date(2012, 6, 14)


def _months(year: int, last: int = 12) -> Iterable[str]:
    return (f"{year}-{month:02d}" for month in range(1, last + 1))


def personas() -> tuple[Person, ...]:
    """All of them, with facts on fixed days."""
    return (*_children(), *_paid_elsewhere(), *_self_employed(), *_others(), *_cancelled())


def _children() -> tuple[Person, ...]:
    recognised = Recognition(
        decided=date(2023, 10, 12),
        begin=date(2023, 9, 1),
        end=date(2026, 8, 31),
        pillar1=4,
        pillar2=(1, 1, 1, 0),
        pillar3=(2, 2, 1),
    )
    return (
        Person(
            key="noor", insz=NOOR, name="Voorbeeld", first_name="Noor", born=date(2012, 3, 14),
            residences=(_home(_LONG_AGO, "Kouterlaan", "12", ZELE),), parents=(SOFIE,),
            recognitions=(recognised,), beneficiaries=(SOFIE,),
            care_paid_months=(*_months(2024), *_months(2025), *_months(2026, 8)),
            shows=("zorgtoeslag recognised 2023-09-01 to 2026-08-31, pillars 4, 3, 5",
                   "lives in Zele, paid every month, beneficiary sofie"),
        ),
        Person(
            key="lukas", insz=LUKAS, name="Testers", first_name="Lukas", born=date(2015, 9, 2),
            residences=(_home(date(2015, 9, 2), "Visserij", "4", GENT),),
            shows=("a child that was never recognised: known, no data",),
        ),
    )  # fmt: skip


def _paid_elsewhere() -> tuple[Person, ...]:
    return (
        Person(
            key="bram", insz=BRAM, name="Proefman", first_name="Bram", born=date(2014, 6, 5),
            residences=(_home(date(2014, 6, 5), "Dorpstraat", "7", ZELE),
                        _home(date(2025, 5, 15), "Markt", "21", LOKEREN)),
            recognitions=(Recognition(decided=date(2024, 2, 5), begin=date(2024, 1, 1),
                                      end=date(2027, 12, 31), pillar1=0, pillar2=(2, 1, 1, 0),
                                      pillar3=(1, 1, 0)),),
            care_paid_months=(*_months(2024), *_months(2025), *_months(2026)),
            beneficiaries=(BRAM_PARENT,), parents=(BRAM_PARENT,),
            shows=("a paid child that moves from Zele to Lokeren on 2025-05-15",),
        ),
        Person(
            key="ines", insz=INES, name="Schijnaert", first_name="Ines", born=date(2004, 3, 10),
            residences=(_home(date(2004, 3, 10), "Veldweg", "30", ZELE),),
            recognitions=(Recognition(decided=date(2022, 5, 3), begin=date(2022, 4, 1),
                                      end=date(2025, 3, 31), pillar1=5, pillar2=(2, 2, 2, 1),
                                      pillar3=(3, 2, 2)),),
            care_paid_months=(*_months(2024), *_months(2025, 3)), beneficiaries=(INES,),
            account="BE68539007547034",
            shows=("turns 21 on 2025-03-10",),
        ),
        Person(
            insz=BRAM_PARENT, name="Proefman", first_name="Tess", born=date(1984, 9, 17),
            residences=(_home(date(2014, 6, 5), "Dorpstraat", "7", ZELE),
                        _home(date(2025, 5, 15), "Markt", "21", LOKEREN)),
        ),
    )  # fmt: skip


def _self_employed() -> tuple[Person, ...]:
    return (
        Person(
            key="karim", insz=KARIM, name="Fictief", first_name="Karim", born=date(1990, 11, 23),
            residences=(_home(date(2010, 1, 4), "Diestsestraat", "55", LEUVEN),),
            transactions=(Transaction(fiscal_year=2024, tranche=1, amount=_BONUS,
                                      effective=date(2025, 3, 10)),),
            rights=(FamilyRight(since=date(2020, 2, 1), state="running"),),
            shows=("jobbonus plus, first tranche 600.00 paid on 2025-03-10 for fiscal year 2024",),
        ),
        Person(
            key="elif", insz=ELIF, name="Denkbeeld", first_name="Elif", born=date(1988, 6, 6),
            residences=(_home(date(2011, 9, 1), "Sint-Pietersnieuwstraat", "8", GENT),),
            transactions=(
                Transaction(fiscal_year=2023, tranche=1, amount=_BONUS,
                            effective=date(2024, 5, 6)),
                Transaction(fiscal_year=2023, tranche=1, amount=-_BONUS,
                            effective=date(2025, 3, 10)),
            ),
            rights=(FamilyRight(since=date(2019, 6, 1), state="running"),
                    FamilyRight(since=date(2025, 1, 1), state="suspended")),
            shows=("first tranche 600.00 paid on 2024-05-06, recovered on 2025-03-10",
                   "right to family allowances suspended since 2025-01-01"),
        ),
        Person(
            key="oscar", insz=OSCAR, name="Dubbel", first_name="Oscar", born=date(1975, 10, 1),
            residences=(_home(date(2000, 2, 1), "Stationsplein", "2", LEUVEN),),
            replaced_by=OSCAR_NOW,
            rights=(FamilyRight(since=date(2008, 4, 1), state="running"),
                    FamilyRight(since=date(2024, 11, 1), state="ended")),
            shows=(f"a number that was replaced by {OSCAR_NOW}",
                   "right to family allowances ended on 2024-11-01"),
        ),
        Person(
            insz=OSCAR_NOW, name="Dubbel", first_name="Oscar", born=date(1975, 10, 1),
            residences=(_home(date(2000, 2, 1), "Stationsplein", "2", LEUVEN),),
            transactions=(Transaction(fiscal_year=2023, tranche=1, amount=_BONUS,
                                      effective=date(2024, 9, 16)),),
            rights=(FamilyRight(since=date(2008, 4, 1), state="running"),
                    FamilyRight(since=date(2024, 11, 1), state="ended")),
        ),
    )  # fmt: skip


def _others() -> tuple[Person, ...]:
    return (
        Person(
            key="sofie", insz=SOFIE, name="Voorbeeld", first_name="Sofie", born=date(1980, 5, 2),
            residences=(_home(date(2005, 7, 1), "Coupure", "101", GENT),),
            account="BE71096123456769",
            jobbonus=JobbonusFile(number="JB-2023-104", wage=Decimal("1890.00"),
                                  amount=Decimal("600.00"), sum="voltijds, loon onder 1900 euro",
                                  state="betaald", letter=date(2024, 9, 2)),
            shows=("noor's mother and beneficiary, lives in Gent, account known",
                   "a jobbonus file that is paid and closed"),
        ),
        Person(
            key="amina", insz=AMINA, name="Onbestaand", first_name="Amina", born=date(1979, 2, 17),
            residences=(_home(date(2018, 4, 3), "Tiensevest", "14", LEUVEN),),
            duty=IntegrationDuty(scheme="vlaams", since=date(2018, 4, 3), steps=(
                IntegrationStep(since=date(2022, 3, 1), known=date(2022, 3, 4), fulfilled=True),)),
            memberships=(Membership(since=date(2018, 5, 1), fund="zorgkas-2"),
                         Membership(since=date(2025, 7, 1), fund="zorgkas-3")),
            shows=("under the integration duty, fulfilled on 2022-03-01",
                   "moves from zorgkas-2 to zorgkas-3 on 2025-07-01"),
        ),
        Person(
            key="joris", insz=JORIS, name="Verzonnen", first_name="Joris", born=date(1961, 7, 30),
            residences=(_home(date(1990, 1, 1), "Korenmarkt", "3", GENT),),
            jobbonus=JobbonusFile(number="JB-2024-217", wage=Decimal("2105.40"),
                                  amount=Decimal("437.50"), sum="600,00 min 25 % van 650,00",
                                  state="brief verzonden", letter=date(2025, 1, 15)),
            shows=("running jobbonus file, no account registered",),
        ),
        Person(
            key="zara", insz=ZARA, name="Ingebeeld", first_name="Zara", born=date(1985, 4, 12),
            residences=(_home(date(2019, 8, 20), "Heiveld", "9", LOKEREN),),
            duty=IntegrationDuty(scheme="vlaams", since=date(2019, 8, 20), steps=(
                IntegrationStep(since=date(2020, 9, 1), known=date(2020, 9, 1), fulfilled=False,
                                reason="geen attest van inburgering"),)),
            memberships=(Membership(since=date(2019, 10, 1), fund="zorgkas-1"),),
            shows=("under the integration duty, not fulfilled, member of zorgkas-1",),
        ),
        Person(
            key="yusuf", insz=YUSUF, name="Bedacht", first_name="Yusuf", born=date(1990, 1, 20),
            residences=(_home(date(2020, 1, 15), "Vismet", "6", BRUSSEL),),
            duty=IntegrationDuty(scheme="brussel", since=date(2020, 1, 15)),
            shows=("known only under the Brussels ordinance",),
        ),
    )  # fmt: skip


def _cancelled() -> tuple[Person, ...]:
    """Somebody who had two numbers, of which this one no longer counts."""
    return (
        Person(
            key="wilma", insz=WILMA, name="Nepnaam", first_name="Wilma", born=date(1983, 7, 4),
            residences=(_home(date(2009, 5, 4), "Kaai", "18", GENT),), cancelled_on=date(2016, 9, 1),
            shows=("a number that was cancelled",),
        ),
    )  # fmt: skip
