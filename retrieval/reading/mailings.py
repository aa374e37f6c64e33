"""The lines that mailings add to what they say, as patterns over one paragraph; all are meant for `fullmatch`."""

from __future__ import annotations

import re

_LONGEST = 800
_MAIL = r"(?:e-?mail|newsletter|message|issue|post|story|article)"
_LEAVING = r"(?:unsubscribe|opt[- ]out|abbestellen|abmelden|se désinscrire|se désabonner|darse de baja)"
_BUTTON = (
    r"(?:follow us(?: on \w+)?|like us(?: on \w+)?|tweet|like|share(?: (?:this|on))?(?: \w+)?|"
    r"subscribe(?: now| here| today)?|"
    r"sign up(?: now| here| today)?|privacy(?: policy| notice)?|"
    r"terms(?: of (?:use|service)| (?:&|and) conditions)?|"
    r"contact(?: us)?|advertise(?: with us)?|advertisement|sponsored|download (?:the|our) app|help|faqs?|facebook|"
    r"twitter|instagram|linkedin|youtube|forward(?: (?:this(?: e-?mail)?|to a friend))*|unsubscribe|"
    r"manage (?:your )?preferences|"
    r"(?:e-?mail )?preferences|impressum|datenschutz|mentions légales|aviso legal)"
)
_PATTERNS = tuple(
    re.compile(rf"\W*+(?:{pattern})\W*", re.I | re.S)
    for pattern in (
        # How to leave the list, and why one is on it.
        rf".{{0,100}}\b{_LEAVING}\b.{{0,160}}",
        r"(?:manage|update|change|edit)(?: your)? (?:e-?mail )?(?:preferences|subscriptions?|settings|profile).{0,120}",
        rf"you(?:['’]re| are| have)? (?:receiv\w+|getting|subscribed to) .{{0,40}}\b(?:{_MAIL}|because|list)\b"
        r".{0,200}",
        rf"this {_MAIL} was sent (?:to|by).{{0,200}}|sent to: .{{0,200}}",
        r"add .{0,80} to your address book.{0,60}|our mailing address is.{0,200}",
        # Where else it can be read.
        r"(?:having trouble|trouble|problems|can['’]t|can ?not|unable|if you (?:can['’]t|cannot|are having|have))"
        r".{0,60}(?:view|read|see|display)(?:ing)? (?:this|the).{0,100}",
        rf"(?:view|read|open|see)(?: (?:this|it|the))?(?: {_MAIL})?"
        r"(?: (?:in|on|with|as)(?: (?:your|an?|the))? ?(?:web ?)?(?:browser|page|web(?:site)?|app)| online)",
        r"(?:web|online|browser) version|(?:im|online|als webseite) .{0,30}(?:browser|ansehen|lesen|anzeigen|öffnen)",
        rf"(?:was this|did someone) .{{0,30}}forward(?:ed)? .{{0,120}}|forward(?: this)?(?: {_MAIL}| to a friend)?",
        # Buttons in a row.
        rf"{_BUTTON}(?:\W+{_BUTTON}){{0,12}}",
        # What mail programs and their owners' lawyers add.
        r"sent from my \w+(?: \w+){0,3}",
        rf"(?:this|the)(?: \w+)? (?:{_MAIL}|communication)\b.{{0,160}}\b"
        r"(?:confidential|intended (?:only|solely))\b.{0,600}",
    )
)
_ONLINE = re.compile(
    r"\W*(?:(?:view|read|open|see)(?: (?:this|it|the))?(?: (?:e-?mail|newsletter|message|issue|post|story|article))? "
    r"(?:(?:in|on|with)(?: (?:your|a|the))? ?(?:web ?)?(?:browser|website|web|app|site)|online)|"
    r"(?:web|online|browser) version|view as (?:a )?web ?page|"
    r"im browser (?:ansehen|öffnen|lesen|anzeigen)|onlineversion|voir (?:la version en ligne|dans le navigateur))\W*",
    re.I,
)


def is_noise(text: str) -> bool:
    """Whether a paragraph is what mailings add: how to leave, where to read it, whom to follow."""
    return len(text) <= _LONGEST and any(pattern.fullmatch(text) for pattern in _PATTERNS)


def is_online_link(text: str) -> bool:
    """Whether a link's words say that it leads to the same text on the web."""
    return len(text) <= 80 and bool(_ONLINE.fullmatch(text))
