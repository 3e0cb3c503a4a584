"""The one error of this floor."""

from __future__ import annotations

from crmdesk.texts import tr

BAD_QUERY = "0x80060888"
UNKNOWN_PROPERTY = "0x0"
BAD_PAYLOAD = "0x80048d19"
TOO_LONG = "0x80044331"
OUT_OF_RANGE = "0x8004431a"


class ODataError(ValueError):
    """Text or JSON that is not what the protocol says. `words` explain it; `code` is the one Dataverse answers with."""

    def __init__(self, words: str, code: str = BAD_QUERY) -> None:
        super().__init__(words)
        self.words = words
        self.code = code


def unknown_property(name: str, entity: str) -> ODataError:
    return ODataError(
        tr(
            "Could not find a property named '{name}' on type '{type}'.",
            name=name,
            type=f"Microsoft.Dynamics.CRM.{entity}",
        ),
        UNKNOWN_PROPERTY,
    )
