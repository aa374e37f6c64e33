"""Languages as files name them, to ISO 639-1."""

from __future__ import annotations

import re

_NAMES = {
    "eng": "en", "english": "en", "deu": "de", "ger": "de", "german": "de", "deutsch": "de", "fra": "fr", "fre": "fr",
    "french": "fr", "français": "fr", "spa": "es", "spanish": "es", "español": "es", "ita": "it", "italian": "it",
    "italiano": "it", "por": "pt", "portuguese": "pt", "português": "pt", "nld": "nl", "dut": "nl", "dutch": "nl",
    "rus": "ru", "russian": "ru", "zho": "zh", "chi": "zh", "chinese": "zh", "jpn": "ja", "japanese": "ja",
    "ara": "ar", "arabic": "ar", "ell": "el", "gre": "el", "greek": "el", "pol": "pl", "polish": "pl",
}  # fmt: skip


def language_code(stated: object) -> str | None:
    """The ISO 639-1 code of a stated language ("en-GB", "eng", "English"), or None where it is not understood."""
    if not isinstance(stated, str):
        return None
    primary = re.split(r"[-_, ]", stated.strip().lower(), maxsplit=1)[0]
    if re.fullmatch(r"[a-z]{2}", primary):
        return primary
    return _NAMES.get(primary)
