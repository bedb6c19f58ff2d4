"""One suite over every StateCache; and what Redis adds: an end for every key, no room, no answer."""

import pytest

from jobs import keys
from jobs.adapters.caches import state_cache
from jobs.adapters.memory import MemoryCache
from jobs.adapters.redis_cache import RedisCache
from jobs.adapters.redis_client import connect_bytes
from jobs.errors import JobError

BLOCKS = [(f"0/0/{n}", bytes([n]) * 50) for n in range(40)]


@pytest.fixture
def redis_cache(redis_url, clean_redis):
    return RedisCache(connect_bytes(redis_url), ttl_s=100)


@pytest.fixture(params=["memory", "redis"])
def cache(request):
    return MemoryCache() if request.param == "memory" else request.getfixturevalue("redis_cache")


def test_blocks_come_back_by_name(cache):
    assert cache.header("a") is None
    assert cache.blocks("a", ["0/0/0"]) == [None]
    cache.keep("a", b"head", BLOCKS)
    assert cache.header("a") == b"head"
    assert cache.blocks("a", ["0/0/7", "nothing", "0/0/3"]) == [b"\x07" * 50, None, b"\x03" * 50]
    assert cache.header("b") is None


def test_what_is_kept_again_replaces_all_before(cache):
    cache.keep("a", b"one", BLOCKS)
    cache.keep("a", b"two", BLOCKS[:1])
    assert (cache.header("a"), cache.blocks("a", ["0/0/1"])) == (b"two", [None])


def test_what_is_forgotten_is_gone(cache):
    cache.keep("a", b"head", BLOCKS)
    cache.forget("a")
    cache.forget("never there")
    assert cache.header("a") is None
    cache.ping()


def test_a_filling_that_died_is_nothing(cache):
    def dying():
        yield BLOCKS[0]
        raise RuntimeError

    with pytest.raises(RuntimeError):
        cache.keep("a", b"head", dying())
    assert cache.header("a") is None


def test_every_key_ends_and_use_renews_it(redis_cache, clean_redis):
    redis_cache.keep("a", b"head", BLOCKS)
    assert clean_redis.keys("*") == [keys.cached("a")]
    assert 90 < clean_redis.ttl(keys.cached("a")) <= 100
    clean_redis.expire(keys.cached("a"), 5)
    redis_cache.header("a")
    assert clean_redis.ttl(keys.cached("a")) > 90
    redis_cache.forget("a")
    assert clean_redis.keys("*") == []


def test_no_room_and_no_answer_are_known_errors(redis_cache, clean_redis):
    clean_redis.config_set("maxmemory", "1mb")
    try:
        with pytest.raises(JobError) as full:
            redis_cache.keep("a", b"head", ((str(n), b"x" * 100_000) for n in range(40)))
    finally:
        clean_redis.config_set("maxmemory", "0")
    with pytest.raises(JobError) as away:
        RedisCache(connect_bytes("unix:///nowhere/redis.sock"), ttl_s=1).header("a")
    assert full.value.code == away.value.code == "store-unavailable"


def test_a_cache_is_used_where_it_is_named_or_the_artefacts_are_far():
    assert state_cache("", "redis://r", "") is None
    assert state_cache("", "redis://r", "file:///shared") is None
    assert state_cache("", "redis://r", "s3://bucket") is not None
    assert state_cache("redis://c", "redis://r", "") is not None
