"""Spending an allowance, and giving it back."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Network, ip_address

from user_auth import conf, metrics
from user_auth.crypto import digests
from user_auth.crypto.keys import Purpose
from user_auth.foundation.errors import RateLimitedError, UnavailableError
from user_auth.limits import buckets
from user_auth.limits.allowances import Allowance
from user_auth.limits.buckets import Charge, Share
from user_auth.limits.rules import Figures, Rule


@dataclass(frozen=True)
class Spent:
    """What one try was charged to.

    Attributes:
        charge: In the allowance of the account with the client's share of it, or in that of a device; ``None`` where
            nothing is limited.
        is_own: Whether nobody else has the allowance.
    """

    charge: Charge | None = None
    is_own: bool = False

    @property
    def earlier(self) -> int:
        """How many tries counted when this one was made, in whichever allowance there were more."""
        return self.charge.earlier if self.charge else 0

    def give_back(self) -> None:
        """Undo the charge: the try was not one of those that count."""
        if self.charge:
            buckets.take_back(self.charge)

    @contextmanager
    def given_back_if_unavailable(self) -> Iterator[None]:
        """Undo the charge when what it was for could not be tried, through no fault of whoever asked."""
        try:
            yield
        except UnavailableError:
            self.give_back()
            raise

    def forgive(self) -> None:
        """Undo the charge, and forget all tries of this client or device: it has proven whose it is.

        Of the common allowance only this one try goes, so that a stranger cannot tell from it that somebody signed in.
        """
        if self.charge and (self.is_own or self.charge.share):
            buckets.forgive(self.charge)
        else:
            self.give_back()


@dataclass(frozen=True)
class _Bucket:
    key: str
    allowance: Allowance
    share: Share | None = None


def spend_client(rule: Rule, ip: str) -> None:
    """Count one try of a client address.

    Raises:
        RateLimitedError: Its allowance is used up; nothing was counted.
    """
    if conf.settings().rate_limits:
        with _refusals_counted(rule, by="client"):
            _spend(_bucket(rule, rule.client, "client", _client(ip)))


def spend_account(rule: Rule, *, account: str, ip: str, device: str | None = None, scope: str = "") -> Spent:
    """Count one try at an account, before it is known whether it will succeed.

    Args:
        account: The digest of the address, whether or not it has an account.
        device: The id of a device that the account knows. It has an allowance of its own, and the one that all
            share neither counts nor stops it: strangers cannot slow it.
        scope: What exactly is tried, where that has an allowance of its own.

    Raises:
        RateLimitedError: An allowance is used up; nothing was counted.
    """
    if not conf.settings().rate_limits:
        return Spent()
    if device:
        bucket = _device_bucket(rule, account=account, device=device, scope=scope)
    else:
        bucket = _account_bucket(rule, account=account, ip=ip, scope=scope)
    with _refusals_counted(rule, by="account"):
        return Spent(_spend(bucket), is_own=bool(device))


def forgive(rule: Rule, *, account: str, ip: str, device: str | None = None) -> None:
    """Forget a client's tries at an account, and those of its device: it has proven whose it is.

    The allowance that all share stays as it is, so that a stranger cannot tell from it what has happened.
    """
    common = _account_bucket(rule, account=account, ip=ip)
    own = _device_bucket(rule, account=account, device=device) if device else None
    shares = [(common.key, common.share.name)] if common and common.share else []
    buckets.forget([own.key] if own else [], shares=shares)


@contextmanager
def _refusals_counted(rule: Rule, *, by: str) -> Iterator[None]:
    try:
        yield
    except RateLimitedError:
        metrics.count_limit_refused(action=rule.name, by=by)
        raise


def _account_bucket(rule: Rule, *, account: str, ip: str, scope: str = "") -> _Bucket | None:
    """Return what all share who try at an account, with the share of one client."""
    bucket = _bucket(rule, rule.account, "account", scope, account)
    if bucket is None or rule.account_client is None:
        return bucket
    name = _key(rule, "account+client", scope, account, _client(ip))
    return replace(bucket, share=Share(name, rule.account_client(conf.settings())))


def _device_bucket(rule: Rule, *, account: str, device: str, scope: str = "") -> _Bucket | None:
    return _bucket(rule, rule.account_client or rule.account, "account+device", scope, account, device)


def _bucket(rule: Rule, figures: Figures | None, *parts: str) -> _Bucket | None:
    return _Bucket(_key(rule, *parts), figures(conf.settings())) if figures else None


def _key(rule: Rule, *parts: str) -> str:
    return digests.keyed_digest(conf.key(Purpose.LIMITS), rule.name, *parts)


def _spend(bucket: _Bucket | None) -> Charge | None:
    """Charge a bucket; an absent one takes anything."""
    if bucket is None:
        return None
    outcome = buckets.charge(bucket.key, allowance=bucket.allowance, share=bucket.share)
    if isinstance(outcome, timedelta):
        raise RateLimitedError(retry_after=-(-outcome // timedelta(seconds=1)))
    return outcome


def _client(ip: str) -> str:
    """Return what counts as one client: an IPv4 address, or an IPv6 /64, which is what one customer is given."""
    try:
        address = ip_address(ip)
    except ValueError:
        return ip
    mapped = address if isinstance(address, IPv4Address) else address.ipv4_mapped
    return str(mapped or IPv6Network((int(address), 64), strict=False))
