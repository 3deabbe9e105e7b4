"""What is a secret by its looks, wherever it stands: tokens that say whose they are, and the places
in a URL where a password is.

Every pattern takes time linear in the text: it begins with something literal, and what it repeats
is either taken whole or bounded. `keep` is what stands before the secret and stays.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from monitor.model.redact_names import HIDDEN, hide, is_secret


class Shape(NamedTuple):
    """A pattern, and marks in lower case one of which is in each text that it fits."""

    reason: str
    marks: tuple[str, ...]
    pattern: re.Pattern[str]


def _shape(reason: str, marks: str, pattern: str) -> Shape:
    with_keep = pattern if "(?P<keep>" in pattern else f"(?P<keep>){pattern}"
    return Shape(reason, tuple(marks.split()), re.compile(with_keep))


SHAPES: tuple[Shape, ...] = (
    _shape("AWS key id", "akia asia", r"(?:AKIA|ASIA)[A-Z0-9]{12,}"),
    _shape("GitHub token", "ghp_ gho_ ghu_ ghs_ ghr_", r"gh[pousr]_[A-Za-z0-9]{10,}"),
    _shape("GitHub fine-grained token", "github_pat_", r"github_pat_\w{10,}"),
    _shape(
        "GitLab token",
        "glpat- glrt- gldt- glptt- glcbt- glsoat- glft- glagent-",
        r"gl(?:pat|rt|dt|ptt|cbt|soat|ft|agent)-[\w.-]{10,}",
    ),
    _shape("Slack token", "xox xapp-", r"(?:xox[a-z]|xapp)-[\w-]{8,}"),
    _shape("Google API key", "aiza", r"AIza[\w-]{16,}"),
    _shape("Google OAuth", "ya29. gocspx-", r"(?:ya29\.|GOCSPX-)[\w.-]{10,}"),
    _shape("Stripe key", "k_live_ k_test_ whsec_", r"(?:[sr]k_(?:live|test)|whsec)_\w{8,}"),
    # Also any JSON object in base64, which is what a JWT begins with.
    _shape("JWT", "eyj", r"eyJ[\w-]{10,}(?:\.[\w-]*){0,4}"),
    _shape("OpenAI, Anthropic", "sk-", r"(?<![A-Za-z0-9*])sk-[\w-]{16,}"),
    _shape("Hugging Face, npm", "hf_ npm_", r"(?<![A-Za-z0-9*])(?:hf|npm)_[A-Za-z0-9]{20,}"),
    _shape("PyPI token", "pypi-age", r"pypi-AgE[\w-]{10,}"),
    _shape("Docker Hub token", "dckr_", r"dckr_[a-z]{1,8}_[\w-]{10,}"),
    _shape("Vault token", "hvs. hvb. hvr.", r"hv[sbr]\.[\w-]{10,}"),
    _shape("SendGrid key", "sg.", r"SG\.[\w-]{16,}(?:\.[\w-]*)?"),
    _shape("DigitalOcean token", "_v1_", r"do[opr]_v1_\w{16,}"),
    _shape("Shopify token", "shp", r"shp(?:at|ca|pa|ss)_\w{16,}"),
    _shape("Grafana token", "glsa_ glc_", r"gl(?:sa|c)_[\w=+/-]{16,}"),
    _shape("Tailscale key", "tskey-", r"tskey-[\w-]{10,}"),
    _shape("Atlassian token", "atatt3", r"ATATT3[\w=-]{16,}"),
    _shape("Databricks token", "dapi", r"dapi[0-9a-f]{16,}"),
    _shape("age identity", "age-secret-key-", r"AGE-SECRET-KEY-1[A-Z0-9]{10,}"),
    _shape("Telegram bot", ":aa", r"(?P<keep>[0-9]{6,12}:)AA[\w-]{24,}"),
    _shape("Slack webhook", "hooks.slack", r"(?P<keep>hooks\.slack\.com/\w{1,20}/)[\w/-]+"),
    _shape("Discord webhook", "/webhooks/", r"(?P<keep>/webhooks/[0-9]{1,25}/)[\w-]+"),
    _shape("Bearer token", "bearer", r"(?P<keep>(?i:\bbearer)\s{1,8})[\w.~+/=-]{12,}"),
    _shape("URL's password", "://", r"(?P<keep>://[^\s/:@]*:)[^\s/]+(?=@)"),
    # Sentry's DSN, `https://TOKEN@host`: too long for a name.
    _shape("token as URL's user", "://", r"(?P<keep>://)[\w.~%+=-]{20,}(?=@|:[^\s/]*@)"),
    # curl's proxies, impacket's targets. An image's digest and names with a scheme are none.
    _shape(
        "user:password@host",
        "@",
        r"\A(?P<keep>(?!(?:mailto|npm|sips?|xmpp|acct|workspace|file):)"
        r"(?:[\w.-]{1,64}[/\\])?[\w.%+-]{0,64}:)(?!//)[^\s/]+(?=@(?!sha[0-9])[\w.\[-])",
    ),
    _shape(
        "Oracle's user/password", "jdbc:oracle", r"(?P<keep>oracle:\w{1,9}:\w{1,64}/)[^\s@]+(?=@)"
    ),
)

# Over as many arguments as it takes, which NUL stands between; without an end, all that follows.
PEM = re.compile(
    r"-----BEGIN(?:[\s\0]{1,8}[A-Z0-9]{1,16}){0,4}[\s\0]{1,8}PRIVATE[\s\0]{1,8}KEY[^-]{0,16}-----"
    r".*?(?:-----END[^-]{0,64}KEY[^-]{0,16}-----|\Z)",
    re.DOTALL,
)
# `"password": "x"` of JSON and its like, also where a shell's text has escaped the quotes.
_JSON = re.compile(
    r"""(?P<keep>\\{0,7}["'](?P<name>[\w.\ -]{1,64})\\{0,7}["']\s{0,8}(?::|=>)\s{0,8})
    (?:(?P<quote>["'])(?:[^"'\\]++|\\.|(?!(?P=quote))["'])++(?P<end>(?P=quote))?
    |(?P<escaped>\\{1,7}["'])(?:(?!\\{1,7}["']).)++
    |(?P<bare>[^\s,}\]"'\\\[{]+))""",
    re.DOTALL | re.VERBOSE,
)
# `;Password=a b;` of a connection string: spaces are its own. PASSWORD= is rather a shell's.
_DSN = re.compile(
    r"""(?P<keep>;\s{0,8}(?:[Pp]assword|[Pp]wd|PWD|AccountKey|SharedAccessKey)\s{0,8}=\s{0,8})
    (?:"[^"]*+"?|'[^']*+'?|[^;"'])++""",
    re.VERBOSE,
)
# `?token=x&…`, and `,password=x,…` within options of mount(8) or strings of Azure.
_QUERY = re.compile(
    r"(?P<keep>[?&#](?P<name>[\w.\[\]%-]{1,64})=)"
    r"(?P<value>(?:\"[^\"]*+\"?|'[^']*+'?|[^&#\s\"'])++)"
)
_INNER = re.compile(
    r"(?P<keep>(?<![\w.-])(?P<name>[\w.-]{1,64})=)"
    r"(?P<value>(?:\\.|\"[^\"]*+\"?|'[^']*+'?|[^\s;,&\"'\\])++)"
)
# Only in a query are these alone a secret.
_QUERY_SECRET = re.compile(r"(?i:key|sig|signature|code|x-(?:amz|goog)-(?:signature|credential))")


def fitting(low: str) -> tuple[Shape, ...]:
    """The shapes that may be in a text, which is given in lower case."""
    return tuple(shape for shape in SHAPES if any(mark in low for mark in shape.marks))


def in_text(text: str) -> str:
    """A text of many words, with what names itself in it hidden: spaces may be of the secret."""
    if '"' in text or "'" in text:
        text = _JSON.sub(_of_json, text)
    return _DSN.sub(rf"\g<keep>{HIDDEN}", text) if ";" in text else text


def in_word(text: str, shapes: Iterable[Shape]) -> str:
    """One word: tokens by their looks, and names within it."""
    for shape in shapes:
        text = shape.pattern.sub(rf"\g<keep>{HIDDEN}", text)
    return _INNER.sub(_of_name, _QUERY.sub(_of_query, text)) if "=" in text else text


def _of_json(found: re.Match[str]) -> str:
    if not is_secret(found["name"]):
        return found[0]
    return (
        found["keep"] + (found["quote"] or found["escaped"] or "") + HIDDEN + (found["end"] or "")
    )


def _of_query(found: re.Match[str]) -> str:
    name = found["name"]
    secret = is_secret(name) or _QUERY_SECRET.fullmatch(name)
    return found["keep"] + HIDDEN if secret else found[0]


def _of_name(found: re.Match[str]) -> str:
    return found["keep"] + (hide(found["name"], found["value"]) or found["value"])
