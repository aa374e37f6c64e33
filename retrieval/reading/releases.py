"""The lines of a press release that are not its text: what says that it is one, until when it is held, where it ends.

"FOR IMMEDIATE RELEASE", "PRESS RELEASE No. 12", "Embargoed until 5 March 2021, 10:00", "Contact: …", "- ENDS -".
"""

from __future__ import annotations

import re

_LONGEST, _LONGEST_CONTACT = 100, 200
_KIND = (
    r"(?:for )?immediate (?:press |media |news )?release|(?:press|media|news|information) (?:release|statement|notice)|"
    r"press[ei]?(?:mitteilung|information|meldung|meddelande|melding|meddelelse)|medien(?:mitteilung|information)|"
    r"communiqu[ée] de presse|(?:nota|comunicado|boletín) de prensa|comunicato stampa|persbericht|"
    r"(?:nota|comunicado) (?:à|de) imprensa|lehdistötiedote|zur sofortigen (?:freigabe|veröffentlichung)|"
    r"pour diffusion immédiate|para (?:su )?publicación inmediata"
)
_HELD = (
    r"(?:strictly )?(?:under )?embargo(?:ed)?(?: (?:until|till|for|to|bis|jusqu['’]au))?|sperrfrist(?: bis)?|"
    r"(?:not )?for (?:release|publication|broadcast)(?: (?:on|before|until|at))?|"
    r"(?:not to be (?:released|published)|hold for release)(?: (?:before|until))?"
)
_OPENS = re.compile(
    rf"\W{{0,4}}(?:(?:{_KIND})(?:,? (?:no|nr|n[°º]|#)?[.:]? ?[A-Z]{{0,4}} ?[\d/-]{{1,12}})?|(?P<held>{_HELD}))"
    r"(?:\W{1,4}(?P<when>\w.{3,60}?))?\W{0,4}",
    re.I,
)
_CONTACT = re.compile(r"(?:(?:media|press|news|further) )?(?:contacts?|[ei]nquiries|kontakt|contacto?) ?:.*", re.I)
_ENDS = re.compile(r"#(?: ?#){2,4}|[-–—] ?30 ?[-–—]|[-–—*]{0,3} ?(?:ends?|ende|fin) ?[-–—*]{0,3}", re.I)


def opening(line: str) -> tuple[bool, str]:
    """Whether a line only says that a release follows, and what stands behind that, which may be its date."""
    match = _OPENS.fullmatch(line) if len(line) <= _LONGEST else None
    if not match or (match["held"] and not match["when"]):
        return False, ""
    return True, match["when"] or ""


def is_contact(line: str) -> bool:
    """Whether a line says whom to ask."""
    return len(line) <= _LONGEST_CONTACT and bool(_CONTACT.fullmatch(line))


def is_end(line: str) -> bool:
    """Whether a line only says that the release ends: "###", "-30-", "- ENDS -"."""
    return len(line) <= 16 and bool(_ENDS.fullmatch(line))
