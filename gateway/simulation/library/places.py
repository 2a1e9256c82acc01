"""Every place of the five texts that can be cited."""

from collections.abc import Mapping, Sequence
from functools import cache

from gateway.adapters.protocol_files import read_turned
from gateway.adapters.protocol_files.built_in import BUILT_IN_PROTOCOLS
from gateway.adapters.protocol_files.schema import DocumentModel

PLATFORM = "platform"
_ALWAYS = ("titel", "partijen")


@cache
def documents() -> Mapping[str, DocumentModel]:
    """The built-in protocols by id."""
    return {one.id: one for one in read_turned(BUILT_IN_PROTOCOLS)}


def articles_of(protocol: str) -> Sequence[str]:
    """The articles of a text, in its order."""
    return [f"art. {one}" for one in documents()[protocol].source.articles]


def places_of(protocol: str) -> Sequence[str]:
    """All that can be cited of a text: articles, recitals, sections, title and parties."""
    if protocol == PLATFORM:
        return [PLATFORM]
    source = documents()[protocol].source
    recitals = [f"overw. {one}" for one in source.recitals]
    return [*articles_of(protocol), *recitals, *source.sections, *_ALWAYS]


def is_within(article: str, place: str) -> bool:
    """Whether a cited article lies in a place: `art. 3, gegeven 2` lies in `art. 3`."""
    return article == place or (article.startswith(place) and article[len(place)] in " ,")
