/* recent.js - the calls of the demo phone since its page was opened */

import { languageTag, say, strings } from './strings.js';
import { at, fillAvatar, icon, nameOf } from './view.js';

const MOST_CALLS = 20;

/** Newest first, each with a button to call again. */
export class RecentCalls {
    #calls = [];
    #onCall;

    /** @param {function(string|null)} onCall calls this uid, or the robot */
    constructor(onCall) {
        this.#onCall = onCall;
    }

    /**
     * @param {{other: string|null, isIncoming: boolean, state: string, talked?: string}} call state:
     *     how it went, as the strings name it; talked: for how long
     */
    add({ other, isIncoming, state, talked }) {
        this.#calls.unshift({ other, isIncoming, talked, began: new Date(),
                              state: state in strings().recentState ? state : 'failed' });
        this.#calls.length = Math.min(this.#calls.length, MOST_CALLS);
        this.show();
    }

    clear() {
        this.#calls = [];
        this.show();
    }

    /** In the language that is in use. */
    show() {
        at.noRecent.hidden = this.#calls.length > 0;
        at.recent.replaceChildren(...this.#calls.map((call) => makeLine(call, this.#onCall)));
    }
}

function makeLine({ began, other, isIncoming, state, talked }, onCall) {
    const line = document.createElement('li');
    const avatar = line.appendChild(document.createElement('div'));
    const text = line.appendChild(document.createElement('div'));
    const name = text.appendChild(document.createElement('p'));
    const detail = text.appendChild(document.createElement('p'));
    const button = line.appendChild(document.createElement('button'));

    const time = began.toLocaleTimeString(languageTag(), { hour: '2-digit', minute: '2-digit' });

    avatar.className = 'avatar small';
    fillAvatar(avatar, other);
    text.className = 'recent-text';
    name.className = 'recent-name';
    name.textContent = nameOf(other);
    detail.className = 'recent-detail';
    detail.append(icon(isIncoming ? 'incoming' : 'outgoing'),
                  `${say(strings().recentState[state], talked)} · ${time}`);
    line.classList.toggle('was-missed', isIncoming && state !== 'answered');
    button.type = 'button';
    button.append(icon(other === null ? 'robot' : 'phone'));
    button.setAttribute('aria-label', strings().callNamed(nameOf(other)));
    button.addEventListener('click', () => onCall(other));
    return line;
}
