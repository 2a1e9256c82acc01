"""Renders the counter's pages: escaped, without script, and never to be kept by anybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from gateway.contracts.reasons import Reason
from gateway.domain.request import Reply
from gateway.web.counter.jar import TURN, Headers, Jar
from gateway.web.counter.words import LANGUAGES, TEXTS, Language, day, money, told
from gateway.web.frame.pages import HEADERS, HTML, templates

ROOT = "/loket/jobbonus-dossier"
STYLE = "/loket/loket.css"
OVER = "?inzage=voorbij"
"""Where the page of a file goes when its time is over."""
HOLE = "\x00"
"""Where the decision's number goes."""
_PAGES = templates("gateway.web.counter")


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of one visitor, in a language. `turn` is what the last page left in the visitor's jar.

    NOTE(browser): Chromium keeps a page that it left in memory, also one that says `no-store`, to show it
    again when somebody goes back; a change of a cookie that scripts cannot read makes it forget it. So
    every page takes turns.
    """

    language: Language
    jar: Jar
    turn: str = ""

    @property
    def headers(self) -> Headers:
        """What every page says of itself."""
        return (*HEADERS, *self.jar.put({TURN: "1" if self.turn == "0" else "0"}))

    def reply(
        self, name: str, values: Mapping[str, Any], *, status: int = 200, here: str = ""
    ) -> Reply:
        """A page. `here` is where it is read again, under the counter's root."""
        text = _PAGES.get_template(f"{name}.html").render(
            t=TEXTS[self.language],
            language=self.language,
            other=next(one for one in LANGUAGES if one != self.language),
            root=self.jar.prefix + ROOT,
            style=self.jar.prefix + STYLE,
            here=here,
            money=lambda text: money(text, self.language),
            day=lambda text: day(text, self.language),
            **{"error": None, "signed_in": True, "decision": None, "refresh": None, **values},
        )
        return Reply(status, HTML, tuple(part.encode() for part in text.split(HOLE)), self.headers)

    def place(self, path: str) -> str:
        """A path under the counter's root, as a browser asks for it."""
        return self.jar.prefix + ROOT + quote(path)

    def redirect(self, path: str, headers: Headers = ()) -> Reply:
        """On to another page, to be read with GET."""
        place = ("Location", self.place(path))
        return Reply(303, HTML, (b"",), (*self.headers, place, *headers))

    def text(self, name: str) -> str:
        """One of the counter's own texts."""
        return TEXTS[self.language][name]

    def error(self, reason: Reason) -> Mapping[str, str]:
        """A no as a page shows it at its top."""
        words = told(reason, self.language)
        return {"title": words.title, "advice": words.advice}
