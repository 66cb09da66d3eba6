"""Spending an allowance, and giving it back."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Network, ip_address

from user_auth import conf, metrics
from user_auth.crypto import digests
from user_auth.crypto.keys import Purpose
from user_auth.foundation.errors import RateLimitedError, UnavailableError
from user_auth.limits import buckets
from user_auth.limits.allowances import Allowance
from user_auth.limits.buckets import Charge
from user_auth.limits.rules import Figures, Rule


@dataclass(frozen=True)
class Spent:
    """What one try was charged to.

    Attributes:
        own: The allowance of this client, or of this device.
        common: That of the account, from wherever it is tried.
    """

    own: Charge | None = None
    common: Charge | None = None

    @property
    def earlier(self) -> int:
        """How many tries counted when this one was made, in whichever allowance there were more."""
        return max((charge.earlier for charge in (self.own, self.common) if charge), default=0)

    def give_back(self) -> None:
        """Undo the charge: the try was not one of those that count."""
        buckets.take_back([charge for charge in (self.own, self.common) if charge])

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
        buckets.take_back([self.common] if self.common else [], clearing=self.own)


@dataclass(frozen=True)
class _Bucket:
    key: str
    allowance: Allowance


def spend_client(rule: Rule, ip: str) -> None:
    """Count one try of a client address.

    Raises:
        RateLimitedError: Its allowance is used up; nothing was counted.
    """
    if conf.settings().rate_limits:
        with _refusals_counted(rule, by="client"):
            _spend([_bucket(rule, rule.client, "client", _client(ip))])


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
        own, common = _device_bucket(rule, account=account, device=device, scope=scope), None
    else:
        own = _client_bucket(rule, account=account, ip=ip, scope=scope)
        common = _bucket(rule, rule.account, "account", scope, account)
    with _refusals_counted(rule, by="account"):
        charges = _spend([own, common])
    return Spent(own=charges[0], common=charges[1])


def forgive(rule: Rule, *, account: str, ip: str, device: str | None = None) -> None:
    """Forget a client's tries at an account, and those of its device: it has proven whose it is.

    The allowance that all share stays as it is, so that a stranger cannot tell from it what has happened.
    """
    own = [_client_bucket(rule, account=account, ip=ip)]
    if device:
        own.append(_device_bucket(rule, account=account, device=device))
    buckets.forget(bucket.key for bucket in own if bucket)


@contextmanager
def _refusals_counted(rule: Rule, *, by: str) -> Iterator[None]:
    try:
        yield
    except RateLimitedError:
        metrics.count_limit_refused(action=rule.name, by=by)
        raise


def _client_bucket(rule: Rule, *, account: str, ip: str, scope: str = "") -> _Bucket | None:
    return _bucket(rule, rule.account_client, "account+client", scope, account, _client(ip))


def _device_bucket(rule: Rule, *, account: str, device: str, scope: str = "") -> _Bucket | None:
    return _bucket(rule, rule.account_client or rule.account, "account+device", scope, account, device)


def _bucket(rule: Rule, figures: Figures | None, *parts: str) -> _Bucket | None:
    if figures is None:
        return None
    key = digests.keyed_digest(conf.key(Purpose.LIMITS), rule.name, *parts)
    return _Bucket(key, figures(conf.settings()))


def _spend(wanted: Sequence[_Bucket | None]) -> list[Charge | None]:
    """Charge all buckets or none; an absent one takes anything."""
    charges: list[Charge | None] = []
    for place, bucket in enumerate(wanted):
        outcome = buckets.charge(bucket.key, allowance=bucket.allowance) if bucket else None
        if isinstance(outcome, timedelta):
            buckets.take_back([charge for charge in charges if charge])
            raise _refusal(outcome, others=wanted[place + 1 :])
        charges.append(outcome)
    return charges


def _refusal(wait: timedelta, *, others: Sequence[_Bucket | None]) -> RateLimitedError:
    """Return a refusal that names the time when every bucket will take one more try."""
    waits = [wait, *(buckets.wait(each.key, allowance=each.allowance) for each in others if each)]
    return RateLimitedError(retry_after=-(-max(waits) // timedelta(seconds=1)))


def _client(ip: str) -> str:
    """Return what counts as one client: an IPv4 address, or an IPv6 /64, which is what one customer is given."""
    try:
        address = ip_address(ip)
    except ValueError:
        return ip
    mapped = address if isinstance(address, IPv4Address) else address.ipv4_mapped
    return str(mapped or IPv6Network((int(address), 64), strict=False))
