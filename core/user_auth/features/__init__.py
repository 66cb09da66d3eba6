"""What a person can do: one folder each. Features do not know each other."""

FEATURES = (
    "signup",
    "resend",
    "login",
    "session",
    "reauthenticate",
    "password",
    "email",
    "account",
    "sessions",
    "admin",
    "operations",
    "mailbox",
    "home",
    "mail",
    "migration",
)
