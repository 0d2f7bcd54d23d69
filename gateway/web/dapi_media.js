/* dapi_media.js - the sound of a call over WebRTC, which comes back by itself */

import { DapiError } from './dapi_error.js';

const RETRY_MILLISECONDS = 1000;
const GATHER_MILLISECONDS = 1000;

/**
 * The sound of one call: the client's own, the peer's and the robot's. Made by Dapi.joinMedia.
 *
 * Fires `state` when `state` or `error` changes: `connecting`, `connected`, `interrupted` (it tries
 * to come back) and `closed`; `error` says why it is not connected, where that is known. Fires
 * `streams` when `peer` and `robot` are other streams than before.
 */
export class Media extends EventTarget {
    #dapi;
    #channel;
    #microphone;
    #silence = null; // the AudioContext that makes it
    #connection = null;
    #session = null; // {url, token} of the exchange
    #iceServers = [];
    #isTrying = false;

    constructor(dapi, entry, microphone) {
        super();
        this.#dapi = dapi;
        this.#channel = entry.channel;
        this.#microphone = microphone ?? this.#makeSilence();
        this.state = 'connecting';
        /** @type {DapiError|null} */
        this.error = null;
        /** @type {MediaStream|null} */
        this.peer = null;
        /** @type {MediaStream|null} */
        this.robot = null;
        this.#connect(entry);
    }

    /** Send silence instead of the microphone. */
    set isMuted(isMuted) {
        for (const track of this.#microphone.getAudioTracks())
            track.enabled = !isMuted;
    }

    get isMuted() {
        return this.#microphone.getAudioTracks().some((track) => !track.enabled);
    }

    /**
     * Leave a call that goes on, or is about to be ended. The microphone stays the caller's to stop.
     * @param {{isLeaving?: boolean}} [options] isLeaving: the request must outlive the page
     * @returns {Promise<void>} when the server knows, or cannot be told
     */
    async leave({ isLeaving = false } = {}) {
        const session = this.#session;
        const connection = this.#connection;

        this.#connection = null; // closed earlier, it would have ended the session by itself
        this.close();
        if (session)
            await this.#endSession(session, isLeaving);
        connection?.close();
    }

    /** Let go of a call that is over: nothing is left to be told to the server. */
    close() {
        this.#close();
    }

    #endSession({ url, token }, isLeaving = false) {
        return this.#dapi.request('DELETE', url, {
            headers: { Authorization: `Bearer ${token}` }, keepalive: isLeaving })
            .catch(() => {}); // the room ends with the call
    }

    /* Without packets the media plane would take the client for gone. */
    #makeSilence() {
        this.#silence = new AudioContext();
        return this.#silence.createMediaStreamDestination().stream;
    }

    #setState(state, error = null) {
        if (this.state === 'closed' || (this.state === state && this.error?.code === error?.code))
            return;
        this.state = state;
        this.error = error;
        this.dispatchEvent(new CustomEvent('state'));
    }

    #close(error) {
        this.#connection?.close();
        this.#silence?.close();
        this.#silence = null;
        this.#session = null;
        this.#setState('closed', error);
    }

    /* Try until it is done, the old connection has recovered, or the call is over. */
    async #connect(entry) {
        this.#isTrying = true;
        while (!await this.#tryToConnect(entry)) {
            entry = null;
            await new Promise((done) => setTimeout(done, RETRY_MILLISECONDS));
        }
        this.#isTrying = false;
        this.#watch();
    }

    async #tryToConnect(entry) {
        if (this.state === 'closed')
            return true;
        try {
            const fresh = entry ?? await this.#dapi.join(this.#channel);

            if (this.state !== 'closed' && this.#connection?.connectionState !== 'connected')
                await this.#exchange(fresh);
            return true;
        } catch (error) {
            if (!(error instanceof DapiError && error.isPassing))
                this.#close(error);
            else
                this.#setState(this.#connection ? 'interrupted' : 'connecting', error);
            return this.state === 'closed';
        }
    }

    async #exchange(entry) {
        const connection = new RTCPeerConnection({ iceServers: this.#iceServers });
        const lines = [
            connection.addTransceiver(this.#microphone.getAudioTracks()[0],
                                      { direction: 'sendrecv', streams: [this.#microphone] }),
            connection.addTransceiver('audio', { direction: 'recvonly' }),
        ];

        try {
            await connection.setLocalDescription();
            await gathered(connection);
            const { response, text } = await this.#offer(entry, connection.localDescription.sdp);
            const servers = readIceServers(response.headers.get('Link') ?? '');
            await connection.setRemoteDescription({ type: 'answer', sdp: text });
            this.#use(connection, lines, {
                url: new URL(response.headers.get('Location'), response.url).href,
                token: entry.token });
            await this.#learnIceServers(servers, entry);
        } catch (error) {
            if (this.#connection !== connection)
                connection.close();
            throw error;
        }
    }

    #offer(entry, sdp) {
        return this.#dapi.request('POST', `/dapi/channel/${entry.channel}/whip`, {
            headers: { 'Content-Type': 'application/sdp', 'Authorization': `Bearer ${entry.token}` },
            body: sdp });
    }

    /* Only the first answer tells of TURN servers: candidates are gathered with them once more. */
    async #learnIceServers(servers, entry) {
        const isNews = servers.length > 0 && this.#iceServers.length === 0;

        this.#iceServers = servers;
        if (isNews && this.state !== 'closed')
            await this.#exchange(entry);
    }

    /* The media plane drops the old session by itself when its party comes again. */
    #use(connection, lines, session) {
        if (this.state === 'closed') { // left meanwhile
            connection.close();
            this.#endSession(session);
            return;
        }
        this.#connection?.close();
        this.#connection = connection;
        this.#session = session;
        [this.peer, this.robot] = lines.map((line) => new MediaStream([line.receiver.track]));
        connection.addEventListener('connectionstatechange', () => this.#watch());
        this.dispatchEvent(new CustomEvent('streams'));
    }

    #watch() {
        const state = this.#connection?.connectionState;

        if (state === 'connected') {
            this.#setState('connected');
        } else if (state === 'disconnected' || state === 'failed') {
            this.#setState('interrupted', this.error);
            if (!this.#isTrying)
                this.#connect(null);
        }
    }
}

/* `<turn:host>; rel="ice-server"; username="u"; credential="c"`, separated by commas: RFC 9725. */
function readIceServers(header) {
    const servers = [];

    for (const [, url, rest] of header.matchAll(/<([^>]*)>((?:[^,"]|"(?:[^"\\]|\\.)*")*)/g)) {
        const named = {};

        for (const [, name, quoted, bare] of rest.matchAll(
            /;\s*([\w-]+)=(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))/g))
            named[name.toLowerCase()] = quoted?.replace(/\\(.)/g, '$1') ?? bare;
        if (named.rel === 'ice-server')
            servers.push({ urls: url, username: named.username, credential: named.credential });
    }
    return servers;
}

/* The exchange carries all candidates at once; one that is very late is left out. */
function gathered(connection) {
    return new Promise((done) => {
        const look = () => connection.iceGatheringState === 'complete' && done();

        connection.addEventListener('icegatheringstatechange', look);
        setTimeout(done, GATHER_MILLISECONDS);
        look();
    });
}
