"""The buckets that tries are counted in; each function is one database command."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from mongoengine import DateTimeField, ListField, LongField, MapField, StringField
from pymongo import ReturnDocument, UpdateOne
from pymongo.errors import DuplicateKeyError

from user_auth.foundation import clock
from user_auth.limits.allowances import LOG, Allowance, Expression
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
        shares: The same for each of those who share the bucket and have an allowance of their own in it.
    """

    id = StringField(primary_key=True)
    log = ListField(LongField())
    shares = MapField(ListField(LongField()))
    expires_at = DateTimeField(required=True)

    meta = {"collection": "limits"}  # noqa: RUF012 - MongoEngine's way

    INDEXES: ClassVar[tuple[Index, ...]] = (Index("expires_at", ttl=True),)


@dataclass(frozen=True)
class Share:
    """What one of those who share a bucket may take of it.

    Attributes:
        name: An HMAC of whose it is.
    """

    name: str
    allowance: Allowance


@dataclass(frozen=True)
class Charge:
    """One try in one bucket.

    Attributes:
        share: The name of the share that it was charged to as well, if any.
        at: In milliseconds since 1970.
        earlier: How many tries counted when it was made, in bucket or share, whichever had more.
    """

    key: str
    share: str | None
    at: int
    earlier: int


def charge(key: str, *, allowance: Allowance, share: Share | None = None) -> Charge | timedelta:
    """Count one try, in bucket and share; when either does not allow it, count nothing and return for how long not."""
    try:
        return _charge(key, allowance=allowance, share=share)
    except DuplicateKeyError:
        # Somebody else made the record in the same moment; now it is there.
        return _charge(key, allowance=allowance, share=share)


def _charge(key: str, *, allowance: Allowance, share: Share | None) -> Charge | timedelta:
    now = clock.now()
    moment = _milliseconds(now)
    recent = _recent("$log", allowance, moment)
    own = [_Log(_recent(f"$shares.{share.name}", share.allowance, moment), share.allowance)] if share else []
    logs = [_Log(recent, allowance), *own]
    # Both questions are asked of the record as it was, so that the answer is the reason for what was written. What
    # is refused leaves it as it was: a flood of tries is not a flood of writes.
    before = Bucket._get_collection().find_one_and_update(
        {"_id": key},
        [{"$set": {"log": recent}}, {"$set": _charged([_Log("$log", allowance), *own], share, now)}],
        projection={"_id": 0, "wait": _wait(logs, moment), "earlier": _earlier(logs)},
        upsert=True,
        return_document=ReturnDocument.BEFORE,
    )
    wait, earlier = (before["wait"], before["earlier"]) if before else (0, 0)
    if wait:
        return timedelta(milliseconds=wait)
    return Charge(key, share.name if share else None, moment, earlier)


def take_back(charge: Charge) -> None:
    """Undo a charge."""
    _take_back(charge, share=_without(f"$shares.{charge.share}", charge.at))


def forgive(charge: Charge) -> None:
    """Undo a charge, and forget every try of its share; without one, every try in the bucket."""
    if charge.share:
        _take_back(charge, share=[])
    else:
        forget([charge.key])


def forget(keys: Sequence[str], *, shares: Sequence[tuple[str, str]] = ()) -> None:
    """Forget every try in some buckets, and in some shares of others, which are named by bucket and share."""
    # An empty record says no more than none, so it may be swept.
    empty = {"$set": {"log": [], "shares": {}, "expires_at": clock.now()}}
    updates = [UpdateOne({"_id": key}, empty) for key in keys]
    updates += [UpdateOne({"_id": key}, {"$unset": {f"shares.{name}": ""}}) for key, name in shares]
    if updates:
        Bucket._get_collection().bulk_write(updates, ordered=False)


