/* phone.js - the demo phone: what its buttons do, and what the server tells */

import { CurrentCall } from './current_call.js';
import { Dapi, DapiError } from './dapi.js';
import { Log } from './log.js';
import { RecentCalls } from './recent.js';
import { MicrophoneProblem, openMicrophone, ring, stopRinging, unlockSound } from './sound.js';
import { say, strings, switchLanguage } from './strings.js';
import { announce, at, hideProblem, nameOf, showOther, showProblem, showScreen,
         showTexts } from './view.js';

const WITH_TOKEN = '#jwt=';
const REFUSALS = new Set([401, 403]);
const CAN_HAVE_ROBOT = new Set(['rejected', 'missed']); // the channel stays open then

const log = new Log(at.logLines, at.logCount);
const waiting = new Map(); // channel: a call that rings here
const recent = new RecentCalls(dial);
let dapi = null;
let events = null;
let call = null; // CurrentCall
let ringing = null; // the call on the incoming screen
let awayKind = null; // of the problem that the server was not there, when it last was not
let outcome = null; // {kind, other, talked}, once a call has one

/* Signing in and out */

function signIn(uid, jwt) {
    dapi = new Dapi(uid, { jwt });
    dapi.addEventListener('exchange', ({ detail }) => log.add(detail));
    events = dapi.events();
    listen();
    history.replaceState(null, '', jwt ? `${WITH_TOKEN}${jwt}` : `#${encodeURIComponent(uid)}`);
    at.ownUid.textContent = uid;
    at.who.hidden = at.signOut.hidden = false;
    at.secondPhone.href = `#${randomNumber()}`;
    showReady();
}

/* By the token's own uid; a page whose address holds one is told by nobody but this browser. */
function signInWithToken(jwt) {
    let uid;

    try {
        const claims = jwt.split('.')[1].replaceAll('-', '+').replaceAll('_', '/');

        uid = JSON.parse(atob(claims)).sub;
    } catch {
        uid = null;
    }
    if (typeof uid === 'string' && uid)
        signIn(uid, jwt);
    else
        showScreen('signedOut');
}

function signOut() {
    leaveCall();
    stopRinging();
    events.close();
    dapi = events = ringing = null;
    waiting.clear();
    recent.clear();
    history.replaceState(null, '', location.pathname);
    at.who.hidden = at.signOut.hidden = true;
    showScreen('signedOut');
}

function randomNumber() {
    return String(1000 + crypto.getRandomValues(new Uint16Array(1))[0] % 9000);
}

function showReady() {
    outcome = ringing = null;
    document.title = `${dapi.uid} · dapi`;
    recent.load(dapi);
    showScreen('ready');
    announce(strings().readyTitle);
    ringNext();
}

/* A request failed: say why. What passes can be tried again. */
function report(error, retry) {
    if (!(error instanceof DapiError))
        throw error;
    showProblem(error.isOver ? 'call_ended' : error.code,
                { message: error.message, retry: error.isPassing ? retry : undefined });
}

/* Calling and answering */

/* The robot is heard without a microphone; with people it is the user's choice. */
async function withMicrophone(isNeeded, start) {
    let microphone = null;

    hideProblem();
    try {
        microphone = await openMicrophone();
    } catch (problem) {
        if (!(problem instanceof MicrophoneProblem))
            throw problem;
        if (isNeeded) {
            showProblem(problem.kind, { retry: () => withMicrophone(isNeeded, start),
                                        listen: () => start(null) });
            return;
        }
    }
    await start(microphone);
    if (!microphone && call)
        showProblem('listening');
}

function dial(other) {
    if (other === dapi.uid)
        showProblem('yourself');
    else
        withMicrophone(other !== null, (microphone) => {
            const mine = beginCall({ other, isIncoming: false, microphone });

            showScreen('calling');
            announce(strings().callingNamed(nameOf(other)));
            ring('calling');
            return enter(mine, other === null ? dapi.callRobot() : dapi.call(other),
                         () => dial(other));
        });
}

function accept() {
    const { channel, src_uid: other } = ringing;

    withMicrophone(true, (microphone) => {
        if (!waiting.delete(channel)) { // cancelled while the browser asked
            microphone?.getTracks().forEach((track) => track.stop());
            return undefined;
        }
        ringing = null;
        return enter(beginCall({ other, isIncoming: true, microphone }), dapi.answer(channel));
    });
}

