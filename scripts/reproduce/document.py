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
        if places.count(name) != 1:
            raise DocumentError(f"has {places.count(name)} lines '<!-- generated {name} -->', not 1")
    for name in places:
        if name not in generated:
            raise DocumentError(f"has a place for '{name}', which nothing generates")
    for name, text in generated.items():
        begin, end = f"<!-- generated {name} -->\n", f"<!-- end {name} -->\n"
        start = document.index(begin) + len(begin)
        stop = document.find(end, start)
        if stop < 0:
            raise DocumentError(f"lacks the line '{end.strip()}' after '{begin.strip()}'")
        document = f"{document[:start]}\n{text.strip()}\n\n{document[stop:]}"
    return document
