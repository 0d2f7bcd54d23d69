"""janus_api - Janus' HTTP interface, for coroutines: a session, its handles, its events"""
import asyncio
import contextlib
import secrets

import aiohttp

PLUGIN = "janus.plugin.dapi"
ANSWER_SECONDS = 15
EVENTS_A_POLL = 10


class Refused(Exception):
    """The plugin or Janus said no: args are the number and the text."""


class Session:
    """From `async with` to its end: events are polled for, kept in their order, and waited for."""

    def __init__(self, janus):
        self._url = janus.url
        self._admin_url = janus.admin_url
        self._secret = janus.secret
        self._http = None
        self._poll = None
        self._changed = asyncio.Condition()
        self.events = []

    async def __aenter__(self):
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, force_close=True))
        number = (await self._post("", janus="create"))["data"]["id"]
        self._url = f"{self._url}/{number}"
        self._admin_url += f"/{number}"
        self._poll = asyncio.create_task(self._collect())
        return self

    async def __aexit__(self, *_):
        self._poll.cancel()
        await asyncio.gather(self._poll, return_exceptions=True)
        with contextlib.suppress(aiohttp.ClientError, Refused):  # Janus may have ended, or it in it
            await self.destroy()
        await self._http.close()

    async def destroy(self):
        """Janus forgets the session and all its handles."""
        await self._post("", janus="destroy")

    async def _post(self, path, **body):
        body |= {"apisecret": self._secret}
        body.setdefault("transaction", secrets.token_hex(6))
        async with self._http.post(self._url + path, json=body) as answer:
            answer = await answer.json()
        if answer["janus"] == "error":
            raise Refused(answer["error"]["code"], answer["error"]["reason"])
        return answer

    async def _collect(self):
        parameters = {"maxev": EVENTS_A_POLL, "apisecret": self._secret}
        while True:
            async with self._http.get(self._url, params=parameters) as answer:
                events = await answer.json()
            if not isinstance(events, list):
                return  # the session has been destroyed
            async with self._changed:
                self.events += events
                self._changed.notify_all()

    async def wait_for(self, condition, since=0, within=ANSWER_SECONDS):
        """The first event, of those after the first `since`, of which condition(event) is true."""
        def find():
            return next((event for event in self.events[since:] if condition(event)), None)
        async with self._changed:
            await asyncio.wait_for(self._changed.wait_for(find), within)
        return find()

    async def handles(self):
        """The numbers of the session's handles that Janus has."""
        body = {"janus": "list_handles", "transaction": secrets.token_hex(6)}
        async with self._http.post(self._admin_url, json=body) as answer:
            return (await answer.json())["handles"]

    async def attach(self, plugin=PLUGIN):
        """A handle's number."""
        return (await self._post("", janus="attach", plugin=plugin))["data"]["id"]

    async def detach(self, handle):
        """Janus forgets the handle and ends its connection."""
        await self._post(f"/{handle}", janus="detach")

    async def hang_up(self, handle):
        """Janus ends the handle's connection."""
        await self._post(f"/{handle}", janus="hangup")

    async def send(self, handle, body, offer=None):
        """Janus' answer to a message, which is that it came or what the plugin says at once."""
        jsep = {"jsep": {"type": "offer", "sdp": offer}} if offer else {}
        return await self._post(f"/{handle}", janus="message", body=body, **jsep)

    async def ask(self, handle, request, offer=None, **body):
        """(what the plugin says, the SDP answer or None), however it says it."""
        body = {"request": request} | {k: v for k, v in body.items() if v is not None}
        since = len(self.events)
        answer = await self.send(handle, body, offer)
        if answer["janus"] == "ack":
            transaction = answer["transaction"]
            answer = await self.wait_for(lambda e: e.get("transaction") == transaction, since)
        data = answer["plugindata"]["data"]
        if data.get("dapi") == "error" or "error_code" in data:
            raise Refused(data["error_code"], data["error"])
        return data, answer.get("jsep", {}).get("sdp")


def notice_of(event):
    """What the bridge said in an event of Janus, or {}."""
    data = event.get("plugindata", {}).get("data", {})
    return data if data.get("dapi") == "event" else {}
