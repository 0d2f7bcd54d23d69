/* view.js - the demo phone's screens: which one shows, and what stands on it */

import { languageTag, say, strings } from './strings.js';

const TONES = 6;

let problem = null; // arguments of showProblem

const find = (id) => document.getElementById(id);
const all = (selector) => document.querySelectorAll(selector);

/** Elements by their id, camel case for hyphens: `at.ownUid`. */
export const at = new Proxy({}, {
    get: (_, name) => find(name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)),
});

/** A uid as it is shown; null is the robot. */
export const nameOf = (uid) => uid ?? strings().robot;

/** Seconds as 1:05 or 1:00:05. */
export function clock(seconds) {
    const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60,
                   Math.floor(seconds) % 60].map((part) => String(part).padStart(2, '0'));

    return (parts[0] === '00' ? parts.slice(1) : parts).join(':').replace(/^0/, '');
}

/** Put the language's strings where they belong. */
export function showTexts() {
    document.documentElement.lang = languageTag();
    for (const element of all('[data-text]'))
        element.textContent = strings()[element.dataset.text];
    for (const element of all('[data-label]'))
        element.setAttribute('aria-label', strings()[element.dataset.label]);
    if (problem && !at.problem.hidden)
        showProblem(...problem);
}

/** Show one screen, and put the keyboard and the screen reader at its head. */
export function showScreen(name) {
    for (const screen of all('.screen'))
        screen.hidden = screen.dataset.screen !== name;
    document.body.dataset.shown = name;
    document.querySelector(`.screen[data-screen="${name}"] h2`).focus({ preventScroll: true });
    scrollTo({ top: 0 });
}

/** Say it to screen readers. */
export function announce(text) {
    at.announcement.textContent = text;
}

/** One of the page's own. */
export function icon(name) {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');

    svg.setAttribute('class', 'icon');
    svg.setAttribute('aria-hidden', 'true');
    use.setAttribute('href', `#icon-${name}`);
    svg.append(use);
    return svg;
}

/* Each uid has a colour of its own. */
function toneOf(uid) {
    return uid === null ? 'robot' : [...uid].reduce((sum, c) => sum + c.codePointAt(0), 0) % TONES;
}

/** A uid's sign. */
export function fillAvatar(element, uid) {
    element.dataset.tone = toneOf(uid);
    element.setAttribute('aria-hidden', 'true');
    element.replaceChildren(uid === null ? icon('robot') : [...uid][0].toUpperCase());
}

/** Everywhere that tells whom the call is with. */
export function showOther(uid) {
    for (const element of all('[data-avatar]'))
        fillAvatar(element, uid);
    for (const element of all('[data-other]'))
        element.textContent = nameOf(uid);
}

/**
 * Say what is wrong and what to do.
 * @param {string} kind one of the strings' problems
 * @param {{message?: string, retry?: Function, listen?: Function}} [more] message: for kinds that
 *     quote one; the others are called when their button is pressed
 */
export function showProblem(kind, more = {}) {
    const { message = location.origin, retry, listen } = more;
    const [title, advice] = strings().problems[kind] ?? strings().problems.other;

    problem = [kind, more];
    at.problem.dataset.kind = kind;
    at.problemTitle.textContent = title;
    at.problemAdvice.textContent = say(advice, message);
    for (const [button, choice] of [[at.problemRetry, retry], [at.problemListen, listen]]) {
        button.hidden = !choice;
        button.onclick = choice && (() => { hideProblem(); choice(); });
    }
    at.problem.hidden = false;
}

/** @param {string} [kind] only if it is this one */
export function hideProblem(kind = at.problem.dataset.kind) {
    if (at.problem.dataset.kind === kind)
        at.problem.hidden = true;
}
