"""What the service refuses, with the status and the code that Dataverse answers with."""

from __future__ import annotations

from crmdesk.model.entity import Entity
from crmdesk.odata.errors import ODataError


class ServiceError(Exception):
    """A refusal: HTTP status, Dataverse's code, words. Nothing of the request that caused it was kept."""

    def __init__(self, status: int, code: str, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.code = code
        self.words = words


def bad_request(words: str, code: str = "0x80060888") -> ServiceError:
    return ServiceError(400, code, words)


def from_odata(error: ODataError) -> ServiceError:
    return ServiceError(400, error.code, error.words)


def not_there(entity: str, key: str) -> ServiceError:
    return ServiceError(404, "0x80040217", f"Entity '{entity}' With Id = {key} Does Not Exist")


def no_resource(segment: str) -> ServiceError:
    return ServiceError(404, "0x8006088a", f"Resource not found for the segment '{segment}'.")


def wrong_verb(method: str) -> ServiceError:
    return ServiceError(405, "0x80060888", f"The method {method} is not supported here.")


def version_mismatch() -> ServiceError:
    return ServiceError(
        412,
        "0x80060882",
        "The version of the existing record doesn't match the RowVersion property provided.",
    )


def key_taken() -> ServiceError:
    return ServiceError(412, "0x80040237", "A record with matching key values already exists.")


def duplicates_found() -> ServiceError:
    return ServiceError(
        412,
        "0x80040333",
        "A record was not created or updated because a duplicate of the current record already exists.",
    )


def not_allowed(kind: Entity, what: str) -> ServiceError:
    return ServiceError(403, "0x80040220", f"Principal user is missing the privilege to {what} '{kind.name}' records.")


def expired_token() -> ServiceError:
    return bad_request(
        "Version stamp associated with the client has expired. Please perform a full sync.", "0x80044352"
    )
