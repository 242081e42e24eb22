"""What a call says: its URL, headers and body, to the byte."""

from __future__ import annotations

from typing import Any

import pytest

from extensions.contract import ComponentError
from tests.extensions.cloud_connector.making import NOW, called, requested, rows

VALUES = {
    "id": 7,
    "text": "a b&c=d/é?#%",
    "total": 49.5,
    "yes": True,
    "none": None,
    "empty": "",
    "list": [1, "two", None],
    "object": {"sku": "A-1", "tags": ["x"]},
    "quoted": 'say "hi"\n',
    "json": '{"a": [1]}',
    "words": "not json",
}

PATHS = [
    ("https://api.example.com", "/"),
    ("https://api.example.com?x=1", "/?x=1"),
    ("https://api.example.com/a/b", "/a/b"),
    ("https://api.example.com/a b/é", "/a%20b/%C3%A9"),
    ("https://api.example.com/a%20b", "/a%20b"),
    ("https://api.example.com/x?q=ö&r=[1]#part", "/x?q=%C3%B6&r=[1]"),
    ("https://api.example.com/{{id}}", "/7"),
    ("https://api.example.com/{{text}}/x", "/a%20b%26c%3Dd%2F%C3%A9%3F%23%25/x"),
    ("https://api.example.com/x?q={{text}}", "/x?q=a%20b%26c%3Dd%2F%C3%A9%3F%23%25"),
    ("https://api.example.com/{{none}}x", "/x"),
    ("https://api.example.com/{{yes}}/{{total}}", "/true/49.5"),
    ("  https://api.example.com/x  ", "/x"),
]


@pytest.mark.parametrize(("url", "path"), PATHS)
def test_path_and_query_are_encoded(url: str, path: str) -> None:
    assert called(VALUES, url=url).payload["path"] == path


QUERIES: list[tuple[list[dict[str, str]], str]] = [
    ([], "/orders"),
    (rows(a="1", b="{{id}}"), "/orders?a=1&b=7"),
    (rows(a="{{text}}"), "/orders?a=a%20b%26c%3Dd%2F%C3%A9%3F%23%25"),
    (rows(a="{{none}}", b="2"), "/orders?b=2"),
    (rows(a="{{empty}}"), "/orders?a="),
    (rows(a="x{{none}}y"), "/orders?a=xy"),
    ([{"key": "{{words}}"}], "/orders?not%20json="),
    ([{"key": "{{empty}}", "value": "1"}], "/orders"),
    (rows(a="{{list}}"), "/orders?a=%5B1%2C%22two%22%2Cnull%5D"),
    ([{"key": "a", "value": "1"}, {"key": "a", "value": "2"}], "/orders?a=1&a=2"),
]


@pytest.mark.parametrize(("params", "path"), QUERIES)
def test_query_params_are_added(params: list[dict[str, str]], path: str) -> None:
    assert called(VALUES, queryParams=params).payload["path"] == path


def test_query_params_stand_behind_those_of_the_url() -> None:
    send = called(url="https://api.example.com/x?a=1", queryParams=rows(b="2"))
    assert send.payload["path"] == "/x?a=1&b=2"


BODIES: list[tuple[dict[str, Any], bytes]] = [
    ({"method": "GET", "body": "ignored"}, b""),
    ({"method": "POST"}, b""),
    ({"method": "POST", "body": "id={{id}}&t={{total}}"}, b"id=7&t=49.5"),
    ({"method": "PUT", "body": "{{object}}"}, b'{"sku":"A-1","tags":["x"]}'),
    ({"method": "PATCH", "body": "{{none}}"}, b""),
    ({"method": "DELETE", "body": "é"}, "é".encode()),
    (
        {"bodyJson": {"id": "{{id}}", "note": "No. {{id}}", "none": "{{none}}"}},
        b'{"id":7,"note":"No. 7","none":null}',
    ),
    (
        {"bodyJson": {"items": ["{{object}}", "{{yes}}"]}},
        b'{"items":[{"sku":"A-1","tags":["x"]},true]}',
    ),
    ({"bodyJson": {"note": "He: {{quoted}}"}}, b'{"note":"He: say \\"hi\\"\\n"}'),
    ({"bodyJson": '{"total": "{{total}}"}'}, b'{"total":49.5}'),
    ({"bodyJson": '[1, "{{id}}"]'}, b"[1,7]"),
    ({"bodyJson": "{{object}}"}, b'{"sku":"A-1","tags":["x"]}'),
    ({"bodyJson": "{{json}}"}, b'{"a": [1]}'),
    ({"bodyJson": {}}, b"{}"),
]


