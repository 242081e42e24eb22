"""Ours and Meta's libraries agree, or the difference is on the list with its reason."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from extensions.contract import JSON
from extensions.meta.fields import BY_KEY
from extensions.meta.user_data import convert
from extensions.meta.values import Context
from tests.comparison import outcomes
from tests.comparison.case import Case
from tests.comparison.clicks import CLICKS
from tests.comparison.custom import CUSTOM, EVENT, WHOLE
from tests.comparison.customer import HASHED, OPEN
from tests.comparison.lists import ADDRESSES, IN_ORDER
from tests.comparison.page import PAGE, PARTS, renewed, row

ALL = [case for cases in PARTS.values() for case in cases]


def of(cases: tuple[Case, ...]) -> pytest.MarkDecorator:
    """Run a test for each of the cases."""
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.label)


def judged(case: Case, ours: JSON, theirs: JSON) -> None:
    """Hold both outcomes to the list: neither may change without somebody saying why."""
    assert _typed(ours) == _typed(case.ours), "ours is not what the list says"
    assert _typed(theirs) == _typed(case.of_theirs), "the library's is not what the list says"
    if case.why:
        assert _typed(ours) != _typed(theirs), "this is no difference any more: take it off"


def _typed(value: JSON) -> tuple[str, JSON]:
    return type(value).__name__, value  # for Python, 1 is 1.0 and true


@of(HASHED + OPEN)
def test_customer_information(case: Case) -> None:
    judged(case, outcomes.our_customer(case), outcomes.their_customer(case))


@of(CUSTOM)
def test_custom_data(case: Case) -> None:
    judged(case, outcomes.our_custom(case), outcomes.their_custom(case))


@of(CLICKS)
def test_clicks_and_pages(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    judged(case, outcomes.our_visit(case), outcomes.their_visit(case, monkeypatch))


def test_a_whole_event_differs_only_where_the_list_says() -> None:
    ours = dict(_leaves(outcomes.our_event(WHOLE)))
    theirs = dict(_leaves(outcomes.their_event(WHOLE)))
    differing = {
        path: (ours.get(path), theirs.get(path))
        for path in ours.keys() | theirs.keys()
        if ours.get(path) != theirs.get(path)
    }

    assert differing == {case.key: (case.ours, case.of_theirs) for case in EVENT}
    assert len(ours) == len(theirs) == 26


def _leaves(value: JSON, path: str = "") -> Iterator[tuple[str, JSON]]:
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _leaves(member, f"{path}.{key}" if path else key)
    else:
        yield path, value


_SHUFFLED = """
import json, sys
from facebook_business.adobjects.serverside.user_data import UserData
print(json.dumps(UserData(emails=json.loads(sys.argv[1])).normalize()["em"]))
"""


def test_several_values_keep_their_order_only_here() -> None:
    theirs = []
    for seed in ("1", "2"):
        script = [sys.executable, "-c", _SHUFFLED, json.dumps(ADDRESSES)]
        run = subprocess.run(
            script,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        theirs.append(json.loads(run.stdout))

    assert convert(BY_KEY["em"], ADDRESSES, Context(), []) == IN_ORDER
    assert sorted(theirs[0]) == sorted(theirs[1]) == sorted(IN_ORDER)
    assert theirs[0] != theirs[1]


@of(tuple(ALL))
def test_a_case_has_a_reason_when_and_only_when_it_differs(case: Case) -> None:
    assert (case.why is not None) == (_typed(case.ours) != _typed(case.of_theirs))


def test_no_case_stands_twice() -> None:
    counted = Counter((case.label, case.country) for case in ALL)
    assert counted.most_common(1)[0][1] == 1


# --- The page ---------------------------------------------------------------------------------


def test_the_page_is_made_of_the_cases() -> None:
    text = PAGE.read_text("utf-8")
    assert renewed(text) == text, "make docs writes it anew"


@of(tuple(case for case in ALL if case.why))
def test_every_difference_has_its_row(case: Case) -> None:
    assert row(case) in PAGE.read_text("utf-8").splitlines()


def test_a_reason_without_a_page_of_metas_says_what_was_chosen() -> None:
    for case in ALL:
        if case.why and not case.why.page:
            assert re.search("Meta's (pages|examples)", case.why.words)


def test_the_page_names_the_versions_that_were_compared() -> None:
    text = PAGE.read_text("utf-8")
    for line in (PAGE.parents[1] / "requirements" / "dev.txt").read_text().splitlines():
        if line.startswith(("facebook-business==", "capi-param-builder-python==")):
            name, _, rest = line.partition("==")
            assert f"`{name}` {rest.split()[0]}" in text
