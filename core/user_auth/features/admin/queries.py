"""What the lists take in the query string."""

from user_auth.features.admin import fields
from user_auth.web.body import Body


class UsersQuery(Body):
    q = fields.Search(
        required=False,
        default="",
        help_text="The beginning of an address, in any case, or an id. Without it all users, newest first.",
    )
    cursor = fields.Cursor(required=False, default=None, help_text="`next_cursor` of the page before.")


class AuditQuery(Body):
    user = fields.Search(required=False, default="", help_text="The address or the id of the user concerned.")
    event = fields.EventName(required=False, default=None, help_text="Only this kind of event.")
    cursor = fields.Cursor(required=False, default=None, help_text="`next_cursor` of the page before.")
