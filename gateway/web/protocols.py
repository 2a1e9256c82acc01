"""`/v1/protocollen`: every protocol that is loaded, how it stands, and the whole of one; open to anybody."""

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter, Response

from gateway.contracts.faults import refuse
from gateway.contracts.reasons import Reason
from gateway.domain.protocol_document import ProtocolDocument
from gateway.domain.standing import (
    Standing,
    standing_version,
    standing_versions,
    standings,
)
from gateway.flows.protocol_reload import LawLibrary
from gateway.ports import Clock
from gateway.web.protocol_rows import day_of, protocol_row

LAST_GOOD = "last-good"
"""What is told of the law while its files do not hold."""

Content = Callable[[ProtocolDocument], Mapping[str, Any]]
"""All that anybody may read of a version."""


def protocols_router(library: LawLibrary, clock: Clock, content: Content) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["protocols"])

    @router.get("/v1/protocollen")
    async def protocols(response: Response) -> list[dict[str, Any]]:
        """Every protocol in the version that stands now, with its state.

        The header `Sim-Law: last-good` says that the files changed since, and do not hold.
        """
        response.headers["Sim-Law"] = LAST_GOOD if library.slips() else "current"
        now, bundle = clock.now(), library.bundle()
        return [protocol_row(bundle, one, now) for one in standing_versions(bundle, now)]

    @router.get("/v1/protocollen/{key}")
    def protocol(key: str) -> dict[str, Any]:
        """One protocol whole: clauses, prose, findings, and how it stands for each party and flow.

        It may read a file, so it runs beside the loop. While that file says something else than the
        law in force (`Sim-Law: last-good`), the clauses and the prose are left out.
        """
        now, bundle = clock.now(), library.bundle()
        document = standing_version(bundle, key, now)
        if document is None:
            raise refuse(
                Reason.SERVICE_UNKNOWN,
                "there is no protocol with this id",
                remedy="GET /v1/protocollen lists them",
            )
        each = [_standing(one) for one in standings(bundle, document, now)]
        return protocol_row(bundle, document, now) | dict(content(document)) | {"standen": each}

    return router


def _standing(one: Standing) -> dict[str, Any]:
    return {
        "partij": one.party,
        "stroom": one.flow,
        "stand": one.state.status.value,
        "artikel": one.state.article,
        "van": day_of(one.since),
        "tot": day_of(one.end.at) if one.end else None,
        "tot_artikel": one.end.article if one.end else None,
    }
