from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.language import detect_language

ENGLISH = "The harbour master closed the old pier this morning because the storm had broken two of its beams."
GERMAN = "Die Bürgermeisterin eröffnete gestern die neue Brücke, auf die die Stadt seit vielen Jahren gewartet hatte."
SPANISH = "La alcaldesa inauguró ayer el nuevo puente que los vecinos de la ciudad esperaban desde hacía muchos años."
FRENCH = "La mairie a ouvert hier le nouveau pont que les habitants de la ville attendaient depuis de longues années."
JAPANESE = "市長は昨日、市民が長いあいだ待っていた新しい橋の開通式に出席し、関係者に感謝の言葉を述べました。"


@pytest.mark.parametrize(
    ("text", "language"), [(ENGLISH, "en"), (GERMAN, "de"), (SPANISH, "es"), (FRENCH, "fr"), (JAPANESE, "ja")]
)
def test_a_sentence_is_told_by_its_language(text: str, language: str) -> None:
    assert detect_language(text) == language


def test_capitals_do_not_change_the_language() -> None:
    assert detect_language(GERMAN.upper()) == "de"


@pytest.mark.parametrize("text", ["", "Bonn", "Die neue Brücke", "1914 - 1918 " * 40, "... --- !!! " * 40, "\n" * 100])
def test_too_few_letters_are_in_no_language(text: str) -> None:
    assert detect_language(text) is None


@pytest.mark.parametrize(
    "text", ["qxz vwk jjq zzx kkp wqx " * 6, "Lorenzo Ravel Petrov Ōe Karlsson Diaz Wu", "abc " * 20]
)
def test_what_no_language_is_likely_for_is_in_none(text: str) -> None:
    assert detect_language(text) is None


def test_only_the_first_2000_characters_count() -> None:
    start = (ENGLISH + " ") * 21
    assert len(start) >= 2_000
    assert detect_language(start + GERMAN * 200) == "en"


def test_threads_agree() -> None:
    texts = [ENGLISH, GERMAN, SPANISH, FRENCH, JAPANESE] * 8
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(detect_language, texts)) == ["en", "de", "es", "fr", "ja"] * 8


@settings(deadline=None)
@given(st.text(st.characters(), max_size=200))
def test_any_text_gives_the_same_two_letters_or_none_each_time(text: str) -> None:
    language = detect_language(text)
    assert language is None or (len(language) == 2 and language.isascii() and language.islower())
    assert detect_language(text) == language


def test_importing_loads_no_model_and_asking_warns_of_nothing() -> None:
    program = (
        "import sys\nfrom retrieval.language import detect_language\n"
        "assert 'py3langid' not in sys.modules and 'numpy' not in sys.modules\n"
        f"assert detect_language({ENGLISH!r}) == 'en'\n"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
