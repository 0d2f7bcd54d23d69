/* dapi_events.js - what happens to calls: told over a WebSocket, or found out by asking */

import { DapiError } from './dapi_error.js';

const ASK_MILLISECONDS = 2000;
const LIVE_ASK_MILLISECONDS = 20000; // the network may have died without a word
const CONNECT_MILLISECONDS = [1000, 2000, 4000, 8000, 15000, 30000]; // before each attempt, at most
const PROTOCOL = 'dapi';
const RANKS = { created: 0, ringing: 1, answered: 2 };
const OVER = 3;
const MAY_BE_OPEN = new Set(['rejected', 'missed']); // the channel of such a call, for a robot

const rankOf = ({ state }) => RANKS[state] ?? OVER;

/**
 * What happens to calls of a uid, either way. Events are named as the API's, `call.created`,
 * `call.ringing`, `call.answered`, `call.completed`, `call.rejected`, `call.cancelled`,
 * `call.missed`, `call.busy`, `call.failed`, `robot.joined` and so on, with the call as detail;
 * `call.closed` (`{channel}`) says of a followed call that its channel is closed. `away` (detail: a
 * DapiError) and `back` tell when the server cannot be reached and can be again.
 *
 * They come over a WebSocket. Where none can be had it asks every two seconds, and tries again to
 * connect, less and less often. A called uid finds its calls in its messages, a caller
 * asks about his own. Whether the channel of a call that was not answered is still open is asked by
 * `channel/join`, which a closed one refuses.
 */
export class Events extends EventTarget {
    #dapi;
    #calls = new Map(); // by channel: as they were last seen
    #followed = new Map(); // channel: the callee's uid, null for a robot
    #isClosed = false;
    #isAway = false;
    #socket = null;
    #isLive = false; // the socket is open
    #seq = null; // of the latest event
    #attempts = 0;
    #connecting = null; // timer
    #askAt = 0; // when all is asked next, however live
    #wake = () => {};

    constructor(dapi) {
        super();
        this.#dapi = dapi;
        this.#connect();
        this.#run();
    }

    /** Events are told as they happen: it need not ask. */
    get isLive() {
        return this.#isLive;
    }

    /**
     * Tell of this call until it is over; of what is known of it already, too.
     * @param {string} channel
     * @param {string|null} calleeUid null: the robot
     */
    follow(channel, calleeUid) {
        const known = this.#calls.get(channel);

        this.#followed.set(channel, calleeUid);
        if (known)
            queueMicrotask(() => this.#fire(`call.${known.state}`, known));
    }

    /** @param {string} channel */
    unfollow(channel) {
        this.#followed.delete(channel);
    }

    /** Stop listening. */
    close() {
        this.#isClosed = true;
        clearTimeout(this.#connecting);
        this.#socket?.close();
        this.#wake();
    }

    #fire(type, detail) {
        if (!this.#isClosed)
            this.dispatchEvent(new CustomEvent(type, { detail }));
    }

    #setAway(isAway, error) {
        if (isAway !== this.#isAway)
            this.#fire(isAway ? 'away' : 'back', error);
        this.#isAway = isAway;
    }

    /* A call goes on, and never back: an answer may be older than an event. */
    #see(call) {
        const known = this.#calls.get(call.channel);

        if (known && (known.state === call.state || rankOf(known) >= rankOf(call)))
            return;
        this.#calls.set(call.channel, call);
        this.#fire(`call.${call.state}`, call);
    }

    /* By the WebSocket */

    async #connect() {
        const jwt = await this.#dapi.token().catch(() => null);
        const url = new URL('/dapi/call/events', this.#dapi.base);

        url.protocol = url.protocol.replace('http', 'ws');
        url.searchParams.set('uid', this.#dapi.uid);
        if (this.#seq !== null)
            url.searchParams.set('since', this.#seq);
        if (this.#isClosed)
            return;
        this.#socket = new WebSocket(url, jwt ? [PROTOCOL, `bearer.${jwt}`] : [PROTOCOL]);
        this.#socket.addEventListener('open', () => this.#onOpen(url));
        this.#socket.addEventListener('message', ({ data }) => this.#onMessage(url, data));
        this.#socket.addEventListener('close', () => this.#onClose());
    }

    #log(url, answer) {
        this.#dapi.dispatchEvent(new CustomEvent('exchange', { detail: {
            at: new Date(), method: 'WS', url: url.href, headers: {}, status: 101, answer,
            isPoll: true } }));
    }

