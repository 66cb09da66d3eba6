"""Decoys: what is checked when an address has no account, so that it costs what it would cost if it had.

Accounts may have hashes of several kinds: made elsewhere, or here before ``BCRYPT_ROUNDS`` was raised. An unknown
address is given one of these kinds, always the same one, in the proportions in which accounts have them. So neither the
time of an answer nor the spread of times over many addresses tells who has an account.

The proportions are counted by a chore every few minutes, over a sample, and stored. Every process reads them once a
minute, whoever signs in.
"""

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pymongo
from mongoengine import DateTimeField, EmbeddedDocument, EmbeddedDocumentListField, IntField, StringField
from mongoengine.errors import NotUniqueError

from user_auth import conf
from user_auth.accounts.documents import User
from user_auth.crypto import digests, passwords
from user_auth.crypto.keys import Purpose
from user_auth.crypto.passwords import Pepper
from user_auth.foundation import clock
from user_auth.mail import worker
from user_auth.mongo.documents import Document

COUNT_EVERY = timedelta(minutes=5)
# Fewer are all counted. Of more, a kind that one in ten thousand has may be missed.
SAMPLE = 10_000
# What chance does to the shares of a sample is a third of this.
NOISE = 0.015
COUNT_SECONDS = 60
MAX_KINDS = 100
READ_EVERY_SECONDS = 60.0

_ONLY = "now"
_DIGITS = 13


class Share(EmbeddedDocument):
    """How many of the accounts that were counted have a kind of hash."""

    kind = StringField(required=True)
    accounts = IntField(required=True)

    meta = {"strict": False}  # noqa: RUF012 - MongoEngine's way


class HashKinds(Document):
    """The latest count; the only record of its collection. Shard key: none.

    Attributes:
        due_at: When to count again.
    """

    id = StringField(primary_key=True)
    shares = EmbeddedDocumentListField(Share)
    due_at = DateTimeField(required=True)

    meta = {"collection": "password_kinds"}  # noqa: RUF012 - MongoEngine's way


def decoy(account: str, *, pepper: Pepper) -> str:
    """Return a hash that no password opens, of the kind that this account would have.

    Args:
        account: The digest of its address.
    """
    return passwords.decoy_of(kind_for(account), pepper=pepper)


def kind_for(account: str) -> str:
    """Draw the kind of hash that an account would have; the same each time, as long as the proportions are."""
    ours = passwords.own_kind(rounds=conf.settings().bcrypt_rounds)
    # Ours first: as it grows, addresses move to it, as accounts do at their log-in, and never back.
    shares = sorted(known_kinds.shares(), key=lambda share: (share.kind != ours, share.kind))
    left = _fraction(account) * sum(share.accounts for share in shares)
    for share in shares:
        left -= share.accounts
        if left < 0:
            return share.kind
    return ours


def count() -> None:
    """Count the kinds of hashes now."""
    stages: list[dict[str, Any]] = [{"$sample": {"size": SAMPLE}}, {"$project": {"password_hash": 1}}]
    with pymongo.timeout(COUNT_SECONDS):
        kinds = Counter(_kind(found["password_hash"]) for found in User.objects.aggregate(stages))
    is_sample = kinds.total() >= SAMPLE
    del kinds[""]
    known_kinds.forget()
    if is_sample and _differ_by_chance(kinds, known_kinds.shares()):
        # A real account does not go from one kind to another and back.
        return
    shares = [Share(kind=kind, accounts=accounts) for kind, accounts in kinds.most_common(MAX_KINDS)]
    HashKinds.objects(id=_ONLY).update_one(upsert=True, shares=shares, due_at=clock.now() + COUNT_EVERY)
    known_kinds.forget()


def _differ_by_chance(counted: Counter[str], stored: Sequence[Share]) -> bool:
    """Tell whether proportions may be the same, but for the luck of the draw."""
    before = Counter({share.kind: share.accounts for share in stored})
    if not before or not counted or counted.keys() - before.keys():
        return False
    return all(abs(counted[kind] / counted.total() - before[kind] / before.total()) <= NOISE for kind in before)


@worker.chore
def keep_counted() -> None:
    """Count when it is time to, unless another worker does."""
    now = clock.now()
    with suppress(NotUniqueError):
        # Without a record it is time; with one that is not due, the insert fails.
        if HashKinds.objects(id=_ONLY, due_at__lte=now).update_one(upsert=True, due_at=now + COUNT_EVERY):
            count()


class _KnownKinds:
    """What this process knows of the proportions. Every log-in asks alike, so that reading them tells nobody anything."""

    def __init__(self) -> None:
        self._shares: Sequence[Share] = ()
        self._read_at = 0.0

    def shares(self) -> Sequence[Share]:
        if time.monotonic() >= self._read_at:
            latest = HashKinds.objects(id=_ONLY).first()
            self._shares = latest.shares if latest else ()
            self._read_at = time.monotonic() + READ_EVERY_SECONDS
        return self._shares

    def forget(self) -> None:
        """Read at the next call."""
        self._read_at = 0.0


known_kinds = _KnownKinds()


def _kind(password_hash: str) -> str:
    try:
        return passwords.kind(password_hash)
    except ValueError:
        # None at all, or broken: checked like an unknown address's.
        return ""


def _fraction(account: str) -> float:
    """Return a number from 0 to 1, below 1, that nobody without the key can tell from a random one."""
    drawn = digests.keyed_digest(conf.key(Purpose.DECOY), account)
    return int(drawn[:_DIGITS], 16) / (1 << 4 * _DIGITS)
