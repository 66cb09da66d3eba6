"""What all documents have in common."""

from user_auth.foundation import clock
from user_auth.limits.buckets import Bucket
from user_auth.mongo import connection


def test_what_a_newer_release_wrote_can_be_read(mongo: None) -> None:
    """Unknown fields are passed over."""
    connection.database()["limits"].insert_one({"_id": "a", "expires_at": clock.now(), "of_a_newer_release": 1})
    assert [bucket.id for bucket in Bucket.objects()] == ["a"]
