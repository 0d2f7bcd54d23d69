"""janus - what dapi's plugin says of its rooms, over Janus' HTTP interface with the run's secret"""
import json
import secrets
import urllib.request

LONGEST_WAIT_SECONDS = 5


class JanusHandle:
    """A session with a handle that only looks."""

    def __init__(self, url, api_secret):
        self._url = url
        self._api_secret = api_secret
        self._session = f"/{self._post('', janus='create')['data']['id']}"
        attached = self._post(self._session, janus="attach", plugin="janus.plugin.dapi")
        self._handle = f"{self._session}/{attached['data']['id']}"

    def close(self):
        """The handle ends with its session."""
        self._post(self._session, janus="destroy")

    def _post(self, path, **body):
        body |= {"transaction": secrets.token_hex(6), "apisecret": self._api_secret}
        request = urllib.request.Request(self._url + path, json.dumps(body).encode(),
                                         {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=LONGEST_WAIT_SECONDS) as answer:
            return json.load(answer)

    def ask(self, request, **body):
        """What the plugin answers at once."""
        body |= {"request": request}
        return self._post(self._handle, janus="message", body=body)["plugindata"]["data"]

    def room(self, channel):
        """The channel's room as the plugin lists it; None if there is none."""
        rooms = self.ask("list")["list"]
        return next((room for room in rooms if room["room"] == channel), None)

    def robot(self, channel):
        """The participant that is the room's robot; "" for none."""
        return (self.room(channel) or {"robot": ""})["robot"]
