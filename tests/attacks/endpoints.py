"""The endpoints under attack, and what each takes."""

from tests.attacks.wire import Answer, exchange, head, post
from tests.harness.client import PASSWORD
from tests.harness.service import Service

ID = "x" * 43
GOOD: dict[str, dict[str, str]] = {
    "/signup": {"email": "eve@example.com", "password": PASSWORD, "name": "Eve"},
    "/verify-otp": {"otp": "123456", "verification_id": ID},
    "/login": {"email": "eve@example.com", "password": PASSWORD, "transport": "cookie"},
    "/resend-otp": {"verification_id": ID},
}
OPTIONAL = {"name", "transport"}
WITHOUT_BODY = ("/verify-session", "/logout")
EVERY_FIELD = [(path, field) for path, body in GOOD.items() for field in body]
POSTS = ("/signup", "/verify-otp", "/login", "/verify-session", "/logout", "/resend-otp")
GETS = ("/healthz", "/readyz", "/openapi.json", "/.well-known/jwks.json", "/docs")
SCRIPT = "/static/user_auth/docs.js"


def ask(service: Service, line: str, *headers: str, host: str | None = "127.0.0.1") -> Answer:
    return exchange(service, head(line, *headers, host=host))


def send(service: Service, path: str, body: object) -> Answer:
    return exchange(service, post(path, body))