function beginCall(about) {
    leaveCall();
    outcome = null;
    call = new CurrentCall(dapi, events, about);
    call.addEventListener('sound', onSound);
    call.addEventListener('silenced', () => showProblem('soundBlocked'));
    call.microphone?.getAudioTracks()[0].addEventListener(
        'ended', () => showProblem('microphoneLost'));
    showOther(call.other);
    return call;
}

/* With what the server gives, unless the user has hung up meanwhile. */
async function enter(mine, asked, retry) {
    try {
        const entry = await asked;

        if (call !== mine) {
            dapi?.end(entry.channel).catch(() => {}); // its timers end it
            return;
        }
        mine.enter(entry);
        if (mine.isIncoming || mine.other === null || entry.glare)
            talk();
    } catch (error) {
        if (call === mine) {
            dropCall();
            showReady();
        }
        report(error, retry);
    }
}

function talk() {
    stopRinging();
    call.begin();
    document.title = `${nameOf(call.other)} · dapi`;
    showScreen('talking');
    announce(strings().talkingTo(nameOf(call.other)));
}

function onSound({ target: { media } }) {
    if (media !== call?.media)
        return;
    if (media.state === 'connected') {
        hideProblem('network');
        hideProblem('soundAway');
    } else if (media.state === 'closed') {
        showOutcome(media.error.isOver ? 'ended' : 'failed');
        if (!media.error.isOver)
            report(media.error);
    } else if (media.error) {
        showProblem(media.error.code === 'network' ? 'network' : 'soundAway');
    }
}

async function inviteRobot() {
    const mine = call;

    hideProblem();
    try {
        await dapi.inviteRobot(mine.channel);
        if (call !== mine)
            return;
        mine.hasRobot = true;
        if (outcome) { // in place of the one who did not come
            mine.hasPeer = false;
            showOther(null);
        }
        talk();
    } catch (error) {
        report(error, inviteRobot);
    }
}

/* Ending */

function dropCall({ isOver = true } = {}) {
    const dropped = call;

    call = null; // first: what it fires now is of no interest
    stopRinging();
    return dropped?.drop({ isOver });
}

/* The server is told, too. A declined call's channel is open until its caller ends it. */
async function leaveCall() {
    const mine = dapi;
    const channel = call?.channel;

    await dropCall({ isOver: false });
    if (!channel)
        return;
    await mine.end(channel).catch(() => {}); // its timers end it
    loadRecent(mine);
}

/* Once the server knows it, too. */
function loadRecent(mine) {
    if (mine === dapi)
        recent.load(mine);
}

/* Both requests outlive the page. */
function leavePage() {
    if (!call?.channel)
        return;
    call.media.leave({ isLeaving: true });
    dapi.end(call.channel, { isLeaving: true }).catch(() => {});
}

function hangUp() {
    const { isAnswered, other, talked } = call;

    leaveCall();
    if (isAnswered) {
        showOutcome('ended', { other, talked });
    } else {
        showReady();
    }
}

function decline() {
    const mine = dapi;
    const { channel } = ringing;

    stopRinging();
    waiting.delete(channel);
    mine.reject(channel).then(() => loadRecent(mine), report);
    showReady();
}

/* The call is over, or its callee will not come: say how it went. */
function showOutcome(kind, { other, talked } = call) {
    outcome = { kind, other, talked };
    stopRinging();
    if (!CAN_HAVE_ROBOT.has(kind))
        dropCall();
    fillOutcome();
    document.title = `${dapi.uid} · dapi`;
    showScreen('outcome');
    announce(at.outcomeTitle.textContent);
}

function fillOutcome() {
    const { kind, other, talked } = outcome;

    at.outcomeTitle.textContent = say(strings().outcome[kind], nameOf(other));
    at.outcomeLead.textContent = strings().outcomeLead[kind] ??
        (talked ? strings().talked(talked) : '');
    at.outcomeRobot.hidden = call === null;
}

/* What the server tells */

function listen() {
    const handlers = {
        'call.created': onRinging,
        'call.ringing': onRinging,
        'call.answered': onAnswered,
        'call.completed': (ended) => onOver('ended', ended),
        'call.closed': (closed) => onOver('ended', closed),
        'away': onAway,
        'back': () => hideProblem(awayKind),
    };

    for (const kind of ['rejected', 'cancelled', 'missed', 'busy', 'failed'])
        handlers[`call.${kind}`] = (ended) => onOver(kind, ended);
    for (const [type, handle] of Object.entries(handlers))
        events.addEventListener(type, ({ detail }) => handle(detail));
}

