"""JavaScript is read as far as needed, whatever stands in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extensions.core.custom_code import CONDITION, elements_asked, with_new_name
from extensions.core.source_code import spelled, tokens
from tests.extensions.core.making import errors


def asked(source: str) -> list[str]:
    return list(elements_asked({"source": source}))


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("getDataElementValue('A')", ["A"]),
        ('await getDataElementValue ( "A b" )', ["A b"]),
        ("getDataElementValue(`A`)", ["A"]),
        ("getDataElementValue(/* which */ 'A')", ["A"]),
        ('getDataElementValue("Visitor\'s")', ["Visitor's"]),
        (r"getDataElementValue('Visitor\'s')", ["Visitor's"]),
        (r"getDataElementValue('gr\u00f6\u{df}e \x41 \ud83d\ude00')", ["größe A 😀"]),
        ("`it's ${await getDataElementValue('A')} and ${getDataElementValue('B')}`", ["A", "B"]),
        ("`${`${getDataElementValue('A')}` + {a: 1}.a}` + getDataElementValue('B')", ["A", "B"]),
        ("const u = 'https://x'; getDataElementValue('A')", ["A"]),
        ("const r = /['\"`]/; getDataElementValue('A') // '", ["A"]),
        ("return /[/'`]/g.test(x) ? getDataElementValue('A') : 0", ["A"]),
        ("const half = total / 2; getDataElementValue('A') / 2", ["A"]),
        ("getDataElementValue('A',)", ["A"]),
        ("getDataElementValue('A', 1)", ["A"]),
        ("getDataElementValue(('A'))", ["A"]),
        ("getDataElementValue((('A')),)", ["A"]),
        ("getDataElementValue?.('A')", ["A"]),
        ("getDataElementValue?.(('A'),)", ["A"]),
        ("if (x) /'/.test(y); getDataElementValue('A')", ["A"]),
        ("while (f(x)) /'/.test(y); getDataElementValue('A')", ["A"]),
        ("if (x) { f() } /'/.test(y); getDataElementValue('A')", ["A"]),
        ("f(() => { g() }); /'/.test(y); getDataElementValue('A')", ["A"]),
        ("a = (x) / 2 + '/'; getDataElementValue('A')", ["A"]),
        ("a = x.if(y) / 2 + '/'; getDataElementValue('A')", ["A"]),
        ("a = x.in / 2 + '/'; getDataElementValue('A')", ["A"]),
        ("a = {b: 1} / 2 + '/'; getDataElementValue('A')", ["A"]),
        ("a = x++ / 2 + '/'; getDataElementValue('A')", ["A"]),
        ("a = `${x}` / 2 + '/'; getDataElementValue('A')", ["A"]),
        ("a = x + + /'/.exec(y); getDataElementValue('A')", ["A"]),
        ("// getDataElementValue('A')", []),
        ("/* getDataElementValue('A')\n */ 1", []),
        ("'getDataElementValue(\"A\")'", []),
        ("getDataElementValue(name)", []),
        ("getDataElementValue('A' + x)", []),
        ("getDataElementValue(`A${x}`)", []),
        ("mygetDataElementValue('A')", []),
        (r"getDataElementValue('\0')", []),
        (r"getDataElementValue('\ud800')", ["\N{REPLACEMENT CHARACTER}"]),
        ("getDataElementValue(('A') + x)", []),
        ("getDataElementValue(('A' + x))", []),
        ("getDataElementValue(('A', x))", []),
        ("getDataElementValue 'A'", []),
        ("getDataElementValue('A'", []),
        ("getDataElementValue(('A')", []),
        ("getDataElementValue('A", []),
        ("getDataElementValue(", []),
    ],
)
def test_names_that_code_spells_out_are_found(source: str, names: list[str]) -> None:
    assert asked(source) == names


@given(st.text(alphabet="aget/*'\"`\\${}()[]\n .", max_size=60) | st.text(max_size=60))
def test_tokens_stand_in_the_code_one_after_the_other(source: str) -> None:
    place = 0
    for token in tokens(source):
        assert token.start >= place
        assert source.startswith(token.source, token.start)
        assert token.source
        place = token.end


@given(st.text(max_size=30), st.sampled_from("'\"`"))
def test_text_that_is_spelled_means_the_same(value: str, quote: str) -> None:
    value = value.replace("\n", "").replace("\r", "")
    read = [token.value for token in tokens(spelled(value, quote)) if token.kind == "text"]
    assert read == [value]


@pytest.mark.parametrize("new", ["New", "Visitor's", 'a "b"', "back\\slash", "`${x}`", "größe"])
@pytest.mark.parametrize("quote", ["'", '"', "`"])
def test_new_name_is_asked_for_where_the_old_one_was(new: str, quote: str) -> None:
    old = f"getDataElementValue({quote}Old{quote})"
    source = f"const a = await {old}; // {old}\nreturn [{old}, getDataElementValue('Older'), 'Old']"
    renamed = str(with_new_name({"source": source}, "Old", new)["source"])
    assert asked(renamed) == [new, new, "Older"]
    assert renamed.endswith("'Old']")
    assert with_new_name({"source": renamed}, new, "Old")["source"] == source


# --- What the visitor's request has to keep -----------------------------------------------------


@pytest.mark.parametrize(
    ("source", "needed"),
    [
        ("return arc.request.cookies._fbp", ["cookie:_fbp"]),
        ("return arc.request.cookies['my-id']", ["cookie:my-id"]),
        ("return arc?.request?.cookies?.['a'] ?? arc.request.cookies?.b", ["cookie:a", "cookie:b"]),
        ('return arc.request.headers["X-Shop"]', ["header:x-shop"]),
        ("return arc.request.headers.referer", ["header:referer"]),
        ("const { cookies } = arc.request; return cookies.a", ["cookie:a"]),
        ("return arc.request.cookies[`a`] + arc.request.cookies.a", ["cookie:a"]),
        ("// arc.request.cookies.a", []),
        ("return 'arc.request.cookies.a'", []),
        ("return arc.request.cookies[name]", []),
        (r"return arc.request.cookies['\0']", []),
        ("return arc.request.ip", []),
    ],
)
def test_cookies_and_headers_that_code_spells_out_are_needed(
    source: str, needed: list[str]
) -> None:
    assert list(CONDITION.needs({"source": source})) == needed


@pytest.mark.parametrize(
    ("source", "is_told"),
    [
        ("return arc.request.cookies[name]", True),
        ("return Object.keys(arc.request.headers).length", True),
        ("return arc.request.cookies.a", False),
        ("return arc.event.cookies", False),
        ("return 'cookies'", False),
    ],
)
def test_code_that_hides_the_name_of_a_cookie_is_told_so(source: str, is_told: bool) -> None:
    problems = CONDITION.check({"source": source})
    assert [(problem.field, problem.severity) for problem in problems] == [
        ("source", "warning")
    ] * is_told
    assert errors(CONDITION, {"source": source}) == []


@pytest.mark.parametrize(
    ("source", "is_told"),
    [
        ("const get = getDataElementValue; return get('A')", True),
        ("return getDataElementValue(name)", True),
        ("return getDataElementValue('A') + getDataElementValue('A' + x)", True),
        ("return names.map(getDataElementValue)", True),
        ("return getDataElementValue('A')", False),
        ("return [getDataElementValue(('A'),), getDataElementValue?.('B')]", False),
        ("// getDataElementValue\nreturn 'getDataElementValue'", False),
        ("return 1", False),
    ],
)
def test_code_that_hides_the_name_of_a_data_element_is_told_so(source: str, is_told: bool) -> None:
    problems = CONDITION.check({"source": source})
    told = [(problem.field, problem.severity, problem.message) for problem in problems]
    assert [one[:2] for one in told] == [("source", "warning")] * is_told
    assert all("data elements" in message for _, _, message in told)
    assert errors(CONDITION, {"source": source}) == []
