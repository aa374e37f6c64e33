"""How German says time."""

from __future__ import annotations

import re

from retrieval.timescope.language import Language, some

_MONTHS = (
    "januar", "februar", "märz", "april", "mai", "juni",
    "juli", "august", "september", "oktober", "november", "dezember",
)  # fmt: skip
_DAYS = ("montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag")
_NUMBERS = ("eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf")
_TENS = {
    "dreißig": 1930, "vierzig": 1940, "fünfzig": 1950, "sechzig": 1960, "siebzig": 1970, "achtzig": 1980,
    "neunzig": 1990,
}  # fmt: skip


def _inflected(*stems: str) -> frozenset[str]:
    return frozenset(stem + ending for stem in stems for ending in ("e", "er", "es", "en", "em"))


GERMAN = Language(
    code="de",
    months={name: number for number, name in enumerate(_MONTHS, 1)}
    | {"jänner": 1, "feber": 2, "jan": 1, "feb": 2, "aug": 8, "sept": 9, "okt": 10, "nov": 11, "dez": 12},
    weekdays={name: number for number, name in enumerate(_DAYS)} | {"sonnabend": 5},
    seasons={
        "frühling": "spring", "frühjahr": "spring", "sommer": "summer", "herbst": "autumn", "winter": "winter",
    },
    feasts={
        "weihnachten": "christmas", "ostern": "easter", "heiligabend": "christmas eve", "silvester": "new year's eve",
        "neujahr": "new year's day",
    },
    units={
        "tag": "day", "tage": "day", "tagen": "day", "woche": "week", "wochen": "week", "wochenende": "weekend",
        "monat": "month", "monats": "month", "monate": "month", "monaten": "month", "jahr": "year", "jahres": "year",
        "jahre": "year", "jahren": "year", "jahrzehnt": "decade", "jahrzehnten": "decade", "jahrhundert": "century",
        "quartal": "quarter", "quartalen": "quarter", "quartals": "quarter",
    },
    numbers={
        name: number
        for number, name in enumerate(_NUMBERS, 1)
    }
    | dict.fromkeys(("ein", "eine", "einen", "einem", "einer"), 1),
    ordinals={
        stem + ending: number
        for number, stem in enumerate(("erst", "zweit", "dritt", "viert"), 1)
        for ending in ("e", "en", "es")
    },
    decades={stem + ending: first for stem, first in _TENS.items() for ending in ("er", "ern")},
    parts={"anfang": "early", "beginn": "early", "mitte": "middle", "ende": "late"},
    whole_days={"gestern": 1, "vorgestern": 2},
    day_parts=some("morgen vormittag nachmittag abend nacht früh"),
    this=_inflected("dies"),
    last=_inflected("letzt", "vorig", "vergangen"),
    past=_inflected("letzt", "vergangen"),
    ago=frozenset(["vor"]),
    ago_before=True,
    century=frozenset(["jahrhundert"]),
    quarter=frozenset(["quartal"]),
    half=frozenset(["hälfte", "halbjahr"]),
    the=some("der die das den dem des"),
    of=frozenset(["des", "von"]),
    year=some("jahr jahre jahres"),
    conjunction=frozenset(["und"]),
    alternative=frozenset(["oder"]),
    to=frozenset(["bis", "-", "–"]),
    onwards=frozenset(["an"]),
    today=frozenset(["heute"]),
    relations={
        "in": "in", "im": "in", "während": "in", "am": "on", "an": "on", "zu": "on", "seit": "since", "vor": "before",
        "nach": "after", "zwischen": "between", "von": "from", "vom": "from", "aus": "from", "bis": "until",
        "ab": "since",
    },
    joint_relations={("bis", "zu"): "until", ("bis", "zum"): "until"},
    follow=some(
        "und aber in im am an auf zu zum zur von vom für mit über nach vor bei aus gegen unter neben durch um als wenn "
        "wer was wo wie warum wann welche welcher welches wurde wurden war waren hatte hatten hat haben ist sind es er "
        "sie wir ihr ich du man der die das den dem des ein eine einen einem einer sein seine ihre nicht noch auch nur "
        "schon wieder dort hier so"),
    present=some("ist sind wird werden geschieht passiert sagt heißt gibt kommt geht erzähl erkläre"),
    did=frozenset(),
    perfect=frozenset(),  # German tells the past by its perfect
    past_forms=some(
        "war waren hat haben hatte hatten wurde wurden geschah gab gewann verlor sprach ging kam fand hielt ließ blieb "
        "begann brach starb stieg fiel sang schrieb trug traf zog beschloss verbot entschied versprach"),
    past_pattern=re.compile(r"[a-zäöüß]{2,}(?:te|ten)"),
    to_come=some(
        "soll sollen sollte sollten würde würden kann können könnte muss müssen geplant geplante geplanten "
        "geplanter erwartet vorgesehen geboren"),
    planned=frozenset(),
    life=frozenset(),
    relative=frozenset(),  # German has its relative clauses between commas: see `grammar`
    copula=frozenset(["war", "waren"]),
    asks=some("wer was welche welcher welches"),
    asks_how=some("wann wo warum wie"),
    determiners=some("der die das den dem des ein eine einen einem einer sein seine ihr ihre von"),
    pieces=some(
        "artikel artikeln artikels nachricht nachrichten meldung meldungen bericht berichte berichten beitrag beiträge "
        "beiträgen ausgabe ausgaben schlagzeile schlagzeilen interview interviews zeitung zeitungen geschichte "
        "geschichten"),
    issues=frozenset(),
    editions=frozenset(),
    anything=some("etwas alles nichts"),
    have="haben",
    passive=frozenset(),
    subjects=some("es er sie wir ihr man dort hier"),
    wrote=some("berichtet geschrieben veröffentlicht gedruckt berichteten berichtete schrieb schrieben"),
    writers=some("wir ihr archiv zeitung"),
    latest=_inflected("neuest", "jüngst", "aktuellst") | some("zuletzt kürzlich neulich"),
    not_latest=frozenset(),
    news=frozenset([("gibt", "es", "neues"), ("gibt's", "neues"), ("etwas", "neues"), ("es", "etwas", "neues")]),
    recent=frozenset(),
    recently=frozenset(),
    most=frozenset(),
    last_time=_inflected("letzt"),
    first=some("zuerst erstmals"),
    first_time=("zum", "ersten", "mal"),
    earliest=_inflected("erst", "frühest", "ältest"),
    mentioned=some("erwähnt berichtet geschrieben genannt"),
    hollow=some("geschah geschehen passierte passiert ereignete sich gab los bitte zeig zeige"),
    names=re.compile(
        r"\b(?:bild|welt) am sonntag|\b(?:kar|schwarze[rn]?) (?:freitag|montag)|\bprager frühling|\barabische[rn]? "
        r"frühling|\bheute journal|\bletzte[ns]? abendmahl",
        re.I,
    ),
    months_stated=tuple(name.title() for name in _MONTHS),
    bare_years=True,
)  # fmt: skip
