"""The OpenAPI document: complete, with examples that are what they stand for, and nothing loaded from elsewhere."""

from __future__ import annotations

import re

import msgspec
import pytest
import yaml
from web import Web, problem

from lifecycle import Lifecycle
from lifecycle.http import examples, shapes
from lifecycle.http.bodies import TransitionBody, read
from lifecycle.http.problems import KINDS

PATHS = {
    "/accounts/{account}": {"get"},
    "/accounts/{account}/options": {"get"},
    "/accounts/{account}/plan": {"get"},
    "/accounts/{account}/events": {"get"},
    "/accounts/{account}/timeline": {"get"},
    "/accounts/{account}/transitions": {"post"},
    "/appeals": {"get"},
    "/events": {"get"},
    "/replay": {"post"},
    "/policy": {"get"},
    "/diagram.svg": {"get"},
    "/health": {"get"},
    "/metrics": {"get"},
    "/problems": {"get"},
}


@pytest.fixture(scope="module")
def document():
    """The document."""
    with Lifecycle.open("memory:") as accounts:
        return Web(accounts).get("/schema/openapi.json").json()


def operations(document):
    """Every operation: its path, its method, and what is said of it."""
    return [(path, method, each) for path, item in document["paths"].items() for method, each in item.items()]


def test_every_endpoint_is_described(document):
    """Every path of the API is there, and no page of anything else."""
    assert {path: set(item) for path, item in document["paths"].items()} == PATHS


def test_every_operation_says_what_it_does_and_answers(document):
    """Each has a summary, a description, an example of what it answers, and the problems it may have."""
    for path, method, said in operations(document):
        where = f"{method} {path}"
        assert said["summary"], where
        assert said["description"], where
        assert {"401", "405", "500"} <= set(said["responses"]), where
        for status, answer in said["responses"].items():
            if status == "304":
                continue
            (content,) = answer["content"].values()
            assert content.get("examples"), f"{where} {status}"
            assert answer["description"], f"{where} {status}"
        if "post" in method:
            (body,) = said["requestBody"]["content"].values()
            assert body["schema"]["examples"], where


def test_bodies_may_hold_nothing_else(document):
    """The document says that what it does not name is refused in a body."""
    bodies = [each for name, each in document["components"]["schemas"].items() if name.endswith("Body")]
    assert [each["additionalProperties"] for each in bodies] == [False] * 3


def test_headers_are_described(document):
    """The document says which answers carry a version, when to come again, or how to say who asks."""
    named = {
        (path, status): set(answer.get("headers", ()))
        for path, _, said in operations(document)
        for status, answer in said["responses"].items()
    }
    assert all(headers == {"WWW-Authenticate"} for (_, status), headers in named.items() if status == "401")
    assert all(headers == {"Retry-After"} for (_, status), headers in named.items() if status in ("429", "503"))
    assert {path for (path, status), headers in named.items() if status == "200" and headers} == {
        "/accounts/{account}",
        "/accounts/{account}/options",
        "/accounts/{account}/plan",
        "/accounts/{account}/transitions",
        "/policy",
    }


def test_headers_that_are_described_are_sent(web, document):
    """What the document says of headers is so."""
    for path in (
        "/accounts/{account}",
        "/accounts/{account}/options",
        "/accounts/{account}/plan",
        "/policy",
        "/appeals",
    ):
        for who, status in (("rev1", 200), ("none such", 401)):
            answer = web.get(path.replace("{account}", "ann"), who)
            assert answer.status_code == status
            named = document["paths"][path]["get"]["responses"][str(status)].get("headers", {})
            assert all(name in answer.headers for name in named), (path, named)
            assert ("etag" in answer.headers) is ("ETag" in named), path


def test_every_parameter_is_explained(document):
    """Each parameter says what it is for."""
    for path, method, said in operations(document):
        for parameter in said.get("parameters", []):
            assert parameter["description"], f"{method} {path} {parameter['name']}"


