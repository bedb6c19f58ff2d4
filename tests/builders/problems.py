"""What every refusal must look like."""


def assert_problem(response, code, status=None):
    """RFC 9457 with this code, nothing of the program's insides."""
    assert response.headers["content-type"].startswith("application/problem+json"), response.text[:300]
    body = response.json()
    assert body["code"] == code, body
    assert body["status"] == response.status_code
    assert {"type", "title", "detail", "instance"} <= set(body)
    assert status is None or response.status_code == status
    assert "Traceback" not in response.text
    assert ".py" not in response.text
    return body
