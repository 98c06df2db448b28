"""Puts generated tables into a Markdown document, between the lines

    <!-- generated NAME -->
    <!-- end NAME -->

and leaves all else as somebody wrote it."""

import re

_BEGIN = re.compile(r"^<!-- generated (\S+) -->$", re.MULTILINE)


class DocumentError(Exception):
    """What is wrong with the document's marks."""


def with_generated(document: str, generated: dict[str, str]) -> str:
    """The document with each text in its place; each must have one, and each place a text."""
    places = _BEGIN.findall(document)
    for name in generated:
        count = places.count(name)
        if count != 1:
            raise DocumentError(f"has {count} lines '<!-- generated {name} -->', not 1")
    for name in places:
        if name not in generated:
            raise DocumentError(f"has a place for '{name}', which nothing generates")
    for name, text in generated.items():
        start, stop = _place(document, name)
        document = f"{document[:start]}\n{text.strip()}\n\n{document[stop:]}"
    return document


def _place(document: str, name: str) -> tuple[int, int]:
    """Where the text between the two lines begins and ends."""
    begin, end = (f"<!-- {word} {name} -->" for word in ("generated", "end"))
    start = re.search(rf"^{re.escape(begin)}\n", document, re.MULTILINE)
    stop = start and re.compile(rf"^{re.escape(end)}$", re.MULTILINE).search(document, start.end())
    if not stop or _BEGIN.search(document, start.end(), stop.start()):
        raise DocumentError(f"lacks the line '{end}' after '{begin}'")
    return start.end(), stop.start()
