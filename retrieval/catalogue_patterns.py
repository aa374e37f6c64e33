"""How questions about articles are put, in English and German: the table that `catalogue_questions` goes by.

A pattern has to fit the whole question. Its groups: `topic` is what the articles are about, `press` a name that has to
be a publisher in the archive (or, where `writers` is set, an author), `author` a name that has to be an author, `date`
a range. The first pattern that fits, and whose names the archive knows, decides.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from retrieval.types import CatalogueKind


class Pattern(NamedTuple):
    """One way to put a question of a kind."""

    kind: CatalogueKind
    matcher: re.Pattern[str]
    writers: bool = False


_ENGLISH = "january february march april may june july august september october november december"
_GERMAN = "januar februar märz april mai juni juli august september oktober november dezember"
MONTHS = {name: number for listed in (_ENGLISH, _GERMAN) for number, name in enumerate(listed.split(), 1)} | {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "sept": 9, "oct": 10, "okt": 10,
    "nov": 11, "dec": 12, "dez": 12,
}  # fmt: skip
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_DATE = (
    r"(?:(?:in|during|from|since|after|before|until|im|seit|ab|nach|vor|bis|aus|von)\s+)"
    rf"(?:(?:the\s+year|jahre?|dem\s+jahre?)\s+)?(?:(?:{_MONTH})\.?\s+)?\d{{4}}"
)
DATES = re.compile(
    r"(?P<when>in|during|from|since|after|before|until|im|seit|ab|nach|vor|bis|aus|von)\s+"
    rf"(?:(?:the\s+year|jahre?|dem\s+jahre?)\s+)?(?:(?P<month>{_MONTH})\.?\s+)?(?P<year>\d{{4}})$",
    re.IGNORECASE,
)
# What may follow a topic. A `name` is taken for one only where the archive knows it; a `writer` is one in any case.
TAILS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?:^|\s+)(?P<date>{_DATE})$",
        r"\s+(?:are\s+there|do\s+(?:you|we)\s+have|exist|were\s+(?:published|written)|have\s+been\s+(?:published|"
        r"written)|is\s+there|was\s+(?:published|written)|have\s+you\s+got)$",
        r"\s+(?:gibt\s+es|habt\s+ihr|haben\s+wir|sind\s+erschienen|erschienen|geschrieben|veröffentlicht|berichtet)$",
        r"\s+(?:in|from|im|aus)\s+(?:the|this|your|our|dem|diesem|eurem|unserem)?\s*archivs?$",
        r"(?:^|\s+)(?:please|bitte|auf)$",
        r"\s+(?:did|has|have)\s+(?:you|we|they|(?:the|this|your|our)\s+(?:archive|papers?|newspapers?|press))\s+"
        r"(?:publish|print|run|write|published|printed|written)$",
        r"\s+(?:hat|haben|habt)\s+(?:ihr|wir|man|sie|das\s+archiv|die\s+(?:zeitung(?:en)?|presse))$",
        r"\s+(?:did|has|have)\s+(?P<writer>.+?)\s+(?:publish|print|run|write|published|printed|written)$",
        r"\s+(?:hat|haben)\s+(?P<writer>[^,]+?)$",
        r"(?:^|\s+)(?:(?:written|published|printed)\s+)?(?:by|in|from|von|aus|bei|im|in\s+der|in\s+den)\s+"
        r"(?P<name>[^,]+?)$",
    )
)

_ARTICLES = r"(?:news\s+)?(?:articles?|reports?|news\s+stor(?:y|ies)|newspaper\s+stor(?:y|ies))"
_STORIES = rf"(?:{_ARTICLES}|stor(?:y|ies)|pieces?|texts?)"
_ABOUT = r"(?:about|regarding|concerning|on\s+the\s+(?:subject|topic)\s+of)"
_ABOUT_STORIES = rf"(?:{_STORIES}\s+{_ABOUT}|{_ARTICLES}\s+on)"
_MENTION = r"(?:mention(?:s|ed|ing)?|discuss(?:es|ed|ing)?|deal(?:s|t|ing)?\s+with)"
_ANY = r"(?:(?:any|all|the|some|every|your|our|latest|newest|(?:most\s+)?recent|last|first|earliest|oldest)\s+)*"
_HOUSE = (  # whoever runs the archive
    r"(?:(?:the|this|your|our)\s+(?:archive|papers?|newspapers?|press|magazine|media)|you|we|anyone|anybody|they)"
)
_PRESS = r"(?P<press>.+?)"
_TOPIC = r"(?P<topic>.+)"
_PEOPLE = r"(?:authors?|journalists?|reporters?|writers?|correspondents?)"
_SAY = r"(?:say|write|report|publish|think|argue|claim|tell\s+us)"
_SAID = r"(?:said|written|reported|published|argued|claimed)"
_SOMETHING = rf"(?:(?:anything|something|(?:an?|any|the|its|their)\s+(?:first\s+|last\s+)?{_STORIES}|{_STORIES})\s+)?"

_DE_ARTICLES = r"(?:zeitungs)?(?:artikel|berichte?|beiträge?n?|beitrag|meldung(?:en)?|texte?n?)"
_DE_ABOUT = r"(?:über|zum\s+thema|zu|zum|zur|von)"
_OVER = r"(?:über|zu|zum|zur)"
_DE_HOUSE = r"(?:die\s+(?:zeitung(?:en)?|presse)|das\s+archiv|ihr|wir|man|sie)"
_DE_WROTE = r"(?:geschrieben|berichtet|veröffentlicht|publiziert)"
_DE_SAID = r"(?:gesagt|geschrieben|berichtet|veröffentlicht)"
_DE_ANY = r"(?:(?:alle|der|die|das|dem|den|einige|einen|mir|uns|etwas)\s+)*"

_TABLE: tuple[tuple[CatalogueKind, str, bool], ...] = (
    # who wrote about
    ("who_wrote", rf"who\s+(?:has\s+|have\s+|had\s+|else\s+)?(?:wrote|written|writes|write|reported|reports)\s+"
                  rf"(?:(?:an?|any|the|some)\s+)?(?:{_STORIES}\s+|something\s+|anything\s+)?about\s+{_TOPIC}", False),
    ("who_wrote", rf"who\s+(?:has\s+|have\s+)?(?:wrote|written|published|writes)\s+(?:(?:an?|any|the|some|all)\s+)*"
                  rf"{_ABOUT_STORIES}\s+{_TOPIC}", False),
    ("who_wrote", rf"who\s+(?:has\s+|have\s+)?reported\s+on\s+{_TOPIC}", False),
    ("who_wrote", rf"(?:which|what)\s+{_PEOPLE}\s+(?:have\s+|has\s+)?(?:wrote|written|write|reported|report|covered)\s+"
                  rf"(?:about|on)\s+{_TOPIC}", False),
    ("who_wrote", rf"who\s+(?:is|are|was|were)\s+the\s+{_PEOPLE}\s+(?:of|behind)\s+{_ANY}{_ABOUT_STORIES}\s+{_TOPIC}",
     False),
    ("who_wrote", rf"wer\s+(?:schrieb|schreibt|berichtete?)\s+(?:{_DE_ANY}{_DE_ARTICLES}\s+|etwas\s+)?über\s+{_TOPIC}",
     False),
    ("who_wrote", rf"wer\s+hat\s+(?:{_DE_ANY}{_DE_ARTICLES}\s+|etwas\s+|schon\s+)?über\s+{_TOPIC}\s+{_DE_WROTE}",
     False),
    ("who_wrote", rf"welche[rn]?\s+(?:autor(?:en|in|innen)?|journalist(?:en|in|innen)?|reporter(?:innen)?)\s+"
                  rf"(?:haben|hat|schrieb(?:en)?|schreib(?:en|t)|berichte(?:n|ten?|t))\s+über\s+"
                  rf"(?P<topic>.+?)(?:\s+{_DE_WROTE})?", False),
    ("who_wrote", rf"von\s+wem\s+(?:ist|sind|stammt|stammen)\s+{_DE_ANY}{_DE_ARTICLES}\s+{_OVER}\s+{_TOPIC}",
     False),
    # when did … publish
    ("when_published", rf"when\s+(?:did|has|have)\s+{_HOUSE}\s+(?:first\s+|last\s+|ever\s+)?(?:publish(?:ed)?|wr(?:i|o)"
                       rf"(?:te|tten)|report(?:ed)?|print(?:ed)?|run)\s+{_SOMETHING}(?:about|on)\s+{_TOPIC}", False),
    ("when_published", rf"when\s+(?:was|were|has|have|is)\s+{_ANY}(?:an?\s+)?(?:(?:first|last|latest)\s+)?"
                       rf"{_ABOUT_STORIES}\s+(?P<topic>.+?)\s+(?:first\s+|last\s+)?(?:been\s+)?"
                       rf"(?:published|written|printed)(?:\s+(?:by|in)\s+{_PRESS})?", False),
    ("when_published", rf"when\s+(?:did|has|have)\s+{_PRESS}\s+(?:first\s+|last\s+|ever\s+)?(?:publish(?:ed)?|wr(?:i|o)"
                       rf"(?:te|tten)|report(?:ed)?|print(?:ed)?|run)\s+{_SOMETHING}(?:about|on)\s+{_TOPIC}", True),
    ("when_published", rf"when\s+did\s+{_PRESS}\s+(?:first\s+|last\s+)?(?:publish|print|run|cover)\s+"
                       rf"(?:(?:its|their|the|an?)\s+)?(?:(?:articles?|reports?|stor(?:y|ies)|interviews?|reviews?)\s+"
                       rf"(?:on|of|about|with)\s+)?{_TOPIC}", False),
    ("when_published", rf"wann\s+(?:hat|haben|habt)\s+{_DE_HOUSE}\s+(?:zuerst\s+|zuletzt\s+|etwas\s+|{_DE_ANY}"
                       rf"{_DE_ARTICLES}\s+)*über\s+{_TOPIC}\s+{_DE_WROTE}", False),
    ("when_published", rf"wann\s+(?:hat|haben)\s+{_PRESS}\s+(?:zuerst\s+|zuletzt\s+|etwas\s+|"
                       rf"{_DE_ANY}{_DE_ARTICLES}\s+)*über\s+{_TOPIC}\s+{_DE_WROTE}", True),
    ("when_published", rf"wann\s+(?:schrieb|berichtete|veröffentlichte)\s+{_PRESS}\s+(?:zuerst\s+|zuletzt\s+|etwas\s+|"
                       rf"{_DE_ANY}{_DE_ARTICLES}\s+)*über\s+{_TOPIC}", True),
    ("when_published", rf"wann\s+(?:ist|sind|wurden?|erschien(?:en)?)\s+{_DE_ANY}(?:erste\s+|letzte\s+)?{_DE_ARTICLES}"
                       rf"\s+{_OVER}\s+(?P<topic>.+?)(?:\s+(?:erschienen|veröffentlicht|geschrieben))?",
     False),
    # how many articles
    ("how_many", rf"how\s+many\s+{_STORIES}\s+(?:are\s+there\s+|exist\s+|do\s+(?:you|we)\s+have\s+|have\s+been\s+"
                 rf"(?:published|written)\s+|were\s+(?:published|written|printed)\s+|are\s+|have\s+you\s+got\s+|"
                 rf"does\s+the\s+archive\s+(?:have|hold)\s+)?(?:that\s+(?:are\s+)?|which\s+(?:are\s+)?)?"
                 rf"(?:{_ABOUT}|{_MENTION})\s+{_TOPIC}", False),
    ("how_many", rf"how\s+many\s+{_ARTICLES}\s+(?:are\s+there\s+|do\s+(?:you|we)\s+have\s+|were\s+(?:published|written)"
                 rf"\s+)?on\s+{_TOPIC}", False),
    ("how_many", rf"how\s+many\s+{_STORIES}\s+(?:did|has|have)\s+{_PRESS}\s+(?:publish|write|print|run|written|"
                 rf"published|printed)(?:\s+(?:about|on)\s+{_TOPIC}|\s+(?P<date>{_DATE}))?", True),
    ("how_many", rf"how\s+many\s+{_STORIES}\s+(?:(?:are|were)\s+(?:there\s+)?)?(?:(?:written|published)\s+)?"
                 rf"(?:by|from)\s+{_PRESS}(?:\s+(?:are\s+there|do\s+(?:you|we)\s+have))?"
                 rf"(?:\s+(?P<date>{_DATE}))?", True),
    ("how_many", rf"how\s+often\s+(?:did|has|have)\s+(?:{_HOUSE}|{_PRESS})\s+(?:write|written|report|reported|"
                 rf"publish|published)\s+{_SOMETHING}(?:about|on)\s+{_TOPIC}", True),
    ("how_many", rf"how\s+many\s+{_ARTICLES}\s+(?:are\s+(?:there\s+)?in\s+(?:the|this|your|our)\s+archive|does\s+"
                 rf"(?:the|this|your|our)\s+archive\s+(?:have|hold)|(?:were|are)\s+there(?:\s+(?P<date>{_DATE}))?|"
                 rf"do\s+(?:you|we)\s+have(?:\s+(?P<date3>{_DATE}))?|(?P<date4>{_DATE})|"
                 rf"(?:were|did\s+{_HOUSE})\s+publish(?:ed)?(?:\s+(?P<date2>{_DATE}))?)", False),
    ("how_many", rf"wie\s*viele\s+{_DE_ARTICLES}\s+(?:gibt\s+es\s+|habt\s+ihr\s+|haben\s+wir\s+|hat\s+das\s+archiv\s+|"
                 rf"sind\s+)?(?:über|zum\s+thema|zu|zum|zur)\s+{_TOPIC}", False),
    ("how_many", rf"wie\s*viele\s+{_DE_ARTICLES}\s+(?:erwähnen|behandeln|handeln\s+von)\s+{_TOPIC}", False),
    ("how_many", rf"wie\s*viele\s+{_DE_ARTICLES}\s+(?:hat|haben)\s+{_PRESS}(?:\s+{_OVER}\s+"
                 rf"(?P<topic>.+?))?(?:\s+(?P<date>{_DATE}))?\s+{_DE_WROTE}", True),
    ("how_many", rf"wie\s*viele\s+{_DE_ARTICLES}\s+(?:gibt\s+es\s+|sind\s+)?von\s+{_PRESS}", True),
    # what did … say about
    ("publisher_said", rf"what\s+(?:did|does|do|has|have|had)\s+{_PRESS}\s+(?:{_SAY}|{_SAID})\s+(?:about|on|of)\s+"
                       rf"{_TOPIC}", False),
    ("publisher_said", rf"(?:how|when|where|why)\s+(?:did|does|has|have)\s+{_PRESS}\s+(?:cover(?:ed)?|describe[ds]?|"
                       rf"report(?:ed)?\s+(?:on|about))\s+{_TOPIC}", False),
    ("publisher_said", rf"(?:did|does|has|have)\s+{_PRESS}\s+(?:{_SAY}|{_SAID})\s+{_SOMETHING}(?:about|on)\s+{_TOPIC}",
     False),
    ("publisher_said", rf"what\s+(?:was|is|has\s+been)\s+(?:said|written|reported|published)\s+(?:about|on)\s+"
                       rf"(?P<topic>.+?)\s+(?:in|by)\s+{_PRESS}", False),
    ("publisher_said", rf"(?:according\s+to|laut|nach\s+angaben\s+von|gemäß)\s+{_PRESS},?\s+"
                       rf"(?P<topic>(?:who|what|when|where|why|how|which|is|are|was|were|did|does|do|has|have|can|will|"
                       rf"wer|was|wann|wo|warum|wie|welche[rsmn]?|ist|sind|hat|haben|wird|werden)\b.+)", False),
    ("publisher_said", rf"what\s+(?:is|was)\s+{_PRESS}['’]s?\s+(?:coverage|report(?:ing)?|view|opinion|articles?)\s+"
                       rf"(?:of|on|about)\s+{_TOPIC}", False),
    ("publisher_said", rf"was\s+(?:hat|haben)\s+{_PRESS}\s+{_OVER}\s+{_TOPIC}\s+{_DE_SAID}", False),
    ("publisher_said", rf"was\s+(?:schreib(?:t|en)|schrieb(?:en)?|berichte(?:t|te|ten|n)|sagte?n?|sagt|meint)\s+"
                       rf"{_PRESS}\s+{_OVER}\s+{_TOPIC}", False),
    ("publisher_said", rf"was\s+(?:steht|stand)\s+(?:in\s+der|im|in|bei)\s+{_PRESS}\s+{_OVER}\s+{_TOPIC}",
     False),
    # by an author
    ("by_author", rf"(?:what|which\s+{_STORIES})\s+(?:did|has|have)\s+(?P<author>.+?)\s+(?:write|written|"
                  rf"publish(?:ed)?)(?:\s+(?:about|on)\s+{_TOPIC})?(?:\s+(?P<date>{_DATE}))?", False),
    ("by_author", rf"(?:(?:please\s+)?(?:list|show|find|give|get|search)\s+)?(?:me\s+|us\s+|for\s+)*{_ANY}(?:(?:which|"
                  rf"what)\s+)?{_STORIES}\s+(?:are\s+|were\s+|that\s+(?:are|were)\s+)?(?:(?:written|published)\s+)?"
                  rf"by\s+(?P<author>.+?)(?:\s+{_ABOUT}\s+{_TOPIC})?(?:\s+(?P<date>{_DATE}))?", False),
    ("by_author", rf"(?:was|welche\s+{_DE_ARTICLES})\s+(?:hat|haben)\s+(?P<author>.+?)(?:\s+(?:über|zu)\s+"
                  rf"(?P<topic>.+?))?\s+{_DE_WROTE}", False),
    ("by_author", rf"(?:(?:liste|zeige?|nenne|finde|suche|gib)\s+)?{_DE_ANY}(?:welche\s+)?{_DE_ARTICLES}\s+(?:sind\s+|"
                  rf"gibt\s+es\s+)?von\s+(?P<author>.+?)(?:\s+(?:über|zu)\s+{_TOPIC})?", False),
    ("by_author", rf"(?:is|was|are|were|have\s+you\s+got|do\s+(?:you|we)\s+have|what\s+do\s+(?:you|we)\s+have|"
                  rf"(?:is|was|are)\s+there|gibt\s+es|habt\s+ihr|haben\s+wir)\s+(?:(?:anything|something|etwas|"
                  rf"{_DE_ARTICLES}|(?:an?\s+|any\s+)?{_STORIES})\s+)?(?:by|von)\s+(?P<author>.+?)"
                  rf"(?:\s+(?:{_ABOUT}|on|{_OVER})\s+{_TOPIC})?(?:\s+(?P<date>{_DATE}))?", False),
    # list articles about
    ("list", rf"(?:please\s+)?(?:list|show|find|give|get|search|name)\s+(?:me\s+|us\s+|for\s+)*{_ANY}"
             rf"(?:{_ABOUT_STORIES}|{_STORIES}\s+(?:that\s+|which\s+)?{_MENTION})\s+{_TOPIC}", False),
    ("list", rf"(?:which|what)\s+{_STORIES}\s+(?:(?:are|were)\s+(?:there\s+|published\s+|written\s+)?|"
             rf"do\s+(?:you|we)\s+have\s+|exist\s+)?(?:{_ABOUT}|{_MENTION}|cover(?:s|ed)?)\s+{_TOPIC}", False),
    ("list", rf"(?:(?:are|is|were|was)\s+there|do\s+(?:you|we)\s+have|have\s+you\s+got)\s+(?:(?:any|an?|some)\s+)?"
             rf"{_ABOUT_STORIES}\s+{_TOPIC}", False),
    ("list", rf"{_ANY}(?:articles?|news\s+stories)\s+(?:about|on)\s+{_TOPIC}", False),
    ("list", rf"(?:bitte\s+)?(?:liste|zeige?|nenne|finde|suche|gib)\s+{_DE_ANY}{_DE_ARTICLES}\s+(?:über|zum\s+thema|zu|"
             rf"zum|zur)\s+{_TOPIC}", False),
    ("list", rf"(?:gibt\s+es|habt\s+ihr|haben\s+wir)\s+{_DE_ANY}(?:einen\s+)?{_DE_ARTICLES}\s+"
             rf"(?:{_OVER}|zum\s+thema)\s+{_TOPIC}", False),
    ("list", rf"welche[rn]?\s+{_DE_ARTICLES}\s+(?:gibt\s+es\s+(?:{_OVER}|zum\s+thema)|handel[nt]\s+von|"
             rf"behandeln|erwähnen|erwähnt|berichten\s+über)\s+{_TOPIC}", False),
    ("list", rf"{_DE_ANY}artikel\s+(?:über|zum\s+thema)\s+{_TOPIC}", False),
)  # fmt: skip
PATTERNS = tuple(
    Pattern(kind, re.compile(rf"\W*(?:(?:so|and|now|please|und|also|bitte)\W+)?{pattern}", re.IGNORECASE), writers)
    for kind, pattern, writers in _TABLE
)
