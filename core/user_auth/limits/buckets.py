"""The buckets that tries are counted in; each function is one database command."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from mongoengine import DateTimeField, ListField, LongField, StringField
from pymongo import ReturnDocument, UpdateOne
from pymongo.errors import DuplicateKeyError

from user_auth.foundation import clock
from user_auth.limits.allowances import Allowance, Expression
from user_auth.mongo.documents import Document
from user_auth.mongo.indexes import Index

# The clocks of our machines differ by less, and no command takes longer.
MOST_SKEW = timedelta(seconds=10)
# The server's clock, which sweeps, may be ahead of ours: swept too early, a try would count no more.
SWEEP_MARGIN = timedelta(hours=1)


class Bucket(Document):
    """The tries that count against one allowance. Shard key: ``_id``, hashed.

    Attributes:
        id: An HMAC of the rule and of whose allowance it is: no address can be read from it.
        log: When each try was, in milliseconds since 1970.
    """

    id = StringField(primary_key=True)
    log = ListField(LongField())
    expires_at = DateTimeField(required=True)

    meta = {"collection": "limits"}  # noqa: RUF012 - MongoEngine's way

    INDEXES: ClassVar[tuple[Index, ...]] = (Index("expires_at", ttl=True),)


@dataclass(frozen=True)
class Charge:
    """One try in one bucket.

    Attributes:
        at: In milliseconds since 1970.
        earlier: How many tries counted when it was made.
    """

    key: str
    at: int
    earlier: int


def charge(key: str, *, allowance: Allowance) -> Charge | timedelta:
    """Count one try; when that is not allowed, count nothing and return how long it will not be."""
    try:
        return _charge(key, allowance=allowance)
    except DuplicateKeyError:
        # Somebody else made the record in the same moment; now it is there.
        return _charge(key, allowance=allowance)


def _charge(key: str, *, allowance: Allowance) -> Charge | timedelta:
    now = clock.now()
    moment = _milliseconds(now)
    # Both questions are asked of the record as it was, so that the answer is the reason for what was written. What
    # is refused leaves it as it was: a flood of tries is not a flood of writes.
    before = Bucket._get_collection().find_one_and_update(
        {"_id": key},
        [{"$set": {"log": _added(allowance, moment), "expires_at": _expiry(allowance, now)}}],
        projection={"_id": 0, "wait": _wait(allowance, moment), "earlier": _earlier(allowance, moment)},
        upsert=True,
        return_document=ReturnDocument.BEFORE,
    )
    wait, earlier = (before["wait"], before["earlier"]) if before else (0, 0)
    return timedelta(milliseconds=wait) if wait else Charge(key, moment, earlier)


def wait(key: str, *, allowance: Allowance) -> timedelta:
    """Return how long it is until one more try is allowed."""
    question = {"_id": 0, "wait": _wait(allowance, _milliseconds(clock.now()))}
    found = Bucket._get_collection().find_one({"_id": key}, question)
    return timedelta(milliseconds=found["wait"] if found else 0)


def take_back(charges: Iterable[Charge], *, clearing: Charge | None = None) -> None:
    """Undo charges, and forget every try in the bucket of the one to clear."""
    now = clock.now()
    updates = [UpdateOne({"_id": each.key}, _without(each.at, now)) for each in charges]
    if clearing:
        updates.append(UpdateOne({"_id": clearing.key}, {"$set": {"log": [], "expires_at": now}}))
    if updates:
        Bucket._get_collection().bulk_write(updates, ordered=False)


def forget(keys: Iterable[str]) -> None:
    """Forget every try in some buckets."""
    Bucket.objects(id__in=list(keys)).delete()


def _milliseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _wait(allowance: Allowance, now: int) -> Expression:
    return _given_log(allowance, now, answer=allowance.wait(now))


def _earlier(allowance: Allowance, now: int) -> Expression:
    return _given_log(allowance, now, answer={"$size": "$$log"})


def _added(allowance: Allowance, now: int) -> Expression:
    longer = {"$concatArrays": ["$$log", [now]]}
    return _given_log(allowance, now, answer={"$cond": [{"$gt": [allowance.wait(now), 0]}, "$$log", longer]})


def _expiry(allowance: Allowance, now: datetime) -> Expression:
    later = now + timedelta(seconds=allowance.memory_seconds) + SWEEP_MARGIN
    return {"$cond": [{"$gt": [_wait(allowance, _milliseconds(now)), 0]}, "$expires_at", later]}


def _given_log(allowance: Allowance, now: int, *, answer: Expression) -> Expression:
    """Return an expression that sees as ``$$log`` the tries that still count, oldest first."""
    too_old = now - allowance.memory_seconds * 1000
    too_new = now + MOST_SKEW // timedelta(milliseconds=1)
    recent = {"$filter": {"input": {"$ifNull": ["$log", []]}, "cond": {"$gt": ["$$this", too_old]}}}
    # Times far in the future are left from before the clock was set back. Taken as of now, and kept so, they hold
    # nobody up for longer than they should.
    possible = {"$map": {"input": recent, "in": {"$cond": [{"$gt": ["$$this", too_new]}, now, "$$this"]}}}
    return {"$let": {"vars": {"log": {"$sortArray": {"input": possible, "sortBy": 1}}}, "in": answer}}


def _without(moment: int, now: datetime) -> list[Expression]:
    """Return the update that takes one try of a moment away; others of the same millisecond stay."""
    place = {"$indexOfArray": ["$log", moment]}
    others = {"$filter": {"input": {"$range": [0, {"$size": "$log"}]}, "cond": {"$ne": ["$$this", place]}}}
    kept = {"$map": {"input": others, "in": {"$arrayElemAt": ["$log", "$$this"]}}}
    # An empty record says no more than none, so it may be swept.
    expiry = {"$cond": [{"$eq": ["$log", []]}, now, "$expires_at"]}
    return [{"$set": {"log": kept}}, {"$set": {"expires_at": expiry}}]