function onRinging(incoming) {
    if (incoming.channel === call?.channel || incoming.dst_uid !== dapi.uid)
        return;
    waiting.set(incoming.channel, incoming);
    ringNext();
}

/* One at a time, and none into a call. */
function ringNext() {
    const [incoming] = waiting.values();

    if (!incoming || call || ringing)
        return;
    ringing = incoming;
    showOther(incoming.src_uid);
    showScreen('incoming');
    document.title = strings().isCalling(incoming.src_uid);
    announce(document.title);
    ring('incoming');
    dapi.ringing(incoming.channel).catch(() => {}); // it rings all the same
}

function onAnswered({ channel }) {
    const wasRinging = ringing?.channel === channel;

    waiting.delete(channel);
    if (channel === call?.channel && !call.isAnswered) {
        talk();
    } else if (wasRinging) {
        stopRinging();
        showReady();
        showProblem('answered_elsewhere');
    }
}

function onOver(kind, ended) {
    if (ended.channel === call?.channel)
        onEnd(kind);
    else
        onNotHere(kind, ended);
}

/* A declined call's channel closes by itself when no robot was invited. */
function onEnd(kind) {
    if (outcome === null || call.isAnswered) {
        showOutcome(kind);
    } else {
        dropCall();
        fillOutcome();
    }
}

/* It rang here until then, or was too short for that; another device of this uid may have
 * declined it. */
function onNotHere(kind, { channel, src_uid: other }) {
    waiting.delete(channel);
    if (ringing?.channel !== channel) {
        recent.load(dapi);
        return;
    }
    stopRinging();
    showReady();
    if (kind === 'cancelled' || kind === 'missed')
        announce(say(strings().outcome[kind], other));
}

function onAway(error) {
    if (error.code === 'bad_field' || REFUSALS.has(error.status)) // as this uid nothing is allowed
        signOut();
    awayKind = error.code;
    report(error);
}

/* The page */

function onSubmit(form, action) {
    form.addEventListener('submit', (event) => {
        event.preventDefault();
        hideProblem();
        action(form.querySelector('input').value.trim());
    });
}

function onLanguage() {
    switchLanguage();
    showTexts();
    if (call || ringing)
        showOther(call ? call.other : ringing.src_uid);
    if (call?.isAnswered)
        call.showSound();
    if (outcome)
        fillOutcome();
    recent.show();
}

/* Sound that the browser kept off may begin now. */
function onTouch() {
    unlockSound();
    if (call?.media?.peer && at.soundPeer.paused) {
        hideProblem('soundBlocked');
        call.hear();
    }
}

const presses = {
    '#sign-out': signOut,
    '#language': onLanguage,
    '#second-phone': () => { at.callee.value = at.secondPhone.hash.slice(1); },
    '#call-robot': () => dial(null),
    '#accept': accept,
    '#decline': decline,
    '#mute': () => call.toggleMute(),
    '#again': () => dial(outcome.other),
    '#done': () => { leaveCall(); showReady(); },
    '#problem-close': () => hideProblem(),
    '[data-hang-up]': hangUp,
    '[data-invite-robot]': inviteRobot,
};

function start() {
    const isWide = matchMedia('(min-width: 60rem)');

    for (const [selector, action] of Object.entries(presses))
        document.querySelectorAll(selector).forEach(
            (button) => button.addEventListener('click', action));
    onSubmit(at.signIn, signIn);
    onSubmit(at.call, dial);
    for (const type of ['pointerup', 'keydown'])
        addEventListener(type, onTouch);
    addEventListener('pagehide', leavePage);
    isWide.addEventListener('change', () => { at.log.open = isWide.matches; });
    at.log.open = isWide.matches;
    at.uid.value = randomNumber();
    showTexts();
    if (location.hash.startsWith(WITH_TOKEN))
        signInWithToken(location.hash.slice(WITH_TOKEN.length));
    else if (location.hash.length > 1)
        signIn(decodeURIComponent(location.hash.slice(1)));
    else
        showScreen('signedOut');
}

start();
