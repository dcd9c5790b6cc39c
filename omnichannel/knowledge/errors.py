"""What can be wrong with an article.

NotFound
└── NoSuchArticle
Refused
└── SlugTaken
"""

from threadline.kernel.errors import NotFound, Refused


class NoSuchArticle(NotFound):
    """No such article."""


class SlugTaken(Refused):
    """Another article has this address."""

    field = "slug"
    reason = "taken"
