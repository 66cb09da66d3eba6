"""What happens to accounts, for a host project to hear of.

Receivers get ``user_id`` (text) and ``email``; ``signed_in`` also ``methods``. They run inside the request; one that
raises is logged and changes nothing.
"""

from django.dispatch import Signal

signed_up = Signal()
signed_in = Signal()
account_deleted = Signal()