def _take_back(charge: Charge, *, share: Expression | list[int]) -> None:
    """Take one try out of a bucket's log, and put ``share`` in the place of that of its share, if it has one."""
    fields: Expression = {"log": _without("$log", charge.at)}
    if charge.share:
        fields[f"shares.{charge.share}"] = share
    is_empty = {"$and": [{"$eq": ["$log", []]}, {"$eq": [_shares_since(0), {}]}]}
    expiry = {"$cond": [is_empty, clock.now(), "$expires_at"]}
    Bucket._get_collection().update_one({"_id": charge.key}, [{"$set": fields}, {"$set": {"expires_at": expiry}}])


@dataclass(frozen=True)
class _Log:
    """An expression of tries, of those that still count and oldest first, and the allowance that they count against."""

    tries: Expression | str
    allowance: Allowance

    def given(self, *, answer: Expression) -> Expression:
        """Return an expression that sees them as ``$$log``."""
        return {"$let": {"vars": {"log": self.tries}, "in": answer}}


def _milliseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _wait(logs: Sequence[_Log], now: int) -> Expression:
    return {"$max": [log.given(answer=log.allowance.wait(now)) for log in logs]}


def _earlier(logs: Sequence[_Log]) -> Expression:
    return {"$max": [log.given(answer={"$size": LOG}) for log in logs]}


def _charged(logs: Sequence[_Log], share: Share | None, now: datetime) -> Expression:
    """Return the fields of a record after a try that every log allows; after another, as they were."""
    moment = _milliseconds(now)
    is_refused = {"$gt": [_wait(logs, moment), 0]}
    later = now + timedelta(seconds=max(log.allowance.memory_seconds for log in logs)) + SWEEP_MARGIN
    fields: Expression = {
        "log": {"$cond": [is_refused, logs[0].tries, _longer(logs[0], moment)]},
        "expires_at": {"$cond": [is_refused, "$expires_at", later]},
    }
    if share:
        own, others = logs[1], _shares_since(_too_old(share.allowance, moment))
        as_it_was = {"$cond": [_is_there(share), _with(share, "$shares", own.tries), "$shares"]}
        fields["shares"] = {"$cond": [is_refused, as_it_was, _with(share, others, _longer(own, moment))]}
    return fields


def _longer(log: _Log, now: int) -> Expression:
    return {"$concatArrays": [log.tries, [now]]}


def _recent(log: str, allowance: Allowance, now: int) -> Expression:
    """Return an expression of the tries in a log that still count, oldest first."""
    too_old, too_new = _too_old(allowance, now), now + MOST_SKEW // timedelta(milliseconds=1)
    recent = {"$filter": {"input": {"$ifNull": [log, []]}, "cond": {"$gt": ["$$this", too_old]}}}
    # Times far in the future are left from before the clock was set back. Taken as of now, and kept so, they hold
    # nobody up for longer than they should.
    possible = {"$map": {"input": recent, "in": {"$cond": [{"$gt": ["$$this", too_new]}, now, "$$this"]}}}
    return {"$sortArray": {"input": possible, "sortBy": 1}}


def _too_old(allowance: Allowance, now: int) -> int:
    return now - allowance.memory_seconds * 1000


def _shares_since(moment: int) -> Expression:
    """Return an expression of the shares that hold a try from after a moment."""
    listed = {"$objectToArray": {"$ifNull": ["$shares", {}]}}
    return {"$arrayToObject": {"$filter": {"input": listed, "cond": {"$gt": [{"$max": "$$this.v"}, moment]}}}}


def _is_there(share: Share) -> Expression:
    return {"$ne": [{"$type": f"$shares.{share.name}"}, "missing"]}


def _with(share: Share, shares: Expression | str, tries: Expression | str) -> Expression:
    return {"$mergeObjects": [shares, {share.name: tries}]}


def _without(log: str, moment: int) -> Expression:
    """Return an expression of a log with one try of a moment taken away; others of the same millisecond stay."""
    kept = {"$ifNull": [log, []]}
    place = {"$indexOfArray": [kept, moment]}
    others = {"$filter": {"input": {"$range": [0, {"$size": kept}]}, "cond": {"$ne": ["$$this", place]}}}
    return {"$map": {"input": others, "in": {"$arrayElemAt": [kept, "$$this"]}}}
