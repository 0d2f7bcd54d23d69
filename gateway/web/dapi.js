/* dapi.js - a client of dapi for browsers: calls, what happens to them, their sound
 *
 * It touches no page and depends on nothing but dapi_*.js beside it: copy them, or import them from
 * a gateway. docs/client.md shows how they are used; phone.js beside them uses all of it. */

import { DapiError } from './dapi_error.js';
import { Events } from './dapi_events.js';
import { Media } from './dapi_media.js';

export { DapiError };

const REQUEST_MILLISECONDS = 8000; // the gateway answers, or gives up, within 5 s

/**
 * What lets a client into a call's channel; call, callRobot, answer and join give it.
 * @typedef {{appID: string, channel: string, uid: string, token: string, call_id: string,
 *     token_expires_at: string, ring_expires_at: string, redial?: true, glare?: true}} Entry
 */

/**
 * A call to a uid as `call/msg` lists it: `uid` is called by `src_uid`.
 * @typedef {{id: number, uid: number|string, src_uid: string, channel: string, status: number,
 *     state: string, reason: string|null, created_at: string, ring_expires_at: string}} Message
 */

/**
 * A call as the other verbs give it; in the history with `talk_seconds`.
 * @typedef {{call_id: string, channel: string, src_uid: string, dst_uid: string|null,
 *     kind: 'user'|'robot', state: string, reason: string|null, ended_by: string|null,
 *     robot: string, created_at: string, answered_at: string|null, ended_at: string|null,
 *     talk_seconds?: number}} Call
 */

/**
 * A uid's view of a dapi gateway.
 *
 * Fires `exchange` after every request with what was sent and what came, for logs: detail is
 * `{at, method, url, headers, body, status, answer, milliseconds, isPoll}`.
 */
export class Dapi extends EventTarget {
    #jwt;

    /**
     * @param {string} uid as whom to act
     * @param {{base?: string, deviceId?: string, jwt?: string|function(): string|Promise<string>}}
     *     [options] base: the gateway's URL, by default the page's own origin; deviceId: what tells
     *     this device from the uid's others; jwt: the uid's token, where the gateway wants one, or
     *     what gives one that has not ended
     */
    constructor(uid, { base = globalThis.location?.origin, deviceId = randomName(), jwt } = {}) {
        super();
        this.uid = uid;
        this.base = base;
        this.deviceId = deviceId;
        this.#jwt = jwt;
    }

    /**
     * Call somebody.
     * @param {string} dstUid
     * @returns {Promise<Entry>}
     */
    call(dstUid) {
        return this.#verb('/dapi/call/user', { src_uid: this.uid, dst_uid: dstUid });
    }

    /**
     * Call the robot. It begins to play when the sound of this entry is joined.
     * @param {string} [audio] name of a recording; by default the greeting
     * @returns {Promise<Entry>}
     */
    callRobot(audio) {
        return this.#verb('/dapi/call/robot', { src_uid: this.uid, audio });
    }

    /**
     * Accept a call.
     * @param {string} channel of an incoming Message
     * @returns {Promise<Entry>}
     */
    answer(channel) {
        return this.#verb('/dapi/call/recieve', this.#about(channel));
    }

    /**
     * Say that this device rings for a call: its caller is told.
     * @param {string} channel
     * @returns {Promise<Call>}
     */
    ringing(channel) {
        return this.#verb('/dapi/call/ringing', this.#about(channel));
    }

    /**
     * Decline a call.
     * @param {string} channel
     * @returns {Promise<Call>}
     */
    reject(channel) {
        return this.#verb('/dapi/call/reject', this.#about(channel));
    }

    /**
     * Hang up, or cancel a call that rings.
     * @param {string} channel
     * @param {{isLeaving?: boolean}} [options] isLeaving: the request must outlive the page
     * @returns {Promise<Call>}
     */
    end(channel, { isLeaving = false } = {}) {
        return this.#verb('/dapi/call/end', this.#about(channel), { keepalive: isLeaving });
    }

    /**
     * Bring the robot into the channel of a call, also after it was declined or missed.
     * @param {string} channel
     * @param {string} [audio]
     * @returns {Promise<Call>}
     */
    inviteRobot(channel, audio) {
        return this.#verb('/dapi/invite/robot', { uid: this.uid, channel, audio });
    }

