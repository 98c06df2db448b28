#!/usr/bin/python3
"""Generated tables in a document that people write in."""

import unittest

import made_reports  # noqa: F401  where the modules are
from document import DocumentError, with_generated

DOCUMENT = """# Title
by hand <!-- generated one -->

<!-- generated one -->
old
<!-- end one -->
between, and text with \\1 and {braces}
<!-- generated two -->
<!-- end two -->
last, without a line end"""
TEXTS = {"one": "| 1 |\n", "two": "| \\g<0> |\n"}


class Document(unittest.TestCase):
    def test_text_outside_the_marks_stays(self) -> None:
        self.assertEqual(
            with_generated(DOCUMENT, TEXTS),
            DOCUMENT.replace("\nold\n", "\n\n| 1 |\n\n").replace(
                "two -->\n<!-- end", "two -->\n\n| \\g<0> |\n\n<!-- end"
            ),
        )

    def test_again_changes_nothing(self) -> None:
        once = with_generated(DOCUMENT, TEXTS)
        self.assertEqual(with_generated(once, TEXTS), once)

    def check(self, document: str, message: str) -> None:
        with self.assertRaises(DocumentError) as caught:
            with_generated(document, TEXTS)
        self.assertEqual(str(caught.exception), message)

    def test_a_missing_mark(self) -> None:
        self.check(
            DOCUMENT.replace("<!-- generated one -->", ""),
            "has 0 lines '<!-- generated one -->', not 1",
        )

    def test_a_mark_that_is_there_twice(self) -> None:
        self.check(
            DOCUMENT + "\n<!-- generated two -->\n<!-- end two -->\n",
            "has 2 lines '<!-- generated two -->', not 1",
        )

    def test_an_unknown_mark(self) -> None:
        self.check(
            DOCUMENT + "\n<!-- generated three -->\n<!-- end three -->\n",
            "has a place for 'three', which nothing generates",
        )

    def test_a_missing_end(self) -> None:
        self.check(
            DOCUMENT.replace("<!-- end one -->\n", ""),
            "lacks the line '<!-- end one -->' after '<!-- generated one -->'",
        )

    def test_an_end_behind_another_place(self) -> None:
        crossed = DOCUMENT.replace("<!-- end one -->\n", "").replace(
            "<!-- end two -->\n", "<!-- end two -->\n<!-- end one -->\n"
        )
        self.check(crossed, "lacks the line '<!-- end one -->' after '<!-- generated one -->'")


if __name__ == "__main__":
    unittest.main()
