"""What a name, a label or a port may look like (apimachinery `util/validation`).

Each function returns the rules that the text breaks, in the server's own words; none means valid.
Lengths count UTF-8 bytes, as Go does.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

NameRule = Callable[[str], list[str]]

LABEL_LENGTH = 63
SUBDOMAIN_LENGTH = 253
PORT_NAME_LENGTH = 15

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_LABEL_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?"
_QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_CONFIG_KEY = "[-._a-zA-Z0-9]+"
_LABEL_VALUE = f"({_QUALIFIED})?"

_QUALIFIED_RULE = (
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an"
    " alphanumeric character"
)


def size(text: str) -> int:
    """Length in UTF-8 bytes."""
    return len(text.encode("utf-8", "surrogatepass"))


def at_most(length: int) -> str:
    """The text for a value that is too long."""
    return f"must be no more than {length} characters"


def _against(rule: str, pattern: str, *examples: str) -> str:
    """The rule with its examples and its pattern (apimachinery `RegexError`, two blanks included)."""
    shown = " or ".join(f"'{example}', " for example in examples)
    return f"{rule} (e.g. {shown}regex used for validation is '{pattern}')"


def _fits(pattern: str, text: str) -> bool:
    return re.fullmatch(pattern, text, re.ASCII) is not None


def dns1123_label(text: str) -> list[str]:
    """Names of namespaces, containers and service ports."""
    broken = [at_most(LABEL_LENGTH)] if size(text) > LABEL_LENGTH else []
    if _fits(_LABEL, text):
        return broken
    if _fits(_SUBDOMAIN, text):
        return [*broken, "must not contain dots"]
    rule = (
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and"
        " must start and end with an alphanumeric character"
    )
    return [*broken, _against(rule, _LABEL, "my-name", "123-abc")]


def dns1123_subdomain(text: str) -> list[str]:
    """Names of most objects, and host names."""
    broken = [at_most(SUBDOMAIN_LENGTH)] if size(text) > SUBDOMAIN_LENGTH else []
    if _fits(_SUBDOMAIN, text):
        return broken
    rule = (
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or"
        " '.', and must start and end with an alphanumeric character"
    )
    return [*broken, _against(rule, _SUBDOMAIN, "example.com")]


def dns1035_label(text: str) -> list[str]:
    """Names of services."""
    broken = [at_most(LABEL_LENGTH)] if size(text) > LABEL_LENGTH else []
    if _fits(_LABEL_1035, text):
        return broken
    rule = (
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an"
        " alphabetic character, and end with an alphanumeric character"
    )
    return [*broken, _against(rule, _LABEL_1035, "my-name", "abc-123")]


def path_segment(text: str) -> list[str]:
    """Names of RBAC objects: anything that can stand in a URL's path."""
    if text in (".", ".."):
        return [f"may not be '{text}'"]
    return [f"may not contain '{sign}'" for sign in ("/", "%") if sign in text]


def qualified_name(text: str) -> list[str]:
    """Keys of labels, annotations and finalizers: a name with an optional DNS prefix and `/`."""
    prefix, slash, name = text.rpartition("/")
    rule = _against(_QUALIFIED_RULE, _QUALIFIED, "MyName", "my.name", "123-abc")
    if "/" in prefix:
        return [
            f"a qualified name {rule}"
            " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        ]
    broken: list[str] = []
    if slash:
        about_prefix = dns1123_subdomain(prefix) if prefix else ["must be non-empty"]
        broken += [f"prefix part {each}" for each in about_prefix]
    if not name:
        broken.append("name part must be non-empty")
    elif size(name) > LABEL_LENGTH:
        broken.append(f"name part {at_most(LABEL_LENGTH)}")
    if not _fits(_QUALIFIED, name):
        broken.append(f"name part {rule}")
    return broken


def label_value(text: str) -> list[str]:
    """Values of labels and selectors."""
    broken = [at_most(LABEL_LENGTH)] if size(text) > LABEL_LENGTH else []
    if _fits(_LABEL_VALUE, text):
        return broken
    rule = f"a valid label must be an empty string or {_QUALIFIED_RULE.removeprefix('must ')}"
    return [*broken, _against(rule, _LABEL_VALUE, "MyValue", "my_value", "12345")]


def config_key(text: str) -> list[str]:
    """Keys of the data of Secrets and ConfigMaps: they may become names of files."""
    broken = [at_most(SUBDOMAIN_LENGTH)] if size(text) > SUBDOMAIN_LENGTH else []
    if not _fits(_CONFIG_KEY, text):
        rule = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
        broken.append(_against(rule, _CONFIG_KEY, "key.name", "KEY_NAME", "key-name"))
    if text in (".", ".."):
        broken.append(f"must not be '{text}'")
    elif text.startswith(".."):
        broken.append("must not start with '..'")
    return broken


def port_name(text: str) -> list[str]:
    """Names of container ports, and target ports that are names (RFC 6335)."""
    broken = [at_most(PORT_NAME_LENGTH)] if size(text) > PORT_NAME_LENGTH else []
    if not _fits("[-a-z0-9]+", text):
        broken.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if not re.search("[a-z]", text):
        broken.append("must contain at least one letter (a-z)")
    if "--" in text:
        broken.append("must not contain consecutive hyphens")
    if text.startswith("-") or text.endswith("-"):
        broken.append("must not begin or end with a hyphen")
    return broken


def port_number(number: int) -> list[str]:
    """Ports of TCP, UDP and SCTP."""
    return [] if 1 <= number <= 65535 else ["must be between 1 and 65535, inclusive"]


def environment_name(text: str) -> list[str]:
    """Names of environment variables."""
    if not text:
        return ["environment variable name must be non-empty"]
    if all(" " <= sign <= "~" and sign != "=" for sign in text):
        return []
    return [
        "a valid environment variable name must consist only of printable ASCII characters"
        " other than '='"
    ]


def http_header_name(text: str) -> list[str]:
    """Names of HTTP headers in probes."""
    if _fits("[-A-Za-z0-9]+", text):
        return []
    return [
        _against(
            "a valid HTTP header must consist of alphanumeric characters or '-'",
            "[-A-Za-z0-9]+",
            "X-Header-Name",
        )
    ]


def ip_address(text: str) -> list[str]:
    """IPv4 and IPv6 addresses, without a zone."""
    return (
        [] if _parsed(text) else ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"]
    )


def ordinary_address(text: str) -> list[str]:
    """Addresses of endpoints: neither unspecified nor loopback nor link-local."""
    address = _parsed(text)
    if address is None:
        return []
    broken = []
    if address.is_unspecified:
        broken.append("may not be unspecified (0.0.0.0 or ::)")
    if address.is_loopback:
        broken.append("may not be in the loopback range (127.0.0.0/8, ::1/128)")
    if address.is_link_local:
        broken.append("may not be in the link-local range (169.254.0.0/16, fe80::/10)")
    if address in _LINK_LOCAL_MULTICAST[address.version]:
        broken.append("may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)")
    return broken


_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_LINK_LOCAL_MULTICAST: dict[int, ipaddress.IPv4Network | ipaddress.IPv6Network] = {
    4: ipaddress.IPv4Network("224.0.0.0/24"),
    6: ipaddress.IPv6Network("ff02::/16"),
}


def _parsed(text: str) -> _Address | None:
    try:
        return None if "%" in text else ipaddress.ip_address(text)
    except ValueError:
        return None