def test_problems_are_documented_as_such(document):
    """Every status that is no success is a problem document, and each example is of a type there is."""
    for path, method, said in operations(document):
        for status, answer in said["responses"].items():
            if int(status) < 400:
                continue
            (kind,) = answer["content"]
            assert kind == "application/problem+json", f"{method} {path} {status}"
            for example in answer["content"][kind]["examples"].values():
                assert KINDS[example["value"]["type"].rsplit(":", 1)[1]].status == int(status)


def test_who_may_ask_is_described(document):
    """A bearer token is asked for everywhere."""
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert document["security"] == [{"bearer": []}]


def test_the_same_as_yaml(web, document):
    """The document is there as YAML too."""
    for _ in range(2):
        assert yaml.safe_load(web.get("/schema/openapi.yaml").text)["paths"].keys() == document["paths"].keys()


def test_nothing_is_loaded_from_elsewhere(web):
    """There is no page that would fetch its scripts or fonts from somewhere else."""
    for path in (
        "/schema",
        "/schema/swagger",
        "/schema/redoc",
        "/schema/elements",
        "/schema/rapidoc",
        "/schema/scalar",
    ):
        answer = web.get(path)
        assert answer.status_code == (200 if path == "/schema" else 404)
        assert not re.search(r"cdn|googleapis|unpkg|jsdelivr", answer.text)


@pytest.mark.parametrize("path", ["/schema/swagger", "/schema/x.json", "/schema/a/b", "/schemas"])
def test_what_is_not_there_is_told_like_everywhere(web, path):
    """Below the document, too, what is not there is a problem document."""
    problem(web.get(path), 404, "not-found")


def test_the_document_says_where_it_is_mounted(service):
    """A mounted service says so."""
    document = Web(service, root="/lifecycle").get("/schema/openapi.json").json()
    assert document["servers"] == [{"url": "/lifecycle"}]


@pytest.mark.parametrize(
    ("example", "shape"),
    [
        (examples.ACCOUNT, shapes.AccountAnswer),
        (examples.OPTIONS, shapes.OptionsAnswer),
        (examples.PLAN, shapes.PlanAnswer),
        (examples.DECISION, shapes.DecisionAnswer),
        (examples.EVENTS, shapes.EventsAnswer),
        (examples.TIMELINE, shapes.TimelineAnswer),
        (examples.APPEALS, shapes.AppealsAnswer),
        (examples.REPLAY, shapes.ReplayAnswer),
        (examples.POLICY, shapes.PolicyAnswer),
        (examples.HEALTH, shapes.HealthAnswer),
        (examples.PROBLEMS, shapes.ProblemsAnswer),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_examples_have_their_shape(example, shape):
    """Each example has all members of what it is an example of, of the right types."""
    assert set(msgspec.convert(example, shape)) == set(example)


def test_the_example_of_a_transition_can_be_sent(web, service):
    """The body that is shown is one that the service reads."""
    import json

    assert read(json.dumps(examples.TRANSITION).encode(), TransitionBody).trigger == "reject"
    problem(
        web.client.post(
            "/accounts/bob/transitions",
            json=examples.TRANSITION,
            headers={**web.get("/health").request.headers, "Idempotency-Key": "k", "If-Match": "*"},
        ),
        409,
        "not-allowed-here",
    )


def test_a_real_answer_has_its_shape(web):
    """What the service answers has exactly the members that are described."""
    for path, shape in (
        ("/accounts/bob", shapes.AccountAnswer),
        ("/accounts/bob/options", shapes.OptionsAnswer),
        ("/accounts/bob/plan", shapes.PlanAnswer),
        ("/accounts/bob/events", shapes.EventsAnswer),
        ("/accounts/bob/timeline", shapes.TimelineAnswer),
        ("/appeals", shapes.AppealsAnswer),
        ("/policy", shapes.PolicyAnswer),
        ("/problems", shapes.ProblemsAnswer),
    ):
        said = web.get(path).json()
        assert set(msgspec.convert(said, shape)) == set(said), path
