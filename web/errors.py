"""What the web room refuses, each with the HTTP status and the code a page can translate.

ThreadlineError
├── WebError                 anything a client is told with a status of its own
│   ├── BadRequest           400  the body is no JSON, or no object
│   ├── NotSignedIn          401  no session, no token, or a stale one
│   ├── WrongLogin           401  login or password
│   ├── NotYours             403  the role or the person may not
│   ├── OutOfScope           403  the token is for other things
│   ├── BadCsrfToken         403  a cookie came without its token
│   ├── WrongOrigin          403  another site's page is asking
│   ├── NeedsAgent           403  a token that stands for nobody can't do what a person does
│   ├── WrongMediaType       415  not application/json
│   └── TooManyAttempts      429  says after how many seconds to try again
└── UndeclaredRole           at start: a handler that does not say who may call it
"""

from typing import ClassVar

from threadline.kernel.errors import ThreadlineError


class WebError(ThreadlineError):
    """The request can't be carried out."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad_request"


class BadRequest(WebError):
    """The body must be a JSON object."""


class NotSignedIn(WebError):
    """Sign in first."""

    status = 401
    code = "not_signed_in"


class WrongLogin(WebError):
    """Login or password is wrong."""

    status = 401
    code = "wrong_login"


class NotYours(WebError):
    """You may not do this."""

    status = 403
    code = "forbidden"


class OutOfScope(WebError):
    """This token is for other things: it lacks the scope."""

    status = 403
    code = "out_of_scope"


class BadCsrfToken(WebError):
    """The X-CSRF-Token header is missing or wrong."""

    status = 403
    code = "bad_csrf_token"


class WrongOrigin(WebError):
    """This request comes from a page of another site."""

    status = 403
    code = "wrong_origin"


class NeedsAgent(WebError):
    """This token stands for no agent."""

    status = 403
    code = "needs_agent"


class WrongMediaType(WebError):
    """Send application/json."""

    status = 415
    code = "wrong_media_type"


class TooManyAttempts(WebError):
    """Too many failed attempts."""

    status = 429
    code = "too_many_attempts"

    def __init__(self, retry_after_s: float) -> None:
        super().__init__()
        self.retry_after_s = retry_after_s


class UndeclaredRole(ThreadlineError):
    """A handler does not say who may call it."""