@pytest.mark.parametrize(("settings", "body"), BODIES)
def test_body_is_made(settings: dict[str, Any], body: bytes) -> None:
    as_json = {"method": "POST", "bodyType": "json"} if "bodyJson" in settings else {}
    assert requested(called(VALUES, **as_json, **settings)).body == body


def test_json_body_says_what_it_is() -> None:
    send = called(method="POST", bodyType="json", bodyJson={"a": 1})
    assert requested(send).headers == {"Content-Type": "application/json"}


def test_header_of_ones_own_wins_over_the_content_type_of_json() -> None:
    send = called(
        method="POST", bodyType="json", bodyJson={}, headers=rows(content_type="text/x-mine")
    )
    assert requested(send).headers == {"content-type": "text/x-mine"}


def test_headers_hold_values_as_text_and_leave_out_missing_ones() -> None:
    send = called(
        VALUES, headers=rows(X_Id="{{id}}", X_None="{{none}}", X_Text=" No. {{id}} ", X_E="é")
    )
    assert requested(send).headers == {
        "X-Id": "7", "X-Text": "No. 7", "X-E": "é".encode().decode("latin-1")
    }  # fmt: skip


def test_whole_call_is_this() -> None:
    send = called(
        VALUES,
        url="https://API.example.com:8443/o/{{id}}",
        method="POST",
        queryParams=rows(t="{{total}}"),
        headers=rows(X_A="1"),
        bodyType="json",
        bodyJson={"yes": "{{yes}}"},
    )
    assert send.address == {"origin": "https://api.example.com:8443", "secrets": ""}
    assert send.payload == {
        "method": "POST",
        "path": "/o/7?t=49.5",
        "headers": [["X-A", "1"], ["Content-Type", "application/json"]],
        "body": '{"yes":true}',
    }
    assert (send.dedup_id, send.expires_at, send.awaits) == ("", NOW + 86_400, False)


def test_name_of_a_call_holds_nothing_of_the_event() -> None:
    send = called({"who": "jane@shop.example"}, url="https://api.example.com/p/{{who}}/x?e={{who}}")
    assert send.name == "GET api.example.com/p/…/x"


REFUSALS: list[tuple[dict[str, Any], str]] = [
    ({"url": "{{none}}"}, "The URL is empty."),
    ({"url": "{{words}}"}, "This is not a URL that can be called."),
    ({"url": "ftp://api.example.com/"}, "This is not a URL that can be called."),
    ({"url": "//api.example.com/"}, "This is not a URL that can be called."),
    ({"url": "https:///path"}, "This is not a URL that can be called."),
    ({"url": "https://user:pass@api.example.com/"}, "A user name or password may not stand"),
    ({"url": "https://api.example.com@127.0.0.1/"}, "A user name or password may not stand"),
    ({"url": "https://api.example.com:0/"}, "This is not a URL that can be called."),
    ({"url": "https://api.example.com:65536/"}, "This is not a URL that can be called."),
    ({"url": "https://api.example.com:44 3/"}, "This is not a URL that can be called."),
    ({"url": "https://api.example.com\\@evil.example/"}, "A user name or password"),
    ({"url": "https://api.example.com\\.evil.example/"}, "This is not a URL"),
    ({"url": "https://api.exa%6dple.com/"}, "This is not a URL that can be called."),
    ({"url": "https://[fe80::1%25eth0]/"}, "This is not a URL that can be called."),
    ({"url": "https://api.example.com/a/../b"}, "has a step"),
    ({"url": "https://api.example.com/%2e%2E/b"}, "has a step"),
    ({"url": "https://api.example.com/a/{{dots}}/b"}, "has a step"),
    ({"url": "https://api.example.com/" + "x" * 8_200}, "longer than 8192 characters"),
    ({"queryParams": rows(a="x" * 8_200)}, "longer than 8192 characters"),
    ({"headers": rows(X_A="a{{quoted}}b")}, "may not hold a line break"),
    ({"headers": [{"key": "{{text}}", "value": "1"}]}, "The name of a header is made of letters"),
    ({"headers": [{"key": "{{empty}}", "value": "1"}]}, "The name of a header is made of letters"),
    ({"headers": rows(Host="evil.example")}, "The header Host is set by the connection itself."),
    ({"headers": rows(Transfer_Encoding="chunked")}, "is set by the connection itself."),
    ({"headers": rows(X_A="1", x_a="2")}, "The header x-a is there twice."),
    ({"method": "POST", "bodyType": "json", "bodyJson": "{{words}}"}, "text, and not JSON."),
    ({"method": "POST", "bodyType": "json", "bodyJson": {"a": "{{big}}"}}, "no form in JSON"),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "words"), REFUSALS)
