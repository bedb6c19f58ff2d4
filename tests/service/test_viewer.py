"""The page's files are sent with headers that let nothing in and leave nothing behind."""

import pytest


def test_the_page_is_sent_with_a_strict_policy_and_not_stored(client):
    answer = client.get("/")
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-store"
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert "http" not in answer.text


@pytest.mark.parametrize(("name", "type"), [("viewer.js", "text/javascript"), ("viewer.css", "text/css")])
def test_its_parts_have_their_types(client, name, type):
    answer = client.get(f"/viewer/{name}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(type)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert f'"/viewer/{name}"' in client.get("/").text


@pytest.mark.parametrize("name", ["built-from.txt", "index.html", "..%2F__init__.py", "%2e%2e/endpoints.py"])
def test_nothing_else_is_sent(client, name):
    assert client.get(f"/viewer/{name}").json()["code"] == "path-not-found"
