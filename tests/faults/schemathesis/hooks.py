"""What Schemathesis cannot know of this API: addresses, objects that exist, and whose they are."""

import base64
import hashlib
import hmac
import itertools
import json
import os
import re
import time
import zlib

import requests
import schemathesis
from schemathesis.core.failures import AcceptedNegativeData, ServerError
from schemathesis.core.parameters import ParameterLocation
from schemathesis.openapi.checks import RejectedPositiveData

with open(os.environ["SCHEMATHESIS_CAST"], encoding="utf-8") as file:
    CAST = json.load(file)

ID = re.compile(r"[0-9a-f]{24}")
ADDRESSES = itertools.count(1)


@schemathesis.hook
def before_call(context, case, kwargs):
    """Sends from an address of its own, as visitors share an allowance, and names objects that exist."""
    n = next(ADDRESSES)
    case.headers["X-Forwarded-For"] = f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}"
    if "Idempotency-Key" in case.headers:
        # The same key with another body is refused, as it should be.
        case.headers["Idempotency-Key"] = f'{case.headers["Idempotency-Key"]}~{os.getpid()}~{n}'[-255:]
    if case.meta is not None and case.meta.phase.name.value != "stateful":
        name_objects(case)
    spare_people(case)
    sign = SIGNATURES.get(case.operation.path)
    if sign:
        kwargs["auth"] = sign


def name_objects(case):
    """A fit id is made one of a tenant or of the other, by what it was, so that a seed repeats it."""
    drawn = {draw.parameter_name for draw in case.meta.pool_draws}
    for values in (case.path_parameters, case.query, case.body):
        if not isinstance(values, dict):
            continue
        for name in [name for name in values if name not in drawn]:
            known = CAST["objects"].get(CAST["ids"].get(case.operation.path, "") if name == "id" else name)
            if known:
                values[name] = named(values[name], known)


def named(value, known):
    if isinstance(value, list):
        return [named(item, known) for item in value]
    if not isinstance(value, str) or (ID.fullmatch(known[0]) and not ID.fullmatch(value)) or not value:
        return value
    return [*known, value][zlib.crc32(value.encode()) % (len(known) + 1)]


def spare_people(case):
    """The accounts that the run itself uses stay as they are: an admin's changes go to one that nobody uses."""
    if case.operation.path == "/api/admin/users/{id}" and case.path_parameters.get("id") in CAST["spared"]:
        case.path_parameters["id"] = CAST["objects"]["userId"][0]


def signed(secret, encode):
    """Deliveries are signed as their sender does, else no body would ever be read."""

    def sign(request: requests.PreparedRequest) -> requests.PreparedRequest:
        body = request.body or b""
        content = body.encode() if isinstance(body, str) else body
        message, at = f"msg_{zlib.crc32(content)}", str(int(time.time()))
        digest = hmac.new(encode(secret), f"{message}.{at}.".encode() + content, hashlib.sha256).digest()
        signature = f"v1,{base64.b64encode(digest).decode()}"
        for kind in ("webhook", "svix"):
            request.headers.update(
                {f"{kind}-id": message, f"{kind}-timestamp": at, f"{kind}-signature": signature}
            )
        return request

    return sign


SIGNATURES = {
    "/api/webhooks/clerk": signed(
        CAST["clerkSecret"], lambda secret: base64.b64decode(secret.removeprefix("whsec_"))
    ),
    "/api/polar/webhook": signed(CAST["polarSecret"], str.encode),
}


# All that is let pass, each with its reason. A path, the field at fault and what is said of it.
REFUSED_FOR_A_REASON = [
    # A cursor is opaque: it is what the list gave.
    (r"", r"cursor", r"Not a cursor of this list"),
    # JSON Schema compares no two fields.
    (r"/api/(analytics|app/usage)$", r"from", r"must lie before `to`"),
    (r"/api/analytics$", r"interval", r"makes \d+ steps of this range; .*"),
    # What MongoDB can store of any JSON, at every depth.
    (r"/api/analytics$", r".*metadata", r"Must .*"),
    # The sender's own events: a foreign contract.
    (r"/api/(webhooks/clerk|polar/webhook)$", r".*", r".*"),
    # A format of JSON Schema has more addresses than mail servers.
    (r"", r"email|userEmail", r".*is not an e-mail address"),
]
# Operations that `action` tells apart are one in OpenAPI, which cannot say what belongs to which.
TOLD_APART_BY = "action"
ACTIONS_WITHOUT_BODY = {"restore", "rotate", "complete", "stop"}


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Whether a failure counts."""
    told = response.json() if "json" in response.headers.get("content-type", [""])[0] else {}
    if isinstance(failure, ServerError):
        code = told.get("code") or (told.get("error") or {}).get("code")
        return not (response.status_code == 503 and code == "not_configured")
    if isinstance(failure, AcceptedNegativeData):
        return not is_of_another_action(case)
    if isinstance(failure, RejectedPositiveData):
        return not is_refused_for_a_reason(case, response.status_code, told)
    return True


def has_actions(case):
    return case.operation.query.get(TOLD_APART_BY) is not None


def is_of_another_action(case):
    """What the action meant does not have, a parameter of the query or a body, is not looked at."""
    unread = {ParameterLocation.QUERY}
    if (case.query or {}).get(TOLD_APART_BY) in ACTIONS_WITHOUT_BODY:
        unread.add(ParameterLocation.BODY)
    wrong = {place for place, component in case.meta.components.items() if component.mode.is_negative}
    return has_actions(case) and wrong <= unread


def is_refused_for_a_reason(case, status, told):
    if status in (400, 415) and has_actions(case):
        return True
    if "error" in told:
        # What is not ours to know under /api/v1 is passed on, and the provider may refuse it.
        return status == 400 and " refused the request: " in told["error"]["message"]
    faults = told.get("errors") or []
    return status == 400 and bool(faults) and all(is_known(case.operation.path, fault) for fault in faults)


def is_known(path, fault):
    return any(
        re.search(where, path) and re.fullmatch(field, fault["path"]) and re.fullmatch(words, fault["message"])
        for where, field, words in REFUSED_FOR_A_REASON
    )


@schemathesis.check
def tells_nothing_of_others(ctx, response, case):
    """Nobody but an admin is told anything of somebody else, beyond what the request itself said."""
    sent = response.request
    caller = CAST["callers"].get(sent.headers.get("Authorization") or sent.headers.get("X-API-Key"))
    if caller == "admin":
        return
    body = sent.body or b""
    asked = requests.utils.unquote(sent.url) + (body.decode("utf-8", "replace") if isinstance(body, bytes) else body)
    told = response.content.decode("utf-8", "replace") + json.dumps(dict(response.headers))
    for owner, secrets in CAST["secrets"].items():
        leaked = [secret for secret in secrets if secret in told and secret not in asked]
        if owner != caller and leaked:
            raise AssertionError(f"{caller or 'a visitor'} was told of {owner}: {leaked}")