def test_call_that_cannot_be_made_is_refused_in_words(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ComponentError, match=words.replace("(", r"\(")):
        called({**VALUES, "big": 10**400, "dots": ".."}, **settings)


ESCAPES = ["/", "../x", "?a=b", "#x", "@evil.example", "\r\nX: y", "//evil.example", "é/\\"]


@pytest.mark.parametrize("value", ESCAPES)
def test_value_behind_the_host_stays_where_it_is_put(value: str) -> None:
    send = called({"v": value}, url="https://api.example.com/a/{{v}}/b?q={{v}}")
    assert send.address["origin"] == "https://api.example.com"
    path, _, query = str(send.payload["path"]).partition("?")
    assert path.count("/") == 3
    assert query.count("=") == 1
    assert not set(path + query) & set("\r\n #@")


HOSTS = [
    ("https://{{v}}/hook", "a.example", "https://a.example"),
    ("https://{{v}}.shop.example/hook", "a-1", "https://a-1.shop.example"),
    ("https://{{v}}.shop.example/hook", "a.b", "https://a.b.shop.example"),
    ("https://a.example:{{v}}/hook", 8443, "https://a.example:8443"),
    ("{{v}}", "https://a.example:8443/x?y=1", "https://a.example:8443"),
    ("{{v}}/hook", " https://a.example", "https://a.example"),
    ("{{v}}?a=b", "https://a.example", "https://a.example"),
]


@pytest.mark.parametrize(("url", "value", "origin"), HOSTS)
def test_host_may_come_from_an_event(url: str, value: Any, origin: str) -> None:
    assert called({"v": value}, url=url).address["origin"] == origin


LEADS_AWAY = [
    "evil.example/steal?x=", "evil.example/", "evil.example?", "evil.example#", "evil.example\\",
    "me@evil.example", "evil.example:443", "evil.example:443/", "a..b", ".a", "a.", "", " ", "a b",
    "a\n", "é", "a%2fb", "[::1]", "evil.example\uff0f", {"a": 1}, None,
]  # fmt: skip
HOST_TEMPLATES = [
    "https://{{v}}.shop.example/orders",
    "https://shop.{{v}}/orders",
    "https://{{v}}/orders",
    "https://a{{v}}b.example",
    "{{base}}{{v}}/orders",
    "{{scheme}}//{{v}}/orders",
    "{{v}}.shop.example/orders",
]


@pytest.mark.parametrize("url", HOST_TEMPLATES)
@pytest.mark.parametrize("value", LEADS_AWAY)
def test_value_in_the_host_leads_nowhere_else(url: str, value: Any) -> None:
    with pytest.raises(ComponentError):
        called({"v": value, "base": "https://api.example", "scheme": "https:"}, url=url)


def test_data_element_gives_the_whole_origin_or_no_more_than_labels() -> None:
    with pytest.raises(ComponentError, match="into the host of a URL"):
        called({"base": "https://evil.example/?"}, url="{{base}}.shop.example/orders")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://{{who}}.shop.example/p/{{who}}", "GET ….shop.example/p/…"),
        ("https://{{a/b}}.shop.example/p", "GET ….shop.example/p"),
        ("https://{{who}}/p", "GET …/p"),
        ("{{url}}/p?q={{who}}", "GET …/p"),
        ("{{url}}", "GET …"),
        ("https://API.example.com:443/p", "GET api.example.com/p"),
    ],
)
def test_name_of_a_call_holds_no_host_of_the_event(url: str, name: str) -> None:
    values = {"who": "jane", "a/b": "jane", "url": "https://jane.example"}
    assert called(values, url=url).name == name
