"""How English says time."""

from __future__ import annotations

import re

from retrieval.timescope.language import Language, some

_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth", "thirteenth", "fourteenth",
    "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth",
)  # fmt: skip

ENGLISH = Language(
    code="en",
    months={name: number for number, name in enumerate(_MONTHS, 1)}
    | {name[:3]: number for number, name in enumerate(_MONTHS, 1)}
    | {"sept": 9},
    weekdays={name: number for number, name in enumerate(_DAYS)},
    seasons={"spring": "spring", "summer": "summer", "autumn": "autumn", "fall": "autumn", "winter": "winter"},
    feasts={
        "christmas": "christmas", "easter": "easter", "christmas eve": "christmas eve", "new year's": "new year",
        "christmas day": "christmas day", "boxing day": "boxing day", "new year's eve": "new year's eve",
        "new year's day": "new year's day",
    },
    units={
        "day": "day", "days": "day", "week": "week", "weeks": "week", "weekend": "weekend", "weekends": "weekend",
        "fortnight": "fortnight", "fortnights": "fortnight", "quarter": "quarter", "quarters": "quarter",
        "month": "month", "months": "month", "year": "year", "years": "year", "decade": "decade",
        "decades": "decade", "century": "century", "centuries": "century",
    },
    numbers={name: number for number, name in enumerate(_NUMBERS, 1)} | {"a": 1, "an": 1},
    ordinals={name: number for number, name in enumerate(_ORDINALS, 1)}
    | {"1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "twenty-first": 21, "last": 4},
    # Which twenties are meant nobody can tell.
    decades={
        "thirties": 1930, "forties": 1940, "fifties": 1950, "sixties": 1960, "seventies": 1970, "eighties": 1980,
        "nineties": 1990, "noughties": 2000,
    },
    parts={
        "early": "early", "beginning": "early", "start": "early", "mid": "middle", "middle": "middle", "late": "late",
        "end": "late",
    },
    whole_days={"yesterday": 1},
    day_parts=some("morning afternoon evening night"),
    this=frozenset(["this"]),
    last=frozenset(["last", "previous"]),
    past=frozenset(["past", "last", "previous"]),
    ago=frozenset(["ago"]),
    ago_before=False,
    century=frozenset(["century"]),
    quarter=frozenset(["quarter"]),
    half=frozenset(["half"]),
    the=frozenset(["the"]),
    of=frozenset(["of"]),
    year=frozenset(["year"]),
    conjunction=frozenset(["and"]),
    alternative=frozenset(["or"]),
    to=frozenset(["to", "until", "till", "through", "-", "–"]),
    onwards=frozenset(["on", "onwards", "onward"]),
    today=frozenset(["today", "tonight"]),
    relations={
        "in": "in", "during": "in", "throughout": "in", "within": "over", "over": "over", "on": "on", "at": "on",
        "since": "since", "before": "before", "after": "after", "between": "between", "from": "from",
        "until": "until", "till": "until", "of": "of",
    },
    joint_relations={
        ("prior", "to"): "before", ("earlier", "than"): "before", ("ahead", "of"): "before", ("later", "than"): "after",
        ("up", "to"): "until",
    },
    follow=some(
        "a an the and but in on at by to from for with of about after before during near under over against when where "
        "who what which why how did was were had has have is are do does it he she they we i you there his her its "
        "their our your my this that as if then between because while without through around behind inside outside "
        "again already ever too alone also not only"),
    present=some(
        "is are am isn't aren't do does don't doesn't what's who's where's there's happens says means takes comes goes "
        "tells shows describes explain describe tell summarise summarize define"),
    did=frozenset(["did", "didn't"]),
    perfect=some("has have hasn't haven't"),
    past_forms=some(
        "did was were had didn't wasn't weren't hadn't won lost said told ran led built made gave took came went "
        "became began fell found got held kept knew left meant met paid put read rose saw sold sent set shot shut sang "
        "sank sat slept spoke spent stood stole swam taught thought threw wrote broke bought brought caught chose cut "
        "drew drove fought flew froze grew heard hit hurt let lay lit rode shook sprang stuck struck swore tore wore"),
    past_pattern=re.compile(r"(?!(?:hundred|kindred|sacred)$)[a-z]+[^\We]ed"),
    to_come=some(
        "will won't would shall should could can can't might must"),
    planned=some(
        "planned scheduled expected supposed slated projected forecast predicted proposed intended going"),
    life=some("born set due"),
    relative=some("that which who whose whom where"),
    copula=some("was were"),
    asks=some("who what which"),
    asks_how=some("when where why how"),
    determiners=some("the a an his her their its our my your this that of these those no any some"),
    pieces=some(
        "article articles news story stories report reports coverage headline headlines issue issues edition editions "
        "post posts piece pieces interview interviews editorial editorials column columns publication publications "
        "newspaper newspapers newsletter newsletters clipping clippings entry entries"),
    issues=some("article articles news headlines coverage"),
    editions=some("issue issues edition editions stories"),
    anything=some("anything something everything nothing material"),
    have="have",
    passive=some("been is are was were"),
    subjects=frozenset(),
    wrote=some("say said published printed reported report wrote written write publish print covered cover dated"),
    writers=some("we you archive paper newspaper"),
    latest=some("latest newest"),
    not_latest=some("possible permissible permitted conceivable"),
    news=frozenset([
        ("what's", "new"), ("what", "is", "new"), ("anything", "new"), ("any", "news", "on"), ("any", "news", "about"),
        ("any", "news", "of"),
    ]),
    recent=some("recent"),
    recently=some("recently lately"),
    most=some("most"),
    last_time=frozenset(["last"]),
    first=frozenset(["first"]),
    first_time=(),
    earliest=some("first earliest oldest"),
    mentioned=some(
        "mentioned mention reported report covered cover wrote write written appeared appear"),
    hollow=some(
        "happened happen going went tell show list find give please main major important else thing things any many "
        "new everything all me us"
    ),
    names=re.compile(
        r"\bmarch (?:of dimes|on\b|madness)|\b2001:? a space odyssey|\bsummer of ['’]?69|\bblade runner 2049"
        r"|\b(?:good|black|bloody|ash|palm|cyber|super|shrove|holy|maundy) (?:mon|tues|wednes|thurs|fri|satur|sun)day"
        r"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day (?:times|telegraph|mirror|herald|express|post|mail|school|"
        r"evening post|night live|night lights)"
        r"|\b(?:prague|arab) spring|\b(?:october|february) revolution|\bsummer (?:olympics|games)|\bwinter (?:olympics|"
        r"games|war)|\bfourth of july|\bapril fools?|\bthe last supper|\b(?:usa|world) today",
        re.I,
    ),
    months_stated=tuple(name.title() for name in _MONTHS),
    bare_years=False,
)  # fmt: skip
