"""The wordings by which newspapers say whose, from when and where an article is, as patterns over one line.

All are meant for `fullmatch` on lines of a few hundred characters, but for `DATELINE`, which opens a paragraph.
"""

from __future__ import annotations

import re

from retrieval.reading.dates import MONTHS, partial_date

BYLINE = re.compile(
    r"(?:(?:(?:written|reported|story|article|words|text|report) )?by(?: ?:)?|"
    r"(?:byline|authors?|autore?n?) ?:|von|par|por) (?P<who>.+)",
    re.I,
)
WRITTEN = re.compile(r"(?i:written by) (?P<who>(?:The |the )?[A-Z][\w.'’&-]*(?: [\w.'’&-]*\w){0,4})")
POSTED_BY = re.compile(r"(?P<when>(?:posted|published|filed)(?: on| at)?:? .{4,60}?),? by (?P<who>.+)", re.I)
REPORTERS = re.compile(
    r"\(?(?P<additional>additional )?(?:reporting|writing) by (?P<who>[^;)]+)(?:[;)].*)?",
    re.I,
)
EDITORS = re.compile(
    r"\(?(?:(?:copy)?edit(?:ed|ing)|compiled|translated|(?:photo|graphic)s?) by (?P<who>[^.;)]+)(?:[.;)].*)?", re.I
)
DASHED = re.compile(r"[-–—]{1,2} ?(?P<who>[^-–—]+)")

# A photograph's rights are not the article's.
RIGHTS = re.compile(
    r"(?!photo|image|picture|foto)(?:[\w ]{0,30}(?:ⓒ|©|&copy;)|\(c\)|"
    r"copyright\b(?: ?(?:ⓒ|©|\(c\))| ?:| by\b|(?= ?[12][0-9]{3})))[\s:]*(?P<rest>.*)|"
    r"(?P<all>.*\ball rights reserved\b.*)",
    re.I,
)
RIGHTS_TAIL = re.compile(
    r"(?:[.,;|–—-]\s*)?\b(?:all rights|do not |no part |reproduction|used with|this material|may not).*$", re.I
)
YEARS = re.compile(
    r"(?<![0-9])(?P<first>1[4-9][0-9]{2}|20[0-9]{2})"
    r"(?:\s?[-–—/,]\s?(?P<last>1[4-9][0-9]{2}|20[0-9]{2}|[0-9]{2}))?(?![0-9])"
)
OWNER = re.compile(
    r"this (?:article|story|content|report) is (?:owned|published|provided) by (?P<who>[^.]+(?:\.\w+)*)\.?", re.I
)
FIRST_IN = re.compile(
    r"(?:this (?:article|story|piece|report) )?(?:was )?(?:originally|first) (?:published|appeared|printed) "
    r"(?:in|on|by|at) (?P<who>.+?)(?:,? (?:on|in) (?P<when>[^,]*[0-9]{4}.*|.*[0-9]{4}))?\.?",
    re.I,
)
SOURCE = re.compile(r"(?:source|publisher|publication|newspaper|outlet|quelle|fuente) ?: ?(?P<who>.+)", re.I)
DOMAIN = re.compile(r"(?:https?://)?(?:www\.)?[\w-]{1,63}(?:\.[\w-]{2,63}){1,3}/?", re.I)
URL = re.compile(
    r"(?:url|link|permalink|canonical(?: url)?|original(?: url| article)?|source(?: url)?|web|retrieved from|"
    r"available at|(?:originally |first )?published (?:at|on)) ?:? ?<?(?P<url>https?://[^\s<>]{3,2000})>?",
    re.I,
)

