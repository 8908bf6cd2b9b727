"""A pod's look-up of a name, question by question, as its resolver plays it.

Stands for glibc's `res_nsearch`: the search list goes on after NXDOMAIN, NODATA and SERVFAIL, and ends
at the first answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cluster.engine.network.dns import message
from cluster.engine.network.dns.message import Answer, Question, Resolver
from cluster.engine.network.dns.names import parse_ip, reverse_name
from cluster.engine.network.dns.resolv import ResolvConf, resolv_conf
from cluster.objects.pod import Pod

LONGEST_NAME: Final = 253
LONGEST_LABEL: Final = 63

ERRORS: Final = {
    message.NXDOMAIN: "Name or service not known",
    message.NODATA: "No address associated with hostname",
    message.SERVFAIL: "Temporary failure in name resolution",
}
"""What programs say (glibc `gai_strerror`)."""


@dataclass(frozen=True, slots=True)
class Step:
    """One question of a look-up and what came back."""

    question: Question
    answer: Answer

    @property
    def code(self) -> str:
        """The response code, NODATA told apart."""
        return self.answer.code


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """A look-up from a pod.

    `invalid` says why a name cannot be asked for at all. An IP address is no name: it is asked for
    nowhere and stands for itself.
    """

    name: str
    type: str
    conf: ResolvConf
    steps: tuple[Step, ...] = ()
    literal: str = ""
    invalid: str = ""

    @property
    def answer(self) -> Answer | None:
        """The answer that ended the look-up; None when none did."""
        last = self.steps[-1].answer if self.steps else None
        return last if last is not None and last.answers else None

    @property
    def is_resolved(self) -> bool:
        """Whether the name came to something."""
        return bool(self.literal) or self.answer is not None

    @property
    def addresses(self) -> tuple[str, ...]:
        """What it came to, in the answer's order: a client takes the first."""
        if self.literal:
            return (self.literal,)
        return self.answer.addresses if self.answer is not None else ()

    @property
    def code(self) -> str:
        """What the whole look-up comes to: NOERROR, NODATA, SERVFAIL or NXDOMAIN."""
        if self.is_resolved:
            return message.NOERROR
        codes = {step.code for step in self.steps}
        for each in (message.NODATA, message.SERVFAIL, message.REFUSED):
            if each in codes:
                return message.SERVFAIL if each == message.REFUSED else each
        return message.NXDOMAIN if codes or self.invalid else message.SERVFAIL

    @property
    def error(self) -> str:
        """What a program prints when the name is not resolved; "" when it is."""
        return "" if self.is_resolved else ERRORS[self.code]


def look_up(
    resolver: Resolver, pod: Pod, profile: str, name: str, type_: str = message.A
) -> Lookup:
    """A pod looks up a name. Raises ValueError for an unknown profile, never for a name."""
    return play(resolver, resolv_conf(pod, profile, resolver.zone), name, type_)


def play(resolver: Resolver, conf: ResolvConf, name: str, type_: str = message.A) -> Lookup:
    """Look a name up with a resolv.conf. For PTR the name may be an IP address."""
    if parse_ip(name) is not None:
        if type_ != message.PTR:
            return Lookup(name=name, type=type_, conf=conf, literal=name)
        order: tuple[str, ...] = (reverse_name(name),)
    else:
        if invalid := what_is_invalid(name):
            return Lookup(name=name, type=type_, conf=conf, invalid=invalid)
        order = conf.order(name)
    steps: list[Step] = []
    for full in order:
        if what_is_invalid(full):  # too long with this domain: the resolver leaves it out
            continue
        question = Question(full, type_)
        steps.append(Step(question, _ask(resolver, conf, question)))
        if steps[-1].answer.answers:
            break
    return Lookup(name=name, type=type_, conf=conf, steps=tuple(steps))


def what_is_invalid(name: str) -> str:
    """Why a text cannot be a name; "" when it can."""
    labels = name.removesuffix(".").split(".")
    if not name or name == ".":
        return "the name is empty"
    if any(not label for label in labels):
        return "two dots follow each other, or the name begins with one"
    longest = max(labels, key=lambda label: len(label.encode()))
    if len(longest.encode()) > LONGEST_LABEL:
        return f"“{longest[:20]}…” is longer than {LONGEST_LABEL} characters"
    if len(name.removesuffix(".").encode()) > LONGEST_NAME:
        return f"the name is longer than {LONGEST_NAME} characters"
    return ""


def _ask(resolver: Resolver, conf: ResolvConf, question: Question) -> Answer:
    if conf.asks_cluster:
        return resolver.answer(question)
    server = f"{conf.nameservers[0]}, which" if conf.nameservers else "no server, since none"
    return Answer(
        rcode=message.SERVFAIL,
        forward=True,
        authoritative=False,
        rule=f"asked of {server} is the cluster's",
    )
