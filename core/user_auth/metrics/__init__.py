"""What is counted and measured, for ``GET /metrics``; any room may count, and nothing here knows of any other.

Names and labels are in ``families``. What is counted is kept in this process, or, once ``share`` was called, where all
processes of a service keep theirs.
"""

from user_auth.metrics.counting import (
    count_cache_refused,
    count_check,
    count_database_error,
    count_limit_refused,
    count_request,
    hashing,
    in_hand,
    observe_database,
    observe_delivery,
    observe_hashing_wait,
    observe_request,
    observe_watcher_lag,
    waiting_for_hashing,
)
from user_auth.metrics.exposition import CONTENT_TYPE, text
from user_auth.metrics.families import PREFIX
from user_auth.metrics.sharing import keep_apart, share
from user_auth.metrics.tallies import flush, lane_hits

__all__ = [
    "CONTENT_TYPE",
    "PREFIX",
    "count_cache_refused",
    "count_check",
    "count_database_error",
    "count_limit_refused",
    "count_request",
    "flush",
    "hashing",
    "in_hand",
    "keep_apart",
    "lane_hits",
    "observe_database",
    "observe_delivery",
    "observe_hashing_wait",
    "observe_request",
    "observe_watcher_lag",
    "share",
    "text",
    "waiting_for_hashing",
]
