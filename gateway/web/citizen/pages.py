"""Renders the citizen's pages: escaped, without script, and never to be kept by anybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from gateway.contracts.faults import Refusal
from gateway.contracts.reasons import WIRE, Reason
from gateway.domain.services import PLATFORM
from gateway.web.citizen.words import TEXTS
from gateway.web.counter.jar import kept
from gateway.web.counter.pages import STYLE
from gateway.web.counter.words import LANGUAGES, Language, spoken
from gateway.web.frame.pages import HEADERS, HTML, templates
from gateway.web.receiving import headers_of

ROOT = "/mijn"
TOKEN, LANGUAGE = "mijn-bewijs", "mijn-taal"
_RETRY_S = "2"
_PAGES = templates("gateway.web.citizen")
_WRONG = {
    Reason.MESSAGE_INVALID: "form",
    Reason.SENDER_MISMATCH: "not_yours",
    Reason.LOG_UNAVAILABLE: "not_now",
    Reason.CREDENTIAL_INVALID: "nobody",
}


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of one visitor, who showed this token."""

    language: Language
    prefix: str
    is_secure: bool
    token: str

    @property
    def texts(self) -> Mapping[str, str]:
        """What the pages say."""
        return TEXTS[self.language]

    def show(
        self,
        name: str,
        values: Mapping[str, Any],
        refusal: Refusal | None = None,
        decision: str | None = None,
    ) -> Response:
        """A page, with what went wrong at its top."""
        text = _PAGES.get_template(f"{name}.html").render(
            t=self.texts,
            language=self.language,
            other=next(one for one in LANGUAGES if one != self.language),
            prefix=self.prefix,
            root=self.prefix + ROOT,
            style=self.prefix + STYLE,
            error=self._error(refusal),
            decision=decision,
            **values,
        )
        status = WIRE[refusal.reason].status if refusal else 200
        return self._headed(Response(text, status, media_type=HTML), refusal, decision)

    def go(self, *cookies: tuple[str, str]) -> Response:
        """Back to the beginning, with these cookies; one without a value is taken away."""
        response = self._headed(Response(None, 303, {"Location": self.prefix + ROOT}), None, None)
        for name, value in cookies:
            response.set_cookie(
                name, value, max_age=None if value else 0, path=self.prefix + ROOT,
                secure=self.is_secure, httponly=True, samesite="strict",
            )  # fmt: skip
        return response

    def _error(self, refusal: Refusal | None) -> Mapping[str, str] | None:
        if refusal is None:
            return None
        name = _WRONG.get(refusal.reason, "form")
        return {"title": self.texts[name], "advice": self.texts[f"{name}_advice"]}

    def _headed(
        self, response: Response, refusal: Refusal | None, decision: str | None
    ) -> Response:
        response.headers.update(dict(HEADERS) | {"Sim-Protocol": PLATFORM})
        if decision is not None:
            response.headers["Sim-Decision"] = decision
        if refusal is not None and refusal.reason is Reason.LOG_UNAVAILABLE:
            response.headers["Retry-After"] = _RETRY_S
        return response


def pages_of(request: Request) -> Pages:
    """The pages of whoever asks."""
    jar = kept(headers_of(request.scope))
    return Pages(
        spoken(jar.get(LANGUAGE)),
        request.scope.get("root_path", ""),
        request.scope.get("scheme") == "https",
        jar.get(TOKEN, ""),
    )
