"""How many tokens a text has, counted with the openly licensed Tekken vocabulary (Apache-2.0) of mistral-common.

The vocabulary file is read straight into tiktoken: importing mistral-common's own classes costs more than counting.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from rightful.errors import ConfigurationError

if TYPE_CHECKING:
    import tiktoken

TOKENIZER = "tekken_240911"
"""Stands in every row beside the count."""

MAX_PIECE = 50_000
"""Characters counted at a time: tiktoken's pattern overflows its stack on a run of a million blanks."""


class _Entry(msgspec.Struct):
    rank: int
    token_bytes: str


class _Config(msgspec.Struct):
    pattern: str
    default_vocab_size: int
    default_num_special_tokens: int


class _Vocabulary(msgspec.Struct):
    config: _Config
    vocab: list[_Entry]


def _file() -> Path:
    spec = find_spec("mistral_common")  # finds the folder without importing the package
    folders = list(spec.submodule_search_locations or ()) if spec else []
    path = Path(folders[0]) / "data" / f"{TOKENIZER}.json" if folders else None
    if path is None or not path.is_file():
        raise ConfigurationError(
            f"the vocabulary {TOKENIZER}.json of mistral-common is missing", remedy="install the locked requirements"
        )
    return path


@lru_cache(maxsize=1)
def _encoding() -> tiktoken.Encoding:
    import tiktoken

    vocabulary = msgspec.json.decode(_file().read_bytes(), type=_Vocabulary)
    size = vocabulary.config.default_vocab_size - vocabulary.config.default_num_special_tokens
    ranks = {base64.b64decode(entry.token_bytes): entry.rank for entry in vocabulary.vocab[:size]}
    # No special tokens at all, so that no text can spell one.
    return tiktoken.Encoding(TOKENIZER, pat_str=vocabulary.config.pattern, mergeable_ranks=ranks, special_tokens={})


def _pieces(text: str) -> Iterator[str]:
    """``text`` in parts of at most :data:`MAX_PIECE` characters, cut before a blank where there is one."""
    start = 0
    while len(text) - start > MAX_PIECE:
        end = start + MAX_PIECE
        cut = max(text.rfind(" ", start + 1, end), text.rfind("\n", start + 1, end))
        if cut <= start + MAX_PIECE // 2:
            cut = end
        yield text[start:cut]
        start = cut
    yield text[start:]


def count_tokens(texts: Sequence[str]) -> list[int]:
    """Number of tokens of each text. Special tokens are never recognised: ``<s>`` in a text is three characters.

    A text longer than :data:`MAX_PIECE` is counted in pieces, which may count a token more per piece.
    """
    # `encode_ordinary` repairs lone surrogates by itself; a thread pool around it was no faster on two cores.
    encode = _encoding().encode_ordinary
    return [
        len(encode(text)) if len(text) <= MAX_PIECE else sum(len(encode(piece)) for piece in _pieces(text))
        for text in texts
    ]
