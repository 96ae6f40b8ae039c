"""The log for other programs: every event is in it, once, in a form that others read."""

from __future__ import annotations

import hashlib
import json
from xml.etree import ElementTree as ET

import pytest
from shop import SECRET
from test_bulk import SUSPENDED

from lifecycle import Actor, Evidence, Lifecycle
from lifecycle.export import FORMATS
from lifecycle.replay import run, simulated

XES = "{http://www.xes-standard.org/}"


@pytest.fixture(scope="module")
def accounts(request):
    """The real cases, replayed."""
    from lifecycle.cases import read_cases
    from lifecycle.policy import policy

    with simulated(policy(), "memory:") as service:
        for file in sorted((request.config.rootpath / "tests" / "cases" / "real").glob("*.case.toml")):
            for number, case in enumerate(read_cases(file)):
                run(case, service, account_id=f"{file.stem.split('.')[0][:4]}_{number}")
        yield service


def logs(accounts):
    """Every account with its events."""
    return lambda: ((each.id, accounts.events(each.id)) for each in accounts.accounts())


def everything(accounts):
    """Every event of every account."""
    return [event for _, events in logs(accounts)() for event in events]


def text(accounts, name):
    """The file of one format."""
    return "".join(FORMATS[name](logs(accounts)))


def test_json_lines_hold_every_event_and_its_chain(accounts):
    """Each line is an event with its hash; whoever reads the file can follow the chain."""
    said = [json.loads(line) for line in text(accounts, "jsonl").splitlines()]
    assert [(s["event"]["account_id"], s["event"]["version"]) for s in said] == [
        (event.account_id, event.version) for event in everything(accounts)
    ]
    head = ""
    for line in text(accounts, "jsonl").splitlines():
        said, body = json.loads(line), line.split('"event":', 1)[1][:-1]
        before = "" if said["event"]["version"] == 1 else head
        head = hashlib.sha256((before + body).encode()).hexdigest()
        assert said["hash"] == head


def test_xes_has_a_trace_for_each_account(accounts):
    """Every account is a trace, every event a step with name, time, role and where it led."""
    root = ET.fromstring(text(accounts, "xes"))
    traces = root.findall(f"{XES}trace")
    assert len(traces) == len(list(accounts.accounts()))
    steps = [step for trace in traces for step in trace.findall(f"{XES}event")]
    keys = [{each.get("key"): each.get("value") for each in step} for step in steps]
    wanted = [(event.trigger, event.by.role.value, event.dest.value) for event in everything(accounts)]
    assert [(k["concept:name"], k["org:role"], k["dest"]) for k in keys] == wanted
    assert all(k["lifecycle:transition"] == "complete" and k["time:timestamp"].endswith("+00:00") for k in keys)
    assert {each.get("prefix") for each in root.findall(f"{XES}extension")} == {"concept", "time", "lifecycle", "org"}


def test_ocel_makes_records_objects(accounts):
    """An appeal is an object of its own: the steps about it are related to it, and its status is told over time."""
    said = json.loads(text(accounts, "ocel"))
    assert set(said) == {"objectTypes", "eventTypes", "events", "objects"}
    assert len(said["events"]) == len(everything(accounts))
    kinds = {each["name"] for each in said["objectTypes"]}
    objects = {each["id"]: each for each in said["objects"]}
    assert {each["type"] for each in said["objects"]} <= kinds
    assert {each["type"] for each in said["events"]} <= {each["name"] for each in said["eventTypes"]}
    related = [relation["objectId"] for each in said["events"] for relation in each["relationships"]]
    assert set(related) <= objects.keys()
    appeals = [each for each in said["objects"] if each["type"] == "appeal"]
    assert len(appeals) == sum(
        1 for event in everything(accounts) for c in event.changes if (c.do, c.name) == ("open", "appeal")
    )
    assert {status["value"] for each in appeals for status in each["attributes"]} >= {"open", "granted", "rejected"}
    granted = [each for each in said["events"] if each["type"] == "grant"]
    assert granted
    assert all("appeal" in {relation["qualifier"] for relation in each["relationships"]} for each in granted)


def test_no_account_makes_a_whole_file():
    """Of an empty database each format is still a whole document."""
    with Lifecycle.open("memory:") as accounts:
        assert text(accounts, "jsonl") == ""
        assert ET.fromstring(text(accounts, "xes")).findall(f"{XES}trace") == []
        assert json.loads(text(accounts, "ocel"))["events"] == []


def test_what_is_odd_is_escaped(tmp_path):
    """Ids and codes with signs that mean something in a format stay what they are, and texts of people are not in it."""
    with Lifecycle.open("memory:", secret=SECRET) as accounts:
        accounts.import_account("a:b-c.d_e", **SUSPENDED)
        text_of = Evidence("explanation", text='planted <b>"words"</b> & more')
        proof = [Evidence("passport", "p:1"), text_of, Evidence("written_commitment", "w1")]
        accounts.submit("appeal", account="a:b-c.d_e", by=Actor.holder("a:b-c.d_e"), evidence=proof)
        for name in FORMATS:
            whole = text(accounts, name)
            assert "a:b-c.d_e" in whole
            assert "planted" not in whole
