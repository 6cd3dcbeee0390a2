"""The connection to a Ray cluster: what is said where there is none."""

import sys

import pytest

from recognizer import cluster
from recognizer.errors import ClusterError


def test_the_address_is_the_named_one_or_that_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    assert cluster.address_of() is None
    assert cluster.address_of("") is None
    monkeypatch.setenv("RAY_ADDRESS", "here:1")
    assert cluster.address_of() == "here:1"
    assert cluster.address_of("there:2") == "there:2"


def test_without_ray_the_file_that_brings_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)  # as if it were not installed
    with pytest.raises(ClusterError, match=r"pip install -r requirements-cluster\.txt"):
        cluster.connected("here:1").__enter__()


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("127.0.0.1:1", "There is no cluster at 127.0.0.1:1"),
        ("127.0.0.1:99999", "There is no cluster at 127.0.0.1:99999"),
        ("no-such-host.invalid:6379", "There is no cluster at no-such-host"),
        ("nonsense", "Give host:port"),
        (":6379", "Give host:port"),
        ("ray://127.0.0.1:10001", "Give host:port"),
    ],
)
def test_where_nothing_listens_that_is_said_at_once(address: str, reason: str) -> None:
    with pytest.raises(ClusterError, match=reason):
        cluster.connected(address).__enter__()
