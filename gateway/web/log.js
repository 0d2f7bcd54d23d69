/* log.js - the demo phone's list of requests and answers, each to be copied as curl */

import { strings } from './strings.js';

const MOST_LINES = 100;
const COPIED_MILLISECONDS = 1500;

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** The request as a command for a shell. */
export function asCurl({ method, url, headers, body }) {
    return ['curl', method === 'POST' && body ? '' : `-X ${method}`, quoted(url),
            ...Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
            body ? `--data-binary ${quoted(body)}` : '']
        .filter((word) => word).join(' ');
}

/* The page need not be of a secure origin, which alone has a clipboard. */
async function copy(text) {
    if (navigator.clipboard)
        return navigator.clipboard.writeText(text);
    const area = document.body.appendChild(document.createElement('textarea'));

    area.value = text;
    area.select();
    const isCopied = document.execCommand('copy');
    area.remove();
    return isCopied ? undefined : Promise.reject();
}

function readable(text) {
    try {
        return JSON.stringify(JSON.parse(text), null, 2);
    } catch {
        return text;
    }
}

function makeElement(name, className, text = '') {
    const made = document.createElement(name);

    made.className = className;
    made.textContent = text;
    return made;
}

/* Long ones are scrolled, by keyboard too. */
function makeBlock(text) {
    const made = makeElement('pre', '', readable(text));

    made.tabIndex = 0;
    return made;
}

/* One request and its answer, or the latest of those that are asked again and again. */
class Line {
    #exchange;
    #times = 0;
    #details = document.createElement('details');
    #summary = this.#details.appendChild(makeElement('summary', 'log-what'));
    #button = makeElement('button', '', strings().copyCurl);

    constructor() {
        this.element = document.createElement('li');
        this.element.append(this.#details);
        this.#button.type = 'button';
        this.#button.dataset.text = 'copyCurl';
        this.#button.addEventListener('click', () => this.#copy());
    }

    show(exchange) {
        const { answer, body, method, milliseconds, status, url } = exchange;
        const isGood = status >= 100 && status < 300;
        const isCommand = method !== 'WS'; // curl has no words for that
        const times = ++this.#times > 1 ? ` ×${this.#times}` : '';

        this.#exchange = exchange;
        this.#summary.replaceChildren(
            makeElement('b', '', method), ` ${new URL(url).pathname} `,
            makeElement('span', isGood ? 'log-status' : 'log-status failed',
                        status || strings().noAnswer),
            makeElement('span', 'log-took', `${isCommand ? ` ${milliseconds} ms` : ''}${times}`));
        if (isCommand)
            this.element.append(this.#button);
        if (!this.#details.open) // or it is being read
            this.#details.replaceChildren(
                this.#summary, ...[body, answer].filter((text) => text).map(makeBlock));
    }

    async #copy() {
        this.#button.textContent = await copy(asCurl(this.#exchange)).then(
            () => strings().copied, () => strings().copyFailed);
        setTimeout(() => { this.#button.textContent = strings().copyCurl; }, COPIED_MILLISECONDS);
    }
}

/** Newest first; what is asked again and again has one line. */
export class Log {
    #list;
    #count;
    #total = 0;
    #polls = new Map(); // what is asked: its line

    constructor(list, count) {
        this.#list = list;
        this.#count = count;
    }

    /** @param {object} exchange detail of Dapi's event */
    add(exchange) {
        const key = exchange.isPoll ? `${exchange.url} ${exchange.body}` : null;
        let line = this.#polls.get(key);

        if (!line?.element.isConnected) {
            line = new Line();
            this.#list.prepend(line.element);
            if (key)
                this.#polls.set(key, line);
        }
        line.show(exchange);
        if (this.#list.childElementCount > MOST_LINES)
            this.#list.lastElementChild.remove();
        this.#count.textContent = `(${++this.#total})`;
    }
}
