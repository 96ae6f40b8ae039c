"""What the benchmarks compare does equal work, and the README shows their table. Nothing is timed here."""

from __future__ import annotations

import datetime as dt
import functools
import gc
import itertools
import os
import re
import socket
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import attrs
import pytest
import transitions
from benchmarks import clients, over_http, seven, table
from benchmarks.by_sqlite import ByHand
from benchmarks.callers import calling
from benchmarks.clients import Crew
from benchmarks.contact import alive
from benchmarks.deciding import Stock, fired
from benchmarks.durable import LOCKING, START, TABLES, Ours, asks, compare, prepared, rows, run
from benchmarks.groups import GROUPS, missing
from benchmarks.measuring import Built, Gain, Group, Measured, Memory, Side, Target, measure
from benchmarks.reading import Table
from benchmarks.seven import ENGINES, LEAN, STOCK, WALK
from benchmarks.walk import steps

from lifecycle.decide import decide, explain

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module", autouse=True)
def _only_what_is_measured():
    """What earlier tests left in this process is not looked through for garbage before each single timing."""
    gc.collect()
    gc.freeze()


def test_every_side_reaches_the_same_states_and_makes_the_same_event():
    """On each step of the walk the stock machine and ours take the same row and make equal events and accounts."""
    world, walk = steps()
    stock, whole = Stock(world.machine.policy, whole=False), Stock(world.machine.policy, whole=True)
    for step in walk:
        decision = decide(world.machine, step.account, step.command)
        bare, made = stock.fire(step.account, step.command), whole.fire(step.account, step.command)
        assert bare.state is made.state is decision.dest
        assert bare.event == fired(world.machine, step.account, step.command)
        assert (made.event,) == decision.events
        assert made.after == decision.account
        assert explain(world.machine, step.account, step.command).allowed is True


def test_the_walk_goes_round():
    """The walk ends where it began, and takes a row of nine triggers."""
    world, walk = steps()
    assert world.account.state is walk[0].account.state
    assert len({step.command.trigger for step in walk}) == len(walk) == 9


def test_the_stock_side_stops_at_the_first_guard_that_fails():
    """The stock machine refuses what we refuse, and is spared the guards after the first that fails."""
    world, walk = steps()
    policy = world.machine.policy
    few = policy.facts({"ground": "unusual_logins", "signal": "distinct_addresses", "signal_count": 0})
    asked = world.command(walk[0].command.trigger, walk[0].command.by, few.given())
    tried = Stock(policy, whole=False).fire(walk[0].account, asked)
    assert tried.event is None
    assert not decide(world.machine, walk[0].account, asked).allowed


def test_no_account_is_kept_alive():
    """After the first contact of many accounts none is left, on either side."""
    world, _ = steps()
    for ask in (Stock(world.machine.policy, whole=True).fire, lambda *asked: decide(world.machine, *asked)):
        assert alive(ask, 50) == 0


@pytest.mark.parametrize("name", [STOCK, LEAN])
def test_the_small_machine_walks_round(name):
    """Fourteen steps in the small machine, each taken, lead back to where it began."""
    engine = ENGINES[name]()
    assert isinstance(engine.machine, transitions.Machine)
    assert all(engine.fire(trigger) is True for trigger in WALK)
    assert engine.state() == "active"


def test_the_hand_written_side_writes_the_same_rows(tmp_path):
    """After the same requests the two databases hold the same rows: event and hash, account, timer, notice, key."""
    found = []
    for number, make in enumerate((Ours, ByHand)):
        path = str(tmp_path / f"{number}.db")
        prepared(path, 3)
        side = make(path, "NORMAL")
        run(side, asks(3), 15)
        side.close()
        found.append(rows(path))
    assert found[0] == found[1]
    assert all(found[0][name] for name in TABLES)
    assert len(found[0]["event"]) == 18


def test_the_answer_looked_up_by_hand_is_ours(tmp_path):
    """What the hand-written side says an account may do is what `allows` says, locked or not."""
    path = str(tmp_path / "shop.db")
    prepared(path, 1)
    ours, pending = Ours(path, "NORMAL"), asks(1, LOCKING)
    lookup = Table(path, lambda: ours.now)
    for _ in range(2):
        assert lookup.allows("acc_0") is bool(ours.accounts.allows("acc_0", "buy"))
        run(ours, pending, 1)
    lookup.connection.close()
    ours.close()


def made_up():
    """A group that takes no time worth a word."""
    sides = tuple(Side(name, lambda: None, 1) for name in ("one", "two"))
    targets = (Target("two", "one", 9999.0),)
    return Group("made-up", "Made up", "nothing", "CPU", ("one", "two"), lambda scale: Built(sides), targets)


def test_measuring_gives_each_side_as_many_rounds():
    """Each side is timed in every round, and a ratio is that of the medians of pairs."""
    found = measure(made_up(), 1.0, 4)
    assert [len(times) for times in found.times.values()] == [4, 4]
    known = Measured(found.group, {"one": [1.0, 2.0, 4.0], "two": [2.0, 4.0, 8.0]})
    assert known.ratio("two", "one") == 2.0
    assert known.quartiles("one") == (1.5, 2.0, 3.0)


