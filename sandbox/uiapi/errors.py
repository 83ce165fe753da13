"""What the UI API's GraphQL refuses; the answer then carries `errors` and no `data`."""

from __future__ import annotations


class GraphQLRefusal(Exception):
    """A query that the org does not understand; the message names the place and what is wrong there."""