    /**
     * A fresh entry of a call whose channel is open.
     * @param {string} channel
     * @param {{isPoll?: boolean}} [options] isPoll: asked again and again, which logs may fold
     * @returns {Promise<Entry>}
     */
    join(channel, { isPoll = false } = {}) {
        return this.#verb('/dapi/channel/join', { uid: this.uid, channel }, { isPoll });
    }

    /**
     * Calls to a uid: those of the last minute and those that are live.
     * @param {string} [uid]
     * @returns {Promise<Message[]>} newest first
     */
    messages(uid = this.uid) {
        return this.#verb('/dapi/call/msg', { uid }, { isPoll: true });
    }

    /**
     * A call of this uid, or one whose callee is not known yet.
     * @param {string} channel
     * @returns {Promise<Call>}
     */
    async show(channel) {
        const query = new URLSearchParams({ uid: this.uid });
        const { text } = await this.request('GET', `/dapi/call/${channel}?${query}`, {
            headers: await this.#authorization(), isPoll: true });

        return JSON.parse(text).data;
    }

    /**
     * Past calls of this uid, either way.
     * @param {{before?: string, limit?: number}} [options] before: `created_at` of a call, for the
     *     page after it
     * @returns {Promise<Call[]>} newest first
     */
    history({ before, limit } = {}) {
        return this.#verb('/dapi/call/history', { uid: this.uid, before, limit },
                          { isPoll: true });
    }

    /**
     * Watch for calls to this uid, and follow its own.
     * @returns {Events}
     */
    events() {
        return new Events(this);
    }

    /**
     * Join the sound of a call and stay in it until it is left or over, whatever the network does.
     * @param {Entry} entry
     * @param {MediaStream} [microphone] without one the client listens and sends silence
     * @returns {Media}
     */
    joinMedia(entry, microphone) {
        return new Media(this, entry, microphone);
    }

    /**
     * Any request; throws DapiError where it does not succeed. For Media.
     * @param {string} method
     * @param {string} url absolute, or a path at the gateway
     * @param {{headers?: object, body?: string, keepalive?: boolean, isPoll?: boolean}} [options]
     * @returns {Promise<{response: Response, text: string}>}
     */
    async request(method, url, { headers = {}, body, keepalive, isPoll = false } = {}) {
        const exchange = { at: new Date(), method, url: new URL(url, this.base).href, headers, body,
                           status: 0, answer: '', isPoll };
        const begun = performance.now();
        try {
            const response = await fetch(exchange.url, {
                method, headers, body, keepalive, cache: 'no-store',
                signal: AbortSignal.timeout(REQUEST_MILLISECONDS) });
            exchange.status = response.status;
            exchange.answer = await response.text();
            if (!response.ok)
                throw new DapiError(response.status, readError(response, exchange.answer));
            return { response, text: exchange.answer };
        } catch (error) {
            if (error instanceof DapiError)
                throw error;
            throw new DapiError(0, { code: 'network', message: 'no answer came' });
        } finally {
            exchange.milliseconds = Math.round(performance.now() - begun);
            this.dispatchEvent(new CustomEvent('exchange', { detail: exchange }));
        }
    }

    /** @returns {Promise<string|undefined>} the uid's token; for Events */
    async token() {
        try {
            return typeof this.#jwt === 'function' ? await this.#jwt() : this.#jwt;
        } catch {
            throw new DapiError(0, { code: 'network', message: 'no token came' });
        }
    }

    async #authorization() {
        const jwt = await this.token();

        return jwt ? { Authorization: `Bearer ${jwt}` } : {};
    }

    #about(channel) {
        return { uid: this.uid, channel, device_id: this.deviceId };
    }

    async #verb(path, fields, options) {
        const { text } = await this.request('POST', path, {
            headers: { 'Content-Type': 'application/json', ...await this.#authorization() },
            body: JSON.stringify(fields), ...options });
        return JSON.parse(text).data;
    }
}

function randomName() {
    return [...crypto.getRandomValues(new Uint8Array(8))]
        .map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/* Whatever answers in the gateway's place (a proxy) need not speak JSON. */
function readError(response, text) {
    try {
        return JSON.parse(text).error ?? {};
    } catch {
        return { code: 'unreadable', message: response.statusText };
    }
}
