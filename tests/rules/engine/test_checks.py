"""Everything a build is refused or warned for, each at its resource and its field."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from rules.engine import BuildError, Finding, check_document, compile_build
from tests.rules.engine.making import (
    COMPARISON,
    END,
    META,
    PATH,
    SECRET,
    SEND_META,
    component,
    condition,
    constant,
    document,
    element,
    extension,
    program,
    rule,
    send,
)

LOUD = "guest::actions::loud"
Told = tuple[str, str, str, str, str]
SECRETS = {"secrets": {"development": {"id": "SE" + "d" * 32, "name": "Token"}}}


def told(*contents: tuple[str, dict[str, Any]], stage: str = "development") -> list[Told]:
    """Return what a document of these contents is told."""
    findings = check_document(document(*contents, stage=stage))
    return [(f.severity, f.resource, f.name, f.field, f.message) for f in findings]


def test_good_document_has_no_finding() -> None:
    assert told(element("a"), rule(condition("{{a}}"), send("{{a}}"))) == []


def test_empty_document_has_no_finding() -> None:
    assert told() == []


@pytest.mark.parametrize(
    ("contents", "finding"),
    [
        pytest.param(
            [rule(send("{{gone}}"))],
            ("error", "RL Rule", "Rule › send", "value",
             "The data element gone is not in this library or upstream of it."),
            id="unknown element in an action",
        ),
        pytest.param(
            [rule(condition("{{gone}}"), send())],
            ("error", "RL Rule", "Rule › value-comparison", "leftOperand",
             "The data element gone is not in this library or upstream of it."),
            id="unknown element in a condition",
        ),
        pytest.param(
            [rule(send({"deep": ["{{gone}}", "{{gone}}"]}))],
            ("error", "RL Rule", "Rule › send", "value",
             "The data element gone is not in this library or upstream of it."),
            id="unknown element twice in one field is told once",
        ),
        pytest.param(
            [constant("a", "{{gone}}")],
            ("error", "DE a", "a", "value",
             "The data element gone is not in this library or upstream of it."),
            id="unknown element in an element",
        ),
        pytest.param(
            [extension("guest", settings={"pixel": "{{gone}}"})],
            ("error", "EX guest", "guest", "pixel",
             "The data element gone is not in this library or upstream of it."),
            id="unknown element in an extension",
        ),
        pytest.param(
            [element("off", enabled=False), rule(send("{{off}}"))],
            ("error", "RL Rule", "Rule › send", "value", "The data element off is disabled."),
            id="disabled element",
        ),
        pytest.param(
            [rule(send(), component("action", SEND_META))],
            ("error", "RL Rule", "Rule › send_capi_data", "",
             "The extension Meta Conversions API Extension is not in this library or upstream of "
             "it."),
            id="missing extension of an action",
        ),
        pytest.param(
            [extension("guest", enabled=False), constant("a", 1)],
            ("error", "DE a", "a", "", "The extension Guest is disabled."),
            id="disabled extension of an element",
        ),
        pytest.param(
            [extension("core", enabled=False), element("a")],
            ("error", "DE a", "a", "", "The extension Core is disabled."),
            id="disabled Core",
        ),
        pytest.param(
            [extension("elsewhere")],
            ("error", "EX elsewhere", "elsewhere", "",
             "The package elsewhere is not available."),
            id="unknown package",
        ),
        pytest.param(
            [rule(component("action", "guest::actions::gone"))],
            ("error", "RL Rule", "Rule › gone", "",
             "The component type guest::actions::gone is not available."),
            id="unknown type of a component",
        ),
        pytest.param(
            [element("a", "core::dataElements::gone")],
            ("error", "DE a", "a", "",
             "The component type core::dataElements::gone is not available."),
            id="unknown type of an element",
        ),
        pytest.param(
            [extension("core", settings={"x": 1})],
            ("error", "EX core", "core", "", "There is a setting here that is not known."),
            id="invalid settings of an extension",
        ),
        pytest.param(
            [element("a", PATH, settings={"path": "nope"})],
            ("error", "DE a", "a", "path",
             "A path begins with arc.event, arc.request, arc.ruleStash, xdm or data."),
            id="invalid settings of an element",
        ),
        pytest.param(
            [element("a"), rule(condition("{{a}}", "contains", ""), send())],
            ("error", "RL Rule", "Rule › value-comparison", "rightOperand",
             "Please specify a value."),
            id="invalid settings of a condition",
        ),
        pytest.param(
            [element("a"), rule(component("condition", COMPARISON, {"leftOperand": "{{a}}"}),
                                send())],
            ("error", "RL Rule", "Rule › value-comparison", "comparison",
             "Please specify Comparison."),
            id="settings of the wrong shape",
        ),
        pytest.param(
            [element("t", SECRET, settings={"secrets": {}})],
            ("error", "DE t", "t", "secrets.development",
             "Choose a secret for at least one environment."),
            id="secret element without a secret",
        ),
        pytest.param(
            [rule()],
            ("warning", "RL Rule", "Rule", "", "The rule has no action."),
            id="rule without components",
        ),
        pytest.param(
            [element("a"), rule(condition("{{a}}"))],
            ("warning", "RL Rule", "Rule", "", "The rule has no action."),
            id="rule without an action",
        ),
        pytest.param(
            [constant("a", "x {{a}}")],
            ("error", "DE a", "a", "value", "The data element refers to itself: a → a."),
            id="element that refers to itself",
        ),
    ],
)  # fmt: skip
def test_finding_names_resource_field_and_reason(
    contents: list[tuple[str, dict[str, Any]]], finding: Told
) -> None:
    assert finding in told(*contents)


def test_unknown_element_twice_in_one_field_is_told_once() -> None:
    assert len(told(rule(send(["{{gone}}", "{{gone}}"])))) == 1


def test_unknown_element_in_two_fields_is_told_at_both() -> None:
    settings = {"leftOperand": "{{gone}}", "comparison": {"operator": "equals"}}
    broken = component("condition", COMPARISON, settings | {"rightOperand": "{{gone}}"})
    fields = [field for *_, field, _ in told(rule(broken, send()))]
    assert fields == ["leftOperand", "rightOperand"]


@pytest.mark.parametrize(("stage", "count"), [("development", 0), ("staging", 1)])
def test_secret_must_be_chosen_for_the_stage(stage: str, count: int) -> None:
    missing = ("error", "DE t", "t", f"secrets.{stage}", f"No secret is chosen for {stage}.")
    assert told(element("t", SECRET, settings=SECRETS), stage=stage) == [missing] * count


def test_cycle_is_told_with_its_chain_at_each_of_its_elements() -> None:
    cycle = [constant("a", "{{b}}"), constant("b", ["x{{c}}"]), constant("c", {"k": "{{a}}"})]
    chains = [message for *_, message in told(*cycle)]
    assert chains == [
        "The data element refers to itself: a → b → c → a.",
        "The data element refers to itself: b → c → a → b.",
        "The data element refers to itself: c → a → b → c.",
    ]


def test_element_that_only_leads_into_a_cycle_is_not_blamed() -> None:
    findings = told(constant("in", "{{a}}"), constant("a", "{{a}}"))
    assert [resource for _, resource, *_ in findings] == ["DE a"]


def test_two_ways_to_one_element_are_no_cycle() -> None:
    diamond = [
        constant("a", "{{b}}{{c}}"), constant("b", "{{d}}"), constant("c", "{{d}}"), element("d"),
    ]  # fmt: skip
    assert told(*diamond) == []


def test_cycle_is_found_beside_a_way_that_ends() -> None:
    findings = told(constant("a", "{{end}}{{b}}"), constant("b", "{{end}}{{a}}"), element("end"))
    assert [name for _, _, name, *_ in findings] == ["a", "b"]


def test_long_chain_without_a_cycle_builds() -> None:
    chain = [constant(f"{n}", f"{{{{{n + 1}}}}}") for n in range(50)] + [element("50")]
    assert told(*chain, rule(send("{{0}}"))) == []


@pytest.mark.parametrize(
    "contents",
    [
        [element("a", "core::dataElements::gone", enabled=False)],
        [constant("a", "{{gone}}", enabled=False)],
        [constant("a", "{{a}}", enabled=False)],
        [element("t", SECRET, settings={"secrets": {}}, enabled=False)],
        [extension("elsewhere", enabled=False)],
        [rule(enabled=False)],
        [rule(send("{{gone}}"), enabled=False)],
    ],
)
def test_what_is_disabled_is_not_judged(contents: list[tuple[str, dict[str, Any]]]) -> None:
    assert told(*contents) == []


def test_every_finding_is_told_at_once() -> None:
    findings = told(
        constant("a", "{{gone}}"), rule(send("{{gone}}")), rule(name="empty"), extension("x")
    )
    assert {resource for _, resource, *_ in findings} == {"EX x", "DE a", "RL Rule", "RL empty"}


def test_meta_finds_what_is_missing_in_its_forms() -> None:
    findings = told(extension(META), rule(component("action", SEND_META)))
    fields = {(resource, field) for _, resource, _, field, _ in findings}
    assert {(f"EX {META}", "pixelId"), (f"EX {META}", "accessToken")} <= fields
    assert {("RL Rule", "actionSource"), ("RL Rule", "eventName")} <= fields


def test_error_stops_the_build_and_says_all_of_them() -> None:
    broken = document(rule(send("{{x}}{{y}}")))
    with pytest.raises(BuildError, match=r"element x is not .*; .*element y is not") as caught:
        compile_build(broken)
    assert [type(finding) for finding in caught.value.findings] == [Finding, Finding]


def test_warning_does_not_stop_the_build() -> None:
    assert [compiled.name for compiled in program(rule()).rules] == ["Rule"]


def test_two_elements_of_one_name_are_refused_each_at_its_name() -> None:
    old, new = element("Email", id="DE" + "a" * 32), element("Email", id="DE" + "b" * 32)
    findings = check_document(document(extension(), old, new))
    assert [(finding.severity, finding.field) for finding in findings] == [("error", "name")] * 2
    assert {finding.resource for finding in findings} == {old[1]["id"], new[1]["id"]}


def test_braces_in_a_field_without_picker_are_no_token() -> None:
    greeting = element(
        "Greeting", "core::dataElements::constant", settings={"value": "Hello {{ there }}"}
    )
    assert check_document(document(extension(), greeting)) == []


def test_finding_names_the_component_and_the_label_of_its_field() -> None:
    [found] = check_document(document(rule(send(), send("{{gone}}"))))
    assert (found.resource, found.component, found.label) == ("RL Rule", "Rule 1", "Value")


def test_finding_about_a_whole_resource_has_neither_component_nor_label() -> None:
    [found] = check_document(document(rule()))
    assert (found.component, found.label) == ("", "")


def test_token_inside_an_object_is_told_at_its_own_field() -> None:
    settings = {"contents": {"items": [{"quantity": "{{gone}}"}]}}
    [found] = check_document(document(rule(component("action", LOUD, settings))))
    assert (found.field, found.label) == ("contents.items", "Custom Data › Items")


@pytest.mark.parametrize(
    ("stage", "loud"),
    [("development", ""), ("staging", ""), ("production", "Test code in production: ")],
)
def test_mark_is_a_warning_and_a_strong_one_in_production(stage: str, loud: str) -> None:
    marked = component("action", LOUD, {"test": True, "code": "T1"})
    assert told(rule(marked), stage=stage) == [
        ("warning", "RL Rule", "Rule › loud", "test",
         f"{loud}Test T1. What is sent like this still counts at its destination.")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("today", "advice"),
    [
        (END, [("warning", "EX guest", "version", "Version", "Its time is over.")]),
        (END - timedelta(days=1), []),
        (None, []),
    ],
)
def test_advice_of_the_day_is_a_warning(today: date | None, advice: list[Told]) -> None:
    installed = extension("guest", settings={"version": "old"})
    findings = check_document(document(installed), today)
    assert [(f.severity, f.resource, f.field, f.label, f.message) for f in findings] == advice


def test_advice_of_a_disabled_extension_is_not_told() -> None:
    installed = extension("guest", settings={"version": "old"}, enabled=False)
    assert check_document(document(installed), END) == []


def nested(levels: int) -> dict[str, Any]:
    """An object in an object, and so on; made without recursion."""
    made: dict[str, Any] = {"end": "{{a}}"}
    for _ in range(levels):
        made = {"in": made}
    return made


@pytest.mark.parametrize(
    ("contents", "finding"),
    [
        pytest.param(
            [rule(send(nested(3000)))], ("RL Rule", "Rule › send", "value"), id="component"
        ),
        pytest.param([constant("a", nested(3000))], ("DE a", "a", "value"), id="data element"),
        pytest.param(
            [constant("a", "{{b}}"), constant("b", nested(3000))],
            ("DE b", "b", "value"),
            id="data element that another asks for",
        ),
        pytest.param(
            [extension("guest", settings={"pixel": nested(3000)})],
            ("EX guest", "guest", "pixel"),
            id="extension",
        ),
        pytest.param(
            [element("a"), rule(condition("{{a}}", "equals", nested(3000)), send())],
            ("RL Rule", "Rule › value-comparison", "rightOperand"),
            id="condition",
        ),
    ],
)
def test_settings_that_are_nested_too_deeply_are_found_in_plain_words(
    contents: list[tuple[str, dict[str, Any]]], finding: tuple[str, str, str]
) -> None:
    words = "Please nest objects and lists at most 100 levels deep."
    assert told(*contents) == [("error", *finding, words)]


@pytest.mark.parametrize(
    ("existing", "words"),
    [
        (None, "The data element gone is not in this library or upstream of it."),
        ({"gone"}, "The data element gone is not in this library or upstream of it."),
        ({"other"}, "There is no data element gone. Create it, or take it out here."),
    ],
)
def test_element_that_is_nowhere_is_not_looked_for_in_a_library(
    existing: set[str] | None, words: str
) -> None:
    [found] = check_document(document(rule(send("{{gone}}"))), existing=existing)
    assert (found.field, found.message) == ("value", words)


def test_code_names_its_elements_at_the_code() -> None:
    code = "return await getDataElementValue('gone');"
    broken = element("a", "core::dataElements::custom-code", settings={"source": code})
    [found] = check_document(document(broken))
    assert (found.field, found.label) == ("source", "Code")
    assert found.severity == "warning"  # code may do without


def test_circle_is_told_at_the_field_that_leads_into_it() -> None:
    found = check_document(
        document(
            element("a", "core::dataElements::lookup-table", settings={
                "input": "{{c}}", "rows": [{"input": "1", "output": "{{b}}"}]}),
            constant("b", "{{a}}"),
            element("c"),
        )
    )  # fmt: skip
    assert [(f.name, f.field, f.label) for f in found] == [
        ("a", "rows", "Rows"),
        ("b", "value", "Value"),
    ]


@pytest.mark.parametrize("url", ["https://api.example.com/{{Key}}", "{{Key}}"])
def test_secret_in_the_address_of_a_call_stops_the_build(url: str) -> None:
    found = check_document(document(*calling(url=url)))
    [finding] = [one for one in found if one.severity == "error"]
    assert (finding.field, finding.label) == ("url", "URL")
    assert finding.message == "Key is a secret, and none may stand here."


def test_secret_in_a_parameter_of_a_call_stops_the_build() -> None:
    params = [{"key": "k", "value": "x {{Key}}"}]
    [finding] = check_document(document(*calling(queryParams=params)))
    assert finding.message == "Key is a secret, and none may stand here."


def test_secret_in_a_header_and_in_the_body_of_a_call_is_fine() -> None:
    contents = calling(
        method="POST",
        headers=[{"key": "Authorization", "value": "Bearer {{Key}}"}],
        body="{{Key}}",
    )
    assert list(check_document(document(*contents))) == []


@pytest.mark.parametrize("url", ["https://{{To}}.shop.example/", "{{To}}/orders"])
@pytest.mark.parametrize(
    ("setting", "field"),
    [
        ({"headers": [{"key": "A", "value": "Bearer {{Key}}"}]}, "headers"),
        ({"method": "POST", "body": "{{Key}}"}, "body"),
    ],
)
def test_secret_beside_a_host_of_an_event_stops_the_build(
    url: str, setting: dict[str, Any], field: str
) -> None:
    contents = [*calling(url=url, **setting), element("To")]
    [finding] = check_document(document(*contents))
    assert (finding.severity, finding.field) == ("error", field)
    assert "written in the URL itself" in finding.message


def calling(**settings: Any) -> list[tuple[str, dict[str, Any]]]:
    """A rule that calls a server, and a secret."""
    package = "adobe-cloud-connector"
    chosen = {"secrets": {"development": {"id": "SE" + "1" * 32, "name": "Key"}}}
    action = component(
        "action",
        f"{package}::actions::make-fetch-call",
        {"url": "https://api.example.com/", **settings},
    )
    return [extension(package), element("Key", SECRET, settings=chosen), rule(action)]
