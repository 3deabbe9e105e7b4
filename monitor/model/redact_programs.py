"""Short options that carry a secret, by program: `-p` is a password to mysql and a port to ssh."""

import re
from collections.abc import Callable
from enum import Flag, auto
from functools import lru_cache
from typing import NamedTuple

from monitor.model.redact_names import HIDDEN

Hide = Callable[[str], str | None]


class Form(Flag):
    """How an option and its value are written."""

    ATTACHED = auto()  # -pVALUE
    APART = auto()  # -p VALUE
    # The value is the next word that is no option.
    PLACE = auto()


BOTH = Form.ATTACHED | Form.APART


def whole(value: str) -> str | None:
    """All of it; of what maps ports (`-p 8080:80`) nothing."""
    return None if not value or _PORTS.fullmatch(value) else HIDDEN


def _after(mark: str) -> Hide:
    def hide(value: str) -> str | None:
        name, found, secret = value.partition(mark)
        return name + found + HIDDEN if secret else None

    return hide


def _passed(value: str) -> str | None:
    """openssl-passphrase-options(1): `pass:x`; env:, file:, fd: and stdin tell where it is."""
    kind, found, secret = value.partition(":")
    return kind + found + HIDDEN if secret and kind in ("pass", "key", "hexkey") else None


def _pair(value: str) -> str | None:
    """A cookie `name=value`; without a `=` it is a file's name."""
    return HIDDEN if "=" in value else None


def _login(value: str) -> str | None:
    """`user/password@database`."""
    found = _ORACLE.fullmatch(value)
    return found["user"] + HIDDEN + (found["at"] or "") if found else None


_PORTS = re.compile(
    r"(?:[0-9.]{1,15}:)?[0-9]{1,5}(?:-[0-9]{1,5})?:[0-9]{1,5}(?:[-/][a-z0-9]{1,5})?"
)
_ORACLE = re.compile(r"(?P<user>[\w.$#-]{1,64}/)[^\s/]+?(?P<at>@[\w.:/-]*)?")
user_and = _after(":")


class Row(NamedTuple):
    """In command lines of `programs`, what is given to `option` is hidden as `hide` says.

    `sub` is the word that must have come before, `skip` how many words stand between.
    """

    programs: str
    option: re.Pattern[str]
    attached: re.Pattern[str] | None
    form: Form
    hide: Hide
    sub: str
    skip: int

    def asks(self, word: str) -> bool:
        """Whether this word is the option, and its value comes after it."""
        return self.form is not Form.ATTACHED and self.option.fullmatch(word) is not None


def _row(
    programs: str, option: str, form: Form, hide: Hide = whole, sub: str = "", skip: int = 0
) -> Row:
    attached = None
    if Form.ATTACHED in form:
        # `--long=value`, `-svalue`.
        keep = f"(?P<keep>(?=--)(?:{option})=|(?!--)(?:{option}))"
        attached = re.compile(f"{keep}(?P<secret>.+)", re.DOTALL)
    return Row(programs, re.compile(option), attached, form, hide, sub, skip)


_MYSQL = r"mysql[\w-]*|mariadb[\w-]*|mydumper|myloader|xtrabackup|mariabackup"
_SMB = r"smbclient|smbget|smbcacls|smbtree|rpcclient|net|wbinfo|winexe|mount_smbfs"
_LDAP = r"ldap(?:search|add|modify|delete|passwd|whoami|compare|modrdn|exop|url)"
_SNMP = r"snmp(?:walk|get|set|getnext|bulkwalk|bulkget|table|trap|inform|status|test|df|delta)"
_MONGO = r"mongo|mongosh|mongo(?:dump|restore|export|import|stat|top|files)"
_REDIS = r"(?:redis|valkey|keydb)-(?:cli|benchmark)"
_CONTAINER = r"docker|podman|nerdctl|buildah|skopeo|helm|crane|oras|regctl"
# Switches of curl that may stand before a letter in the same word.
_CURL = r"-[#0-9aBfgGiIjJkKlLMnNOpqRsSvVZ]*"