    /* It tells what happens from now on: what is so already must be asked for. */
    #onOpen(url) {
        this.#isLive = true;
        this.#attempts = 0;
        this.#log(url, '');
        this.#askSoon();
    }

    #onMessage(url, data) {
        const { seq, type, call } = JSON.parse(data);

        this.#log(url, data);
        this.#seq = seq;
        if (type === 'events.truncated')
            this.#askSoon();
        else if (type.startsWith('call.'))
            this.#see(call);
        else
            this.#fire(type, call);
    }

    #onClose() {
        const most = CONNECT_MILLISECONDS[Math.min(this.#attempts++,
                                                   CONNECT_MILLISECONDS.length - 1)];

        this.#isLive = false;
        if (this.#isClosed)
            return;
        this.#connecting = setTimeout(() => this.#connect(), most * (0.5 + Math.random() / 2));
        this.#askSoon();
    }

    /* By asking */

    #askSoon() {
        this.#askAt = 0;
        this.#wake();
    }

    async #run() {
        while (!this.#isClosed) {
            try {
                await this.#ask();
                this.#setAway(false);
            } catch (error) {
                if (!(error instanceof DapiError))
                    throw error;
                this.#setAway(true, error);
            }
            await this.#pause();
        }
    }

    #pause() {
        const wasAskedFor = this.#askAt === 0;

        return wasAskedFor ? undefined : new Promise((done) => {
            const timer = setTimeout(done, ASK_MILLISECONDS);

            this.#wake = () => { clearTimeout(timer); done(); };
        });
    }

    async #ask() {
        const isDue = !this.#isLive || performance.now() >= this.#askAt;

        if (isDue) {
            this.#askAt = performance.now() + LIVE_ASK_MILLISECONDS;
            await this.#askAll();
        } else {
            for (const channel of this.#followed.keys())
                if (MAY_BE_OPEN.has(this.#calls.get(channel)?.state))
                    await this.#lookIfOpen(channel);
        }
    }

    async #askAll() {
        const own = await this.#messages();
        const known = new Set([...own.map((call) => call.channel), ...this.#followed.keys()]);

        [...own].reverse().forEach((call) => this.#see(call));
        for (const [channel, uid] of this.#followed)
            await this.#look(channel, uid === this.#dapi.uid ? own : null);
        for (const channel of this.#calls.keys())
            if (!known.has(channel))
                this.#calls.delete(channel);
    }

    async #messages() {
        const messages = await this.#dapi.messages();

        return messages.map((message) => ({ ...message, dst_uid: String(message.uid) }));
    }

    async #look(channel, own) {
        const call = own ? own.find((each) => each.channel === channel) : await this.#show(channel);

        if (call)
            this.#see(call);
        if (!call || MAY_BE_OPEN.has(call.state))
            await this.#lookIfOpen(channel);
    }

    async #show(channel) {
        try {
            return await this.#dapi.show(channel);
        } catch (error) {
            if (!error.isOver)
                throw error;
            return null;
        }
    }

    async #lookIfOpen(channel) {
        try {
            await this.#dapi.join(channel, { isPoll: true });
        } catch (error) {
            if (!error.isOver)
                throw error;
            if (this.#followed.delete(channel))
                this.#fire('call.closed', { channel });
        }
    }
}