PUBLISHED = re.compile(
    r"(?:(?:first )?published|posted|publication date|pub(?:lish)? ?date|date published|date|issued|issue date|datum|"
    r"veröffentlicht(?: am)?|publié(?: le)?|publicado(?: el)?|fecha)(?: on| at)?(?: ?:)? ?(?P<when>.{4,100})",
    re.I,
)
# What follows the date in "Published 14 March 1996, The Harbour Gazette", after a comma, a stroke or a dot.
PAPER = re.compile(
    r"(?P<when>.{8,40}?) ?(?:,|\||·|•|–|—| in| by) (?P<who>[Tt]he [A-Z][\w'’&.-]*(?: [A-Z][\w'’&.-]*| of| and| &){0,5})"
)
# "The Harbour Gazette, 14 March 1996" at an article's top: by a word that papers are called by, since places stand so.
MASTHEAD = re.compile(
    r"(?P<who>(?:[Tt]he )?(?:[A-Z][\w'’&.-]*+ ){0,4}(?:Times|Post|News|Herald|Gazette|Courier|Journal|Tribune|Record|"
    r"Star|Observer|Chronicle|Examiner|Mail|Press|Standard|Review|Echo|Advertiser|Telegraph|Guardian|Mercury|Messenger|"
    r"Bulletin|Dispatch|Independent|Sentinel|Argus|Citizen|Register|Globe|Mirror|Express|Zeitung|Anzeiger|"
    r"Nachrichten|Tageblatt|Rundschau|Presse|Bote|Kurier)) ?(?:,|\||·|•|–|—|-) ?(?P<when>.{8,40})"
)
UPDATED = re.compile(
    r"(?P<before>.*?)[|,;(·•-]*\s*\b(?:last )?(?:updated|modified|edited|aktualisiert|mis à jour|actualizado)\b"
    r"(?: on| at| le| am| el)?:?\s*(?P<when>.{0,60})",
    re.I,
)
DATELINE = re.compile(
    r"(?P<place>[A-ZÀ-ÖØ-Þ][A-Za-zÀ-ÖØ-öø-ÿ.'’/ -]{1,40}(?:, [A-ZÀ-ÖØ-Þ][A-Za-zÀ-ÖØ-öø-ÿ.'’ ]{1,30})?)"
    r"(?P<when>, [A-Za-zÀ-ÖØ-öø-ÿ0-9. ]{3,20}(?:, ?[0-9]{4})?)? ?"
    r"(?:\((?P<agency>[A-Z][\w.& ]{1,30}|(?:afp|apa|dpa|efe|ots|sda)(?=[)/-]))(?:[/-][\w/-]{1,12})?\)|"
    r"/(?P<service>[A-Z][\w.& -]{1,30})/)? ?[-–—]{1,2}(?:\s|$)"
)

LINK = re.compile(
    r"\W{0,3}(?:(?:read|see|watch|check out) (?:also|more|next|this)|also read|see also|more (?:from|on) [^:]{1,40}|"
    r"related(?: (?:articles?|stor(?:y|ies)|posts?|news|links?|content|coverage))?|recommended|further reading|"
    r"you (?:may|might) also like|don['’]t miss)\W{0,2} ?[:|»›>].*|"
    r"(?:read (?:also|more)|also read|see also|related (?:articles?|stor(?:y|ies)))|"
    r"(?:read|see) more (?:at|on|in) (?:https?://)?[\w-]+(?:\.[\w-]+)+\S*",
    re.I,
)
NOISE = re.compile(
    r"\W{0,3}(?:advertisement|story continues below(?: advertisement)?|continue reading(?: below)?|"
    r"scroll (?:down )?to continue)\W{0,3}",
    re.I,
)
ADDRESS = re.compile(r"(?:e-?mail:? )?[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}", re.I)

_LONGEST = 400  # a paragraph longer than this is the article's own
_DATE_WORD = re.compile(
    r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?|[ap]m?|m|h|st|nd|rd|th|er|of|the|del?|le|el|den|"
    r"um|uhr|at|à|on|z|t|märz|jänner|août|février|décembre|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|"
    r"lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes|miércoles|jueves|viernes|sábado|domingo",
    re.I,
)


def is_furniture(paragraph: str) -> bool:
    """Whether a paragraph leads to other articles ("Read also: …") or fills a pause ("Advertisement")."""
    return len(paragraph) <= _LONGEST and bool(LINK.fullmatch(paragraph) or NOISE.fullmatch(paragraph))


def is_only_date(text: str) -> bool:
    """Whether a text is a date and nothing besides (a weekday, a time, a zone)."""
    for word in re.findall(r"[^\W\d_]+", text):
        zone = word.isupper() and len(word) <= 4
        if not zone and word.lower() not in MONTHS and not _DATE_WORD.fullmatch(word):
            return False
    return partial_date(text) is not None