ROWS: tuple[Row, ...] = (
    # -p without a value asks for one, so the next word is another thing.
    _row(_MYSQL, r"-[BCfNnqrstv]*p", Form.ATTACHED),
    _row(r"sshpass", r"-[ev]*p", BOTH),
    _row(r"curl|curlie", rf"{_CURL}[uU]", BOTH, user_and),
    _row(r"curl|curlie", r"--user|--proxy-user|--cert|--proxy-cert", BOTH, user_and),
    _row(r"curl|curlie", rf"{_CURL}E", BOTH, user_and),
    _row(r"curl|curlie", rf"{_CURL}b|--cookie", BOTH, _pair),
    _row(r"http|https|httpie|xh|xhs", r"-a|--auth", BOTH),
    _row(r"etcdctl|influxd?|nats|consul", r"--user|-user", BOTH, user_and),
    _row(_REDIS, r"-a", Form.APART),
    _row(_MONGO, r"-p", BOTH),
    _row(_CONTAINER, r"-p", BOTH, sub="login"),
    _row(r"az", r"-p", BOTH, sub="login"),
    _row(
        r"openssl", r"-(?:pass|passin|passout|password|macopt|kdfopt|sigopt)", Form.APART, _passed
    ),
    _row(r"openssl", r"-[kK]|-hmac", Form.APART),
    _row(r"openssl|mkpasswd|grub2?-mkpasswd\w*", r"passwd|mkpasswd", Form.PLACE),
    _row(r"7z[arz]?|7zz?s?|rar|unrar", r"-(?:hp|p)", Form.ATTACHED),
    _row(r"zip|unzip|zipcloak", r"-[a-zA-Z]*?P", BOTH),
    _row(_SMB, r"-U|--user", BOTH, _after("%")),
    _row(r"wbinfo|ntlm_auth", r"-a|--authenticate", BOTH, _after("%")),
    _row(_LDAP, r"-[cnvxZ]*w", BOTH),
    _row(r"ldappasswd", r"-[as]", BOTH),
    _row(_SNMP, r"-[cAX]", BOTH),
    _row(r"ipmitool|ipmi-\w+", r"-[PykK]", BOTH),
    _row(r"xfreerdp3?|wlfreerdp3?", r"/p:|/gp:", Form.ATTACHED),
    _row(r"rdesktop|cqlsh|hydra|medusa|ncrack|twine|useradd|usermod|crackmapexec|nxc", r"-p", BOTH),
    _row(r"rabbitmqadmin|smbmap|kafkacat|clickhouse\w*|ncftp\w*|mssql\w*", r"-p", BOTH),
    _row(r"sqlcmd|bcp|osql|tsql|isql|mosquitto_(?:pub|sub|rr)|rdiff", r"-P", BOTH),
    _row(r"plink|pscp|psftp|putty", r"-pw", Form.APART),
    _row(r"lftp", r"-u", BOTH, _after(",")),
    _row(r"sqlplus|rman|expdp|impdp|sqlldr", r"(?=[^-])", Form.ATTACHED, _login),
    _row(r"gitlab-runner|influx|doctl", r"-[rt]", Form.APART),
    _row(r"pkcs11-tool|pkcs15-tool|softhsm2-util", r"--(?:so-|new-)?pin", BOTH),
    _row(r"htpasswd", r"-[BcdDimpsv25]*b[BcdDimpsv25]*", Form.PLACE, skip=2),
    _row(r"htpasswd", r"-[a-zA-Z]*n[a-zA-Z]*b[a-zA-Z]*|-[a-zA-Z]*bn[a-zA-Z]*", Form.PLACE, skip=1),
    _row(r"rabbitmqctl", r"add_user|change_password|authenticate_user", Form.PLACE, skip=1),
    _row(r"wpa_passphrase", r"wpa_passphrase|\S*/wpa_passphrase", Form.PLACE, skip=1),
    _row(r"vault|bao|openbao", r"login|unseal|unwrap", Form.PLACE),
    _row(r"vault|bao|openbao", r"(?=[^-])", Form.ATTACHED, _after("="), sub="kv"),
    _row(r"ngrok", r"authtoken|add-authtoken", Form.PLACE),
)
# To these a word alone may be a secret's name: `git config x.token VALUE`.
SETTERS = re.compile(
    r"git|gh|aws|npm|yarn|pnpm|pip3?|poetry|gcloud|heroku|nmcli|etcdctl|wrangler|composer|bundle"
)
# What is run by the programs above, and has options of its own: sshpass -p x ssh -p 22.
OTHERS = re.compile(r"ssh|scp|sftp|rsync|mosh|autossh|psql|pg_\w{1,20}|tar|make|git")
# What comes after these is no program: `docker run --name mongo -p 27017:27017`.
NAMING = re.compile(r"--(?:name|hostname|network|net|network-alias|link|host|database|db)|-[hd]")
_NAMES = "|".join(sorted({row.programs for row in ROWS}))
# One search tells of most command lines that none of these programs is in them.
ANY = re.compile(f"(?<![\\w.-])(?:{_NAMES})(?![\\w.-])")
_NAME = re.compile(_NAMES)


def rows_of(name: str) -> tuple[Row, ...]:
    """Those that a program of this name has."""
    return _rows_of(name) if _NAME.fullmatch(name) else ()


@lru_cache(maxsize=256)
def _rows_of(name: str) -> tuple[Row, ...]:
    return tuple(row for row in ROWS if re.fullmatch(row.programs, name))
