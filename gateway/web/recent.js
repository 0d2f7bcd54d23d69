/* recent.js - the past calls of who uses the demo phone */

import { DapiError } from './dapi.js';
import { languageTag, say, strings } from './strings.js';
import { at, clock, fillAvatar, icon, nameOf } from './view.js';

const MOST_CALLS = 20;

/** Newest first, each with a button to call again. */
export class RecentCalls {
    #calls = [];
    #owner = null; // Dapi
    #onCall;

    /** @param {function(string|null)} onCall calls this uid, or the robot */
    constructor(onCall) {
        this.#onCall = onCall;
    }

    /**
     * What the server knows now. Where it does not say, the list stays as it is.
     * @param {Dapi} dapi
     */
    async load(dapi) {
        this.#owner = dapi;
        try {
            const calls = await dapi.history({ limit: MOST_CALLS });

            if (this.#owner === dapi)
                this.#calls = calls.map((call) => lineOf(call, dapi.uid));
            this.show();
        } catch (error) {
            if (!(error instanceof DapiError))
                throw error;
        }
    }

    clear() {
        this.#owner = null;
        this.#calls = [];
        this.show();
    }

    /** In the language that is in use. */
    show() {
        at.noRecent.hidden = this.#calls.length > 0;
        at.recent.replaceChildren(...this.#calls.map((call) => makeLine(call, this.#onCall)));
    }
}

/* A call of the history as it is shown. */
function lineOf(call, uid) {
    const isIncoming = call.dst_uid === uid;
    const callee = call.kind === 'robot' ? null : call.dst_uid ?? call.channel;
    const state = call.answered_at ? 'answered' : call.state;

    return { isIncoming, other: isIncoming ? call.src_uid : callee, began: new Date(call.created_at),
             talked: clock(call.talk_seconds),
             state: state in strings().recentState ? state : 'failed' };
}

function timeOf(began) {
    const isToday = began.toDateString() === new Date().toDateString();

    return began.toLocaleString(languageTag(), {
        hour: '2-digit', minute: '2-digit', ...isToday ? {} : { month: 'short', day: 'numeric' } });
}

function makeLine({ began, other, isIncoming, state, talked }, onCall) {
    const line = document.createElement('li');
    const avatar = line.appendChild(document.createElement('div'));
    const text = line.appendChild(document.createElement('div'));
    const name = text.appendChild(document.createElement('p'));
    const detail = text.appendChild(document.createElement('p'));
    const button = line.appendChild(document.createElement('button'));

    avatar.className = 'avatar small';
    fillAvatar(avatar, other);
    text.className = 'recent-text';
    name.className = 'recent-name';
    name.textContent = nameOf(other);
    detail.className = 'recent-detail';
    detail.append(icon(isIncoming ? 'incoming' : 'outgoing'),
                  `${say(strings().recentState[state], talked)} · ${timeOf(began)}`);
    line.classList.toggle('was-missed', isIncoming && state !== 'answered');
    button.type = 'button';
    button.append(icon(other === null ? 'robot' : 'phone'));
    button.setAttribute('aria-label', strings().callNamed(nameOf(other)));
    button.addEventListener('click', () => onCall(other));
    return line;
}
