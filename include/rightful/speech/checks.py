"""Signs that a clip's text is not what was said: loops, words out of silence, speech that was passed over.

Thresholds of loops and silence are Whisper's own (``compression_ratio_threshold`` 2.4, ``no_speech_threshold`` 0.6,
``logprob_threshold`` -1.0); its batched form applies none of them.
"""

from __future__ import annotations

import re
import zlib

from rightful.model import Segment

RATIO = 2.4
NO_SPEECH = 0.6
LOGPROB = -1.0
LEAST_WORDS_A_SECOND = 1.0
LONG_SECONDS = 5.0
"""Shorter clips may well hold a word or two."""
LETTERS_A_WORD = {"zh": 1.5, "ja": 2.0, "yue": 1.5, "th": 4.0, "lo": 4.0, "my": 4.0, "km": 4.0, "bo": 2.0}
"""Languages that write no spaces: letters that make about a word."""

STOCK_PHRASES = frozenset(
    {
        "you", "you you", "thank you", "thank you thank you", "thanks", "thanks for watching", "thank you for watching",
        "thank you very much", "bye", "bye bye", "the end", "okay", "oh", "uh", "hmm", "mm", "so", "i m sorry", "music",
        "applause", "laughter", "silence", "please subscribe", "see you next time", "vielen dank", "merci", "gracias",
        "untertitel der amara org community", "untertitelung des zdf 2020", "subtitles by the amara org community",
        "sous titres réalisés par la communauté d amara org", "ご視聴ありがとうございました", "谢谢大家",
    }
)  # fmt: skip
"""What Whisper writes where nobody speaks."""

_WORD = re.compile(r"\w+", re.UNICODE)


def words_in(text: str, language: str | None) -> float:
    """How many words, or for languages without spaces about how many."""
    letters = LETTERS_A_WORD.get(language or "")
    found = _WORD.findall(text)
    return sum(map(len, found)) / letters if letters else float(len(found))


def compression_ratio(text: str) -> float:
    """Bytes over compressed bytes; a text that goes in circles compresses too well. 0 for no text."""
    data = text.encode()
    return len(data) / len(zlib.compress(data)) if data else 0.0


def passed_over(text: str, seconds: float, language: str | None) -> bool:
    """Whether speech was lost: too few words for a clip of ``seconds`` in which somebody speaks."""
    return seconds > LONG_SECONDS and words_in(text, language) / seconds < LEAST_WORDS_A_SECOND


def circles(text: str) -> bool:
    """Whether the text repeats itself: by its compression, or one phrase is most of it."""
    if compression_ratio(text) > RATIO:
        return True
    words = [word.lower() for word in _WORD.findall(text)]
    for size in (1, 2, 3):
        if len(words) >= 4 * size:
            groups = [tuple(words[at : at + size]) for at in range(0, len(words) - size + 1, size)]
            if len(groups) >= 4 and len(set(groups)) == 1:
                return True
    return False


def silent(segment: Segment) -> bool:
    """Whisper's own rule for silence."""
    quiet = segment.no_speech_prob is not None and segment.no_speech_prob > NO_SPEECH
    return quiet and segment.avg_logprob is not None and segment.avg_logprob < LOGPROB


def stock_phrase(text: str) -> bool:
    """Whether the whole text is one of the phrases that stand for silence."""
    return " ".join(_WORD.findall(text.lower())) in STOCK_PHRASES
