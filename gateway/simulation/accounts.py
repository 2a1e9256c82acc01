"""From the units' table to callers, drop accounts and subscribers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from types import MappingProxyType

from gateway.contracts.drop import (
    ARCHIVE,
    FTPS,
    HANDLED,
    QUARANTINE,
    DropAccount,
    Factor,
    Folder,
    Verb,
)
from gateway.domain.request import Caller
from gateway.simulation.units import UNITS, Drop, Unit
from sftp_drop.drop_store import DropStore

_SEE = frozenset({Verb.LIST, Verb.READ})
_ARCHIVE = _SEE | {Verb.ARCHIVE}
_UPLOAD = frozenset({Verb.LIST, Verb.UPLOAD})


@cache
def callers() -> Mapping[str, Caller]:
    """Every unit as a caller, by key."""
    parties: dict[str, set[tuple[str, str]]] = {}
    for unit in UNITS:
        parties.setdefault(unit.party, set()).add((unit.uri, unit.hoedanigheid))
    return MappingProxyType(
        {
            unit.key: Caller(
                key=unit.key,
                party=unit.party,
                unit=unit.team or unit.key,
                uri=unit.uri,
                hoedanigheid=unit.hoedanigheid,
                training=unit.training,
                colleagues=frozenset(parties[unit.party]),
                managers=unit.managers,
            )
            for unit in UNITS
        }
    )


def drop_accounts(store: DropStore) -> Mapping[str, DropAccount]:
    """The units with folders, by key, as they come in over SFTP."""
    return {
        unit.key: DropAccount(
            user=unit.key,
            owner=unit.folder,
            root=store.root_of(unit.folder),
            folders=_folders(unit),
            factors=unit.factors,
            is_lasting=store.is_lasting,
        )
        for unit in UNITS
        if unit.drops
    }


def over_ftps(accounts: Mapping[str, DropAccount]) -> Mapping[str, DropAccount]:
    """The same accounts as they come in over FTPS: certificate and password.

    LAW: 003 art. 6 - staff place a ready file with key and one-time code; FTP has no place for one.
    """
    return {
        user: replace(account, factors=(Factor.CERTIFICATE, Factor.PASSWORD), door=FTPS)
        for user, account in accounts.items()
        if Factor.CODE not in account.factors
    }


def subscribers(known: Mapping[str, Caller]) -> Mapping[str, Sequence[Caller]]:
    """Who gets the files of each flow, in the order of the table; of units that share a folder the first."""
    flows: dict[str, dict[str, Caller]] = {}
    for unit in UNITS:
        for side, flow in unit.drops:
            if side is Drop.OUT_OF:
                flows.setdefault(flow, {}).setdefault(unit.folder, known[unit.key])
    return {flow: list(by_folder.values()) for flow, by_folder in flows.items()}


def folders() -> Mapping[str, str]:
    """Whose directory on the drop server each unit uses."""
    return {unit.key: unit.folder for unit in UNITS}


@cache
def _folders(unit: Unit) -> tuple[Folder, ...]:
    folders: list[Folder] = []
    for side, flow in unit.drops:
        if side is Drop.INTO:
            folders += [
                Folder(f"/in/{flow}", _UPLOAD),
                Folder(f"/in/{flow}/{HANDLED}", _SEE),
                Folder(f"/in/{flow}/{QUARANTINE}", _SEE),
                Folder("/ontvangstbewijzen", _SEE),
            ]
        else:
            folders += [Folder(f"/uit/{flow}", _SEE), Folder(ARCHIVE, _ARCHIVE)]
    return tuple(folders)
