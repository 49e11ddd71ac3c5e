"""Texts of Project Gutenberg: the book, and nothing around it."""

from __future__ import annotations

import pytest

from rightful.text.gutenberg import gutenberg_to_text

NEW = """\ufeffThe Project Gutenberg eBook of Tides

This ebook is for the use of anyone anywhere in the United States

*** START OF THE PROJECT GUTENBERG EBOOK {title} ***

Produced by A. Volunteer and
the Online Distributed Proofreading Team

{book}

End of Project Gutenberg's Tides, by An Author

*** END OF THE PROJECT GUTENBERG EBOOK {title} ***

Updated editions will replace the previous one.
"""
OLD = """Welcome To The World of Free Plain Vanilla Electronic Texts
*END*THE SMALL PRINT! FOR PUBLIC DOMAIN ETEXTS*Ver.04.29.93*END*

{book}

End of the Project Gutenberg Etext of Tides
"""
BOOK = "TIDES\n\nCHAPTER I.\n\nThe *** of the sea.\n  A verse."


@pytest.mark.parametrize("wrapper", [NEW, NEW.replace("\n", "\r\n"), NEW.replace("THE PROJECT", "THIS PROJECT"), OLD])
@pytest.mark.parametrize("title", ["TIDES", "TIDES, OR:\nTHE SEA"])
def test_the_book_alone(wrapper: str, title: str) -> None:
    assert gutenberg_to_text(wrapper.format(book=BOOK, title=title)) == BOOK


def test_without_its_marks_nothing_is_cut_off() -> None:
    assert gutenberg_to_text(BOOK) == BOOK
    assert gutenberg_to_text(f"*** START OF THE PROJECT GUTENBERG EBOOK X ***\n{BOOK}") == BOOK
    assert gutenberg_to_text("") == ""


def test_a_book_that_speaks_of_the_project_keeps_its_words() -> None:
    book = "He said: END OF THE PROJECT GUTENBERG was near.\n\nStart of this project."
    assert gutenberg_to_text(NEW.format(book=book, title="T")) == book
