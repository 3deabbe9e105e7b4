"""Which names are a secret's: of options, variables, headers, and of keys in JSON or connections.

All are split into words (`apiKey`, `API_KEY` and `--api-key` are one), so one table serves them. In
doubt a value is hidden: a word too many costs a glance, a password too few costs the machine.
"""

import re
from functools import lru_cache

HIDDEN = "***"


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Joined without what stands between them, so `db.passwordHash` is "dbpasswordhash".
_SECRET = re.compile(
    "|".join(
        (
            *(r"passw(?:or)?[dt]", "passphrase", "passcode", "passkey", "secret"),
            r"token(?!iz|ifi)",  # a tokenizer is a model's part
            r"(?:api|access|account|storage|shared|encrypt|encryption|sign|signing)key",
            r"(?:master|auth|service|session|licen[cs]e|registration|client)key",
            *("privatekey", "sshkey", "deploykey", "credential", "authorization", "apisig"),
        )
    )
)
# As a last word, whole or as its end: DB_PASS, requirepass, http-auth, wifi-sec.psk.
_LAST = re.compile(
    r"(?:auth|psk|jwt|bearer|creds?|cookie|pwd|totp|otp|sas)|.*(?:userpwd|dbpwd|cookie|auth)"
    r"|(?!.*(?:by|com|multi|ask|tres|sur|under|over|proxy)pass).*pass"
)
# What is about the secret and is not it: `--password-file`, TOKEN_URL, `--secret-name`.
_ABOUT = _set("""
    algorithm algorithms backend bits bucket budget cache class cmd command count dir directory
    enabled endpoint env expiration expires expiry fd file filename files format helper host hosts
    issuer izer len length lifetime limit manager max method min mode name namespace path paths
    plugin policy port prompt provider required rotation server size source stdin store timeout ttl
    type types uri url urls validity version
    """)
_ABOUT_END = re.compile(r".*(?:pass|word|token|secret|key|phrase|s)(?:file|path|dir|stdin|fd|name)")
# Options that ask for one or speak of it, and take no value.
_FLAG = _set("""
    allow ask delete disable enable generate get list no print prompt require reset revoke rotate
    show skip use with without
    """)
# Counted, where the value is a number: `--max-tokens 4096`.
_COUNTED = _set("batched budget limit max min n new num number per tokens total")
# Of these it is often told where the secret lies: then that is no secret.
_KEPT_IN_FILES = re.compile(
    r".*(?:privatekey|sshkey|deploykey|credentials?|creds?|auth|cookie|passwd|pwd)"
)
# A path begins so; what base64 begins with a slash has no such first part.
_PATH = re.compile(
    r"(?:~[a-z]*|\.{1,2}|[A-Za-z]:\\|/[a-z_][a-z0-9_]+)(?:[/\\].*|\Z)"
    r"|file:.*|[\w./-]+\.(?:pem|key|ppk|p8|p12|pfx|der|crt|json|ya?ml|txt|conf|ini|jar)|id_[a-z0-9]+",
    re.DOTALL,
)
# No secrets, whatever they are called.
_PLAIN = frozenset(("", "true", "false", "yes", "no", "none", "null", "on", "off"))
# What `--auth` is, where it is no secret.
_SCHEMES = _set(
    "any basic bearer cert digest kerberos login md5 negotiate ntlm password plain token"
)
# `docker build --secret id=…,src=…` tells where it is.
_REFERENCE = re.compile(r"(?:id|type|src|source|env)=[^\0]*")
_BORDER = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")
_NUMBER = re.compile(r"[0-9]+")


@lru_cache(maxsize=1024)
def _words(name: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in _BORDER.split(name) if word)


def is_secret(name: str) -> bool:
    """Whether what has this name is a secret."""
    words = _words(name)
    if not words:
        return False
    joined, last = "".join(words), words[-1]
    if not (_SECRET.search(joined) or _LAST.fullmatch(last)):
        return False
    return not (last in _ABOUT or _ABOUT_END.fullmatch(last) or joined.endswith("askpass"))


def takes_one(option: str) -> bool:
    """Whether the word after this option is a secret: `--password`, and not `--ask-password`."""
    return is_secret(option) and _words(option)[0] not in _FLAG


def is_harmless(name: str, value: str) -> bool:
    """Whether this value of a secret's name is none: a number of tokens, a path to a key."""
    if value.lower() in _PLAIN or _REFERENCE.fullmatch(value):
        return True
    words = _words(name)
    joined, last = "".join(words), words[-1] if words else ""
    if _NUMBER.fullmatch(value):
        # ffmpeg's `-pass 2`.
        return not _COUNTED.isdisjoint(words) or (joined == "pass" and len(value) == 1)
    if last.endswith("auth") and value.lower() in _SCHEMES:
        return True
    return _KEPT_IN_FILES.fullmatch(joined) is not None and _PATH.fullmatch(value) is not None


def hide(name: str, value: str) -> str | None:
    """The value hidden, where that of this name is a secret."""
    return HIDDEN if is_secret(name) and not is_harmless(name, value) else None