@pytest.mark.parametrize("group", [group for group in GROUPS if group is not seven.GROUP], ids=lambda group: group.name)
def test_every_group_runs(group):
    """At a thousandth of the work each side still does it: what came of it is compared or counted, whatever it takes."""
    found = measure(group, 0.001, 2)
    text = table.table([found])
    assert all(taken > 0 for times in found.times.values() for taken in times)
    assert text.count("met") + text.count("**missed**") == len(group.targets) + (group.gain is not None)


def test_a_side_is_made_ready_before_it_is_timed():
    """What makes a round ready is done before each round, and is no part of it."""
    done = []
    side = Side("one", lambda: done.append("run"), 1, lambda: done.append("ready"))
    measure(Group("g", "G", "s", "CPU", ("one",), lambda scale: Built((side,))), 1.0, 2)
    assert done == ["ready", "run"] * 3


def test_sides_are_closed_whatever_happens():
    """A round that fails closes what was built."""
    done = []
    built = Built((Side("one", lambda: 1 // 0, 1),), lambda: done.append("closed"))
    with pytest.raises(ZeroDivisionError):
        measure(Group("g", "G", "s", "CPU", ("one",), lambda scale: built), 1.0, 2)
    assert done == ["closed"]


def test_a_gain_is_held_against_a_gain():
    """From one to several as much is to be gained as elsewhere, or a part of that."""
    gain = Gain("ours many", "ours", "theirs many", "theirs", 0.9)
    group = attrs.evolve(made_up(), names=("theirs", "theirs many", "ours", "ours many"), targets=(), gain=gain)
    times = {"theirs": [8.0, 8.0], "theirs many": [2.0, 2.0], "ours": [8.0, 8.0], "ours many": [2.5, 2.5]}
    known = Measured(group, times)
    assert known.gained(gain) == pytest.approx(0.8)
    assert "gains 3.20 over one, ≥ 0.90 of the 4.00 by hand: 0.80, **missed**" in table.table([known])
    better = Measured(group, times | {"ours many": [2.0, 2.0]})
    assert "gains 4.00 over one, ≥ 0.90 of the 4.00 by hand: 1.00, met" in table.table([better])


def test_a_pace_is_told_in_steps_a_second():
    """Where it is asked for, the table says how many steps a second that is."""
    known = Measured(attrs.evolve(made_up(), paced=True), {"one": [50.0, 50.0], "two": [100.0, 100.0]})
    assert "| two | 100 (100 to 100), 10,000 a second | 2.00 |" in table.table([known])


def test_what_whoever_waited_waited_is_told():
    """Where a round comes back with it, the table tells how long half of the answers took, and all but the last one in a hundred."""
    group = Group(
        *("g", "G", "s", "CPU", ("one",), lambda scale: Built((Side("one", lambda: [1000.0] * 98 + [9000.0] * 2, 1),))),
        waited=True,
    )
    found = measure(group, 1.0, 3)
    assert len(found.waits["one"]) == 300
    assert "; answered in 1.00 ms (p50), 9.00 ms (p99) |" in table.table([found])


def test_a_side_may_be_told_beside_another():
    """A side's ratio to another one than the first is told as well where it is asked for."""
    group = attrs.evolve(made_up(), names=("one", "two", "three"), targets=(), beside=(("three", "two"),))
    text = table.table([Measured(group, {"one": [1.0, 1.0], "two": [2.0, 2.0], "three": [3.0, 3.0]})])
    assert "| three | 3.00 (3.00 to 3.00) | 3.00; 1.50 of two |" in text


def test_memory_is_watched():
    """The most that was taken since the beginning is told, not what was taken before."""
    before = bytearray(64 * 1024 * 1024)
    del before
    memory = Memory()
    memory.begin()
    first, most = figures(memory.told())
    assert most - first < 32
    since = bytearray(64 * 1024 * 1024)
    del since
    first, most = figures(memory.told())
    assert most - first > 32


def figures(told):
    """The two figures of a sentence about memory, in MiB."""
    return [float(found) for found in re.findall(r"([\d.]+) MiB", told)]


def test_different_rows_are_named():
    """Sides that wrote different rows cannot be compared: which ones differ is said."""
    same = {name: [("acc_0", 1)] for name in TABLES}
    compare({"hand": same, "ours": same})
    with pytest.raises(RuntimeError, match="different rows of timer") as caught:
        compare({"hand": same, "ours": same | {"timer": [("acc_0", 2)]}})
    assert "hand: ('acc_0', 1)" in str(caught.value)
    with pytest.raises(RuntimeError, match="ours: None"):
        compare({"hand": same, "ours": same | {"event": []}})


def test_a_client_that_fails_says_so():
    """A client's error comes back in words, at the beginning and later; nobody waits for one that is gone."""
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        Crew(lambda: 1 // 0)
    crew = Crew(lambda: lambda: None, lambda: lambda: os._exit(1))
    with pytest.raises(RuntimeError, match="it ended without a word"):
        crew.run()
    crew.close()


def test_clients_tell_what_they_did():
    """What each client came back with is handed on, in their order."""
    crew = Crew(lambda: lambda: 1, lambda: lambda: [2.0])
    assert crew.run() == crew.run() == [1, [2.0]]
    crew.close()


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\n{}", "refused: HTTP/1.1 409"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", "hung up"),
        (b"", "hung up"),
    ],
)
def test_a_caller_counts_good_answers_only(answer, says):
    """A refusal, half an answer or none is no answer: the caller says so instead of timing it."""
    with server_that_says(answer) as address, pytest.raises(RuntimeError, match=says):
        calling(address, [itertools.repeat(b"GET / HTTP/1.1\r\n\r\n")], 3)()


def test_a_caller_waits_for_the_whole_answer():
    """An answer that comes in pieces is timed until its last byte, and each of them once."""
    good = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", b"{", b"}"
    with server_that_says(*good, times=3) as address:
        waits = calling(address, [itertools.repeat(b"GET / HTTP/1.1\r\n\r\n")], 3)()
    assert len(waits) == 3
    assert min(waits) > 10_000


@contextmanager
def server_that_says(*pieces, times=1):
    """Take one connection, answer it in these pieces, a moment apart, so often, and hang up."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            connection, _ = listening.accept()
            with connection:
                for _ in range(times):
                    connection.recv(1000)
                    for piece in pieces:
                        connection.sendall(piece)
                        time.sleep(0.01)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listening.getsockname()
        thread.join()


def test_what_was_answered_is_written(tmp_path):
    """As many transitions are written as were answered; otherwise the times are worth nothing, and that is said."""
    shop = over_http.Shop(f"sqlite:///{tmp_path / 'shop.db'}", ["ann", "bob"])
    crew = Crew(functools.partial(over_http.directly, shop.url, shop.accounts, 3))
    asking = over_http.Asking(crew)
    shop.asking.append(asking)
    asking.run()
    shop.check()
    crew.close()
    asking.answered += 1
    with pytest.raises(RuntimeError, match="4 requests were answered and 3 transitions written"):
        shop.check()


def test_a_server_that_does_not_begin_is_told():
    """Nobody waits for a server that ended at once."""
    with ExitStack() as until, pytest.raises(RuntimeError, match="no server came of"):
        over_http.served(["-c", "raise SystemExit(1)"], ("127.0.0.1", 9), until=until)


def test_nobody_waits_for_a_silent_client(monkeypatch):
    """A client that says nothing for too long is given up, and ended."""
    monkeypatch.setattr(clients, "PATIENCE", 0.5)
    crew = Crew(lambda: lambda: time.sleep(60))
    with pytest.raises(RuntimeError, match="said nothing"):
        crew.run()
    began = time.monotonic()
    crew.close()
    assert time.monotonic() - began < 30


def test_the_table_says_what_missed():
    """A target stands beside its figure, met or missed; so does one against another side than the first."""
    group = Group(
        "g", "G", "s", "CPU", ("one", "two"), made_up().build, (Target("two", "one", 1.0), Target("one", "two", 0.5))
    )
    text = table.table([Measured(group, {"one": [1.0, 1.0], "two": [2.0, 2.0]}, ("a note.",))])
    assert "| two | 2.00 (2.00 to 2.00) | 2.00 | ≤ 1.00: **missed** |" in text
    assert "≤ 0.50 of two: 0.50, met" in text
    assert "A note." in text


def test_the_table_has_its_place(tmp_path):
    """The table is written between the markers, and nowhere if they are missing."""
    readme = tmp_path / "README.md"
    readme.write_text(f"a\n{table.BEGIN}\nold\n{table.END}\nb\n")
    table.write(readme, "new\n")
    assert readme.read_text() == f"a\n{table.BEGIN}\nnew\n{table.END}\nb\n"
    readme.write_text("a\n")
    with pytest.raises(SystemExit, match="has no place"):
        table.write(readme, "new\n")


def test_a_missing_rival_is_named(monkeypatch):
    """What is not installed is said, not left out."""
    monkeypatch.setitem(sys.modules, "fysom", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "fysom" else object())
    assert missing(GROUPS) == ["fysom"]


def test_the_readme_shows_the_table():
    """The README's table has every row there is, in order, and every target."""
    shown = (ROOT / "README.md").read_text(encoding="utf-8").partition(table.BEGIN)[2].partition(table.END)[0]
    first = [line.split(" | ")[0].removeprefix("| ") for line in shown.splitlines() if line.startswith("| ")][2:]
    wanted = [(f"**{group.title}**: {group.says}", *group.names) for group in GROUPS]
    assert first == list(itertools.chain(*wanted))
    assert shown.count("≤") == sum(len(group.targets) for group in GROUPS)
    assert shown.count("≥") == sum(group.gain is not None for group in GROUPS)


def test_times_are_not_left_to_the_clock():
    """The requests carry their own times, so that both sides write the same ones."""
    first, second = itertools.islice(asks(1), 2)
    assert (first.at - START, second.at - first.at) == (dt.timedelta(seconds=1), dt.timedelta(seconds=1))
