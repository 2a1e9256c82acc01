"""Every article that a document cites must be in its text (`source` says which the text has)."""

from collections.abc import Iterator
from typing import Any

from gateway.adapters.protocol_files.reader import Defect, Sheet
from gateway.adapters.protocol_files.rows import row, words
from gateway.adapters.protocol_files.yaml_tree import Place

_ALWAYS = frozenset({"titel", "partijen"})
_CITING = frozenset({"article", "fields_article"})
_ARTICLE, _RECITAL = "art. ", "overw. "


def citation_defects(sheet: Sheet) -> Iterator[Defect]:
    """Citations of places that the text does not have."""
    source = row(sheet.content, "source")
    articles = [word for _, word in words(source, "articles")]
    recitals = [word for _, word in words(source, "recitals")]
    sections = [word for _, word in words(source, "sections")]
    if not articles:
        return  # then that is what has to be mended
    known = {f"{_ARTICLE}{one}" for one in articles} | {f"{_RECITAL}{one}" for one in recitals}
    for place, cited in _citations(sheet.content, ()):
        if cited not in known | {*sections} | _ALWAYS and _is_whole(cited):
            mend = _mend(cited, articles, recitals, sections)
            yield sheet.defect(place, f"the text has no `{cited[:60]}`", mend)


def _is_whole(cited: str) -> bool:
    """Whether it looks like a citation at all; what does not is told by the form."""
    return cited[:1].isdigit() or cited.startswith((_ARTICLE, _RECITAL, "inleiding"))


def _citations(node: Any, place: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key in _CITING and isinstance(value, str):
                yield (*place, key), value
            else:
                yield from _citations(value, (*place, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _citations(value, (*place, index))


def _mend(cited: str, articles: list[str], recitals: list[str], sections: list[str]) -> str:
    if cited.startswith(_RECITAL):
        listed = ", ".join(recitals) or "none"
        return f"its recitals are: {listed} (`source.recitals`)"
    if cited.startswith(_ARTICLE):
        number = _number(cited.removeprefix(_ARTICLE))
        within = [one for one in articles if _number(one) == number]
        listed = "; ".join(f"{_ARTICLE}{one}" for one in within or (articles[0], articles[-1]))
        listed = listed if within else listed.replace("; ", " to ")
        return f"cite one that it has: {listed} (`source.articles`)"
    listed = ", ".join([*sorted(_ALWAYS), *sections])
    return f"its other places are: {listed} (`source.sections`)"


def _number(article: str) -> str:
    """`2` of `2 b 1°`, `2.1` and `2, gegeven 1`."""
    return article.replace(",", " ").replace(".", " ").partition(" ")[0]
