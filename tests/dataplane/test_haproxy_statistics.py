"""What HAProxy says of itself, as counts and as processes."""

from __future__ import annotations

import pytest

from cluster.dataplane.haproxy.command_line import Workers, parse_workers
from cluster.dataplane.haproxy.statistics import Ledger, Served, activity
from cluster.objects.meta import Key

HEAD = (
    "# pxname,svname,scur,stot,econ,wretr,req_tot,"
    "hrsp_1xx,hrsp_2xx,hrsp_3xx,hrsp_4xx,hrsp_5xx,hrsp_other,\n"
)
WEB = Key("demo", "web")


def table(*rows: str) -> str:
    """An answer to `show stat` with the columns that count."""
    return HEAD + "".join(f"{row},\n" for row in rows) + "\n"


def test_what_servers_did_not_answer_haproxy_did() -> None:
    text = table(
        "be_http:demo:web,pod:a:web:http:10.0.0.1:8080,0,9,0,0,,1,5,0,2,1,0",
        "be_http:demo:web,BACKEND,0,12,3,0,12,1,5,0,3,3,4",
        "be_sni,fe_sni,0,5,0,0,,,,,,,",
        "be_sni,BACKEND,0,5,0,0,,,,,,,",
        "openshift_default,BACKEND,0,2,0,0,2,0,0,0,0,2,0",
    )
    pod = "pod:a:web:http:10.0.0.1:8080"
    assert Ledger().take(1, text) == {
        Served(WEB, pod, 101): 1,
        Served(WEB, pod, 200): 5,
        Served(WEB, pod, 400): 2,
        Served(WEB, pod, 500): 1,
        Served(WEB, "", 400): 1,
        Served(WEB, "", 503): 2,
        Served(WEB, "", 0): 4,
    }


def test_connections_passed_through_count_where_a_pod_took_them() -> None:
    text = table(
        "be_tcp:demo:web,a,0,7,1,3,,,,,,,",
        "be_tcp:demo:web,BACKEND,0,5,1,3,,,,,,,",
    )
    assert Ledger().take(1, text) == {Served(WEB, "a", 200): 3, Served(WEB, "", 0): 2}


def test_only_what_is_new_of_each_worker_counts() -> None:
    def seen(answers: int) -> str:
        return table(f"be_http:demo:web,a,0,0,0,0,,0,{answers},0,0,0,0")

    ledger, served = Ledger(), Served(WEB, "a", 200)
    assert ledger.take(1, seen(3)) == {served: 3}
    assert ledger.take(1, seen(3)) == {}
    assert ledger.take(2, seen(2)) == {served: 2}
    assert ledger.take(1, seen(4)) == {served: 1}
    ledger.keep({2})
    assert ledger.take(2, seen(2)) == {}


def test_an_answer_under_way_is_not_taken_for_haproxys_own() -> None:
    ledger = Ledger()
    begun = table("be_http:demo:web,a,0,1,0,0,,0,0,0,0,1,0", "be_http:demo:web,BACKEND,1,1,0,0,1"
                  ",0,0,0,0,0,0")  # fmt: skip
    over = begun.replace("BACKEND,1,1,0,0,1,0,0,0,0,0,0", "BACKEND,0,1,0,0,1,0,0,0,0,1,0")
    assert ledger.take(1, begun) == {Served(WEB, "a", 500): 1}
    assert ledger.take(1, over) == {}


def test_frontends_tell_whether_anything_happens() -> None:
    quiet = table("public,FRONTEND,0,3,,,5,,,,,,", "public_ssl,FRONTEND,0,1,,,,,,,,,")
    asked = table("public,FRONTEND,1,3,,,6,,,,,,", "public_ssl,FRONTEND,0,1,,,,,,,,,")
    assert activity(quiet)[0] != activity(asked)[0]
    assert (activity(quiet)[1], activity(asked)[1]) == (False, True)


def test_workers_are_the_current_one_and_those_that_finish() -> None:
    text = (
        "#<PID>  <type>  <reloads>  <uptime>  <version>\n"
        "10  master  2 [failed: 0]  0d00h00m08s  2.6.12\n"
        "# workers\n13  worker  0  0d00h00m01s  2.6.12\n"
        "# old workers\n11  worker  2  0d00h00m08s  2.6.12\n12  worker  1  0d00h00m04s  2.6.12\n"
        "# programs\n\n"
    )
    assert parse_workers(text) == Workers(10, 13, (11, 12))


def test_no_answer_is_an_error() -> None:
    with pytest.raises(OSError, match="does not answer"):
        parse_workers("")
