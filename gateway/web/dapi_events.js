/* dapi_events.js - what happens to calls, found out by asking */

import { DapiError } from './dapi_error.js';

const POLL_MILLISECONDS = 2000;

/**
 * What happens to calls. Events are named by where a call now stands, `call.created`,
 * `call.ringing`, `call.answered`, `call.completed`, `call.rejected`, `call.cancelled`,
 * `call.missed`, `call.busy`, `call.failed`, with its Message as detail; `call.closed`
 * (`{channel}`) says of a followed call that its channel is closed. `away` (detail: a DapiError)
 * and `back` tell when asking fails and succeeds again.
 *
 * It asks every two seconds. A call's state stands in its callee's messages, so that is where a
 * caller looks; a call that is not there any more, and one with a robot, is asked about by
 * `channel/join`, which an ended call refuses.
 */
export class Events extends EventTarget {
    #dapi;
    #states = new Map(); // by channel
    #followed = new Map(); // channel: the callee's uid, null for a robot
    #isClosed = false;
    #isAway = false;

    constructor(dapi) {
        super();
        this.#dapi = dapi;
        this.#run();
    }

    /**
     * Tell of this call until it is over.
     * @param {string} channel
     * @param {string|null} calleeUid null: the robot
     */
    follow(channel, calleeUid) {
        this.#followed.set(channel, calleeUid);
    }

    /** @param {string} channel */
    unfollow(channel) {
        this.#followed.delete(channel);
    }

    /** Stop asking. */
    close() {
        this.#isClosed = true;
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
            await new Promise((done) => setTimeout(done, POLL_MILLISECONDS));
        }
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

    async #ask() {
        const own = await this.#dapi.messages();
        const known = new Set([...own.map((message) => message.channel), ...this.#followed.keys()]);

        [...own].reverse().forEach((message) => this.#see(message));
        for (const [channel, uid] of this.#followed)
            await this.#look(channel, uid, uid === this.#dapi.uid ? own : null);
        for (const channel of this.#states.keys())
            if (!known.has(channel))
                this.#states.delete(channel);
    }

    #see(message) {
        if (this.#states.get(message.channel) === message.state)
            return;
        this.#states.set(message.channel, message.state);
        this.#fire(`call.${message.state}`, message);
    }

    async #look(channel, uid, own) {
        const messages = uid === null ? [] : own ?? await this.#dapi.messages(uid);
        const message = messages.find((each) => each.channel === channel);

        if (message)
            this.#see(message);
        if (!message || message.state === 'rejected' || message.state === 'missed')
            await this.#lookIfOpen(channel);
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
