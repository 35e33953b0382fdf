"""What the companion's room refuses.

CommensalError
├── InputError              an answer that cannot be (from the floor)
└── LilaError               anything the companion refuses
    └── FormError           a form's text that is not what the instrument asks for
"""

from commensal.errors import CommensalError


class LilaError(CommensalError):
    """Anything the companion refuses."""


class FormError(LilaError):
    """A form's text that is not what the instrument asks for; nothing was taken over."""
