"""A REST client that an agency can copy: one call a question, refusals as values."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `content` is the JSON; `decision` and `protocol` are those of the headers."""

    status: int
    content: Mapping[str, Any]
    decision: str | None
    protocol: str | None

    @property
    def is_refusal(self) -> bool:
        """Whether this is a problem document instead of an answer."""
        return self.status >= 400  # noqa: PLR2004  where HTTP's errors begin

    @property
    def reason(self) -> str | None:
        """The stable reason of a refusal."""
        return self.content.get("reason") if self.is_refusal else None


class RestClient:
    """Asks the gateway in the name of one unit: by its bearer token, its certificate (`tls`), or both."""

    def __init__(
        self,
        base_url: str,
        token: str | None = None,
        *,
        tls: ssl.SSLContext | None = None,
        timeout_s: float = 30.0,
    ) -> None:
        self._http = httpx.Client(
            base_url=base_url,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            verify=tls or True,
            timeout=timeout_s,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def care_allowance(
        self, insz: str, reference_date: str, *, wants_application: bool = False
    ) -> Answer:
        """GeefZorgtoeslag at a reference date (`yyyy-mm-dd`)."""
        body = {
            "insz": insz,
            "referentiedatum": reference_date,
            "gewensteInformatie": {"statusAanvraag": wants_application, "erkenningen": True},
        }
        return self._post("/v1/gezin/zorgtoeslag/bevraging", body)

    def transactions(self, insz: str, *, fiscal_year: int | None = None) -> Answer:
        """GeefJobbonusPlusVerrichtingen, of one fiscal year or of all."""
        body: dict[str, Any] = {"insz": insz}
        if fiscal_year is not None:
            body["fiscaalJaar"] = fiscal_year
        return self._post("/v1/werk/jobbonusplus-verrichtingen/bevraging", body)

    def register(self, insz: str, begin: str, end: str | None = None) -> Answer:
        """State in the repertory that this unit handles the person's file."""
        body = {"insz": insz, "periode": {"begin": begin, "einde": end}}
        return self._post("/v1/repertorium/inschrijvingen", body)

    def deregister(self, insz: str) -> Answer:
        """Take the registration back."""
        return self._post("/v1/repertorium/uitschrijvingen", {"insz": insz})

    def _post(self, path: str, body: Mapping[str, Any]) -> Answer:
        response = self._http.post(path, json=body)
        return Answer(
            response.status_code,
            response.json(),
            response.headers.get("sim-decision"),
            response.headers.get("sim-protocol"),
        )
