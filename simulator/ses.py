"""The HTTP face of SES v2: sending, the account, and the suppression list."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiohttp import web

from simulator import clock
from simulator.account import Account, Suppression
from simulator.faults import CallFault, Faults
from simulator.gate import Refusals, pass_through
from simulator.ledger import Ledger
from simulator.mail import Mail
from simulator.post_office import PostOffice
from simulator.ses_errors import BAD_TOKEN, BROKEN, NO_TOKEN, QUOTA_SPENT, THROTTLED, BadInput, SesError, ses_answer
from simulator.ses_requests import RefusedEntry, bulk_mails, single_mail

_REFUSALS = Refusals(THROTTLED.answer, BROKEN.answer)
_PREFIX = "/v2/email"
_ENTRY_STATUSES = {QUOTA_SPENT: "ACCOUNT_DAILY_QUOTA_EXCEEDED", THROTTLED: "ACCOUNT_THROTTLED"}
_LIST_PAGE = 1000


@dataclass(frozen=True)
class Ses:
    """Answers like SES: the error's name in a header, a bulk call 200 even when every entry of it failed."""

    account: Account
    post_office: PostOffice
    ledger: Ledger
    faults: Faults
    tracks: bool

    def routes(self) -> list[web.RouteDef]:
        suppressed = f"{_PREFIX}/suppression/addresses"
        return [
            web.post(f"{_PREFIX}/outbound-emails", partial(self._sending, self._send_email)),
            web.post(f"{_PREFIX}/outbound-bulk-emails", partial(self._sending, self._send_bulk_email)),
            web.get(f"{_PREFIX}/account", partial(self._asking, self._get_account)),
            web.get(f"{_PREFIX}/identities/{{name}}", partial(self._asking, self._get_identity)),
            web.post(f"{_PREFIX}/identities", partial(self._asking, self._create_identity)),
            web.get(suppressed, partial(self._asking, self._list_suppressed)),
            web.put(suppressed, partial(self._asking, self._put_suppressed)),
            web.get(suppressed + "/{address}", partial(self._asking, self._get_suppressed)),
            web.delete(suppressed + "/{address}", partial(self._asking, self._delete_suppressed)),
        ]

    async def _sending(self, send: Callable[..., web.Response], request: web.Request) -> web.Response:
        def accept(fault: CallFault, *, early: bool) -> web.Response:
            return _or_error(partial(send, body, fault, early=early))

        refusal = self._signature_refusal(request)
        if refusal is not None:
            return refusal.answer()
        try:
            body = json.loads(await request.read())
        except ValueError:
            return SesError("SerializationException", "Unexpected input").answer()
        return await pass_through(request, self.faults, _REFUSALS, accept)

    async def _asking(self, ask: Callable[[web.Request, Any], web.Response], request: web.Request) -> web.Response:
        refusal = self._signature_refusal(request)
        if refusal is not None:
            return refusal.answer()
        raw = await request.read()
        return _or_error(lambda: ask(request, json.loads(raw or b"{}")))

    def _signature_refusal(self, request: web.Request) -> SesError | None:
        """SES v2 is signed under the service name `ses`; the signature itself is taken on trust."""
        authorization = request.headers.get("Authorization", "")
        if not authorization.startswith("AWS4-HMAC-SHA256 ") or "/ses/aws4_request" not in authorization:
            return NO_TOKEN
        return BAD_TOKEN if self.faults.knobs.credentials_revoked else None

    def _send_email(self, body: Any, fault: CallFault, *, early: bool) -> web.Response:
        mail = single_mail(body, ses_tracks=self.tracks)
        self.account.check_standing(mail.call.source, mail.call.configuration_set)
        if self.post_office.refuses(mail):
            raise BadInput(f"Invalid email address: {mail.recipient}")
        refusal = self.account.refusal_now()
        if refusal is not None:
            raise refusal
        self.post_office.take(mail, self.ledger, fault, early=early)
        self.ledger.flush()
        return ses_answer({"MessageId": mail.message_id})

    def _send_bulk_email(self, body: Any, fault: CallFault, *, early: bool) -> web.Response:
        entries = bulk_mails(body, ses_tracks=self.tracks)
        self.account.check_standing(body["FromEmailAddress"], body.get("ConfigurationSetName") or "")
        self.account.check_bulk_rate()
        results = [self._entry_result(entry, fault, early=early) for entry in entries]
        self.ledger.flush()
        if all(result["Status"] == "ACCOUNT_THROTTLED" for result in results):
            raise THROTTLED
        return ses_answer({"BulkEmailEntryResults": results})

    def _entry_result(self, entry: Mail | RefusedEntry, fault: CallFault, *, early: bool) -> dict[str, str]:
        if isinstance(entry, RefusedEntry):
            return {"Status": "INVALID_PARAMETER", "Error": entry.words}
        if self.post_office.refuses(entry):
            return {"Status": "INVALID_PARAMETER", "Error": f"Invalid email address: {entry.recipient}"}
        if self.faults.strikes(self.faults.knobs.entry_failure):
            return {"Status": "TRANSIENT_FAILURE", "Error": "Temporary failure, try again."}
        refusal = self.account.refusal_now()
        if refusal is not None:
            return {"Status": _ENTRY_STATUSES[refusal], "Error": refusal.words}
        self.post_office.take(entry, self.ledger, fault, early=early)
        return {"Status": "SUCCESS", "MessageId": entry.message_id}

    def _get_account(self, _request: web.Request, _body: Any) -> web.Response:
        return ses_answer(self.account.described())

    def _get_identity(self, request: web.Request, _body: Any) -> web.Response:
        name = request.match_info["name"]
        described = self.account.identity(name)
        if described is None:
            raise SesError("NotFoundException", f"Email identity {name} does not exist.", 404)
        return ses_answer(described)

    def _create_identity(self, _request: web.Request, body: Any) -> web.Response:
        name = str(body.get("EmailIdentity") or "")
        if self.account.identity(name) is not None:
            raise SesError("AlreadyExistsException", f"Email identity {name} already exist.")
        self.account.identities.add(name.lower())
        return ses_answer(self.account.identity(name))

    def _put_suppressed(self, _request: web.Request, body: Any) -> web.Response:
        if body.get("Reason") not in ("BOUNCE", "COMPLAINT") or "@" not in (body.get("EmailAddress") or ""):
            raise BadInput("EmailAddress and Reason (BOUNCE or COMPLAINT) are required.")
        self.account.suppress(body["EmailAddress"], body["Reason"])
        return ses_answer({})

    def _get_suppressed(self, request: web.Request, _body: Any) -> web.Response:
        return ses_answer({"SuppressedDestination": _summary(self._suppression(request))})

    def _delete_suppressed(self, request: web.Request, _body: Any) -> web.Response:
        del self.account.suppressed[self._suppression(request).address.lower()]
        return ses_answer({})

    def _list_suppressed(self, request: web.Request, _body: Any) -> web.Response:
        """Filtered by Reason, StartDate and EndDate; pages of PageSize, the token being where the next begins."""
        query = request.query
        reasons = query.getall("Reason", [])
        since, until = clock.seconds_of(query.get("StartDate", "1970-01-01")), clock.seconds_of(query.get("EndDate", "9999-01-01"))
        found = [each for each in self.account.suppressed.values() if since <= each.at <= until and (not reasons or each.reason in reasons)]
        start, size = int(query.get("NextToken", 0)), int(query.get("PageSize", _LIST_PAGE))
        more = {"NextToken": str(start + size)} if len(found) > start + size else {}
        return ses_answer({"SuppressedDestinationSummaries": [_summary(each) for each in found[start : start + size]], **more})

    def _suppression(self, request: web.Request) -> Suppression:
        address = request.match_info["address"]
        found = self.account.suppressed.get(address.lower())
        if found is None:
            raise SesError("NotFoundException", f"Email address {address} does not exist on your suppression list.", 404)
        return found


def _summary(suppression: Suppression) -> dict[str, Any]:
    return {"EmailAddress": suppression.address, "Reason": suppression.reason, "LastUpdateTime": suppression.at}


def _or_error(work: Callable[[], web.Response]) -> web.Response:
    try:
        return work()
    except BadInput as refusal:
        return refusal.as_error().answer()
    except SesError as error:
        return error.answer()
