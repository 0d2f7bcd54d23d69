/* current_call.js - one call of the demo phone, from the press of a button to its end: its sound,
 * its microphone, what is seen of them */

import { LevelMeter, play } from './sound.js';
import { strings } from './strings.js';
import { at, clock } from './view.js';

const TIMER_MILLISECONDS = 250;

const meters = { own: new LevelMeter(at.levelOwn), peer: new LevelMeter(at.levelPeer),
                 robot: new LevelMeter(at.levelRobot) };

/** Fires `sound` when its sound comes, goes or cannot be had (`media`), and `silenced` when the
 * browser does not play it until the page is touched. */
export class CurrentCall extends EventTarget {
    #dapi;
    #events;
    #timer = null;
    #answeredAt = null;

    /**
     * @param {Dapi} dapi
     * @param {Events} events
     * @param {{other: string|null, isIncoming: boolean, microphone: MediaStream|null}} about
     *     other: a uid, null for the robot
     */
    constructor(dapi, events, { other, isIncoming, microphone }) {
        super();
        this.#dapi = dapi;
        this.#events = events;
        this.other = other;
        this.isIncoming = isIncoming;
        this.microphone = microphone;
        this.channel = null; // until the server has said it
        this.media = null;
        this.hasRobot = other === null;
        this.hasPeer = other !== null;
        this.#showMuted(false);
    }

    get isAnswered() {
        return this.#answeredAt !== null;
    }

    /** How long it has been answered, as 1:05; empty if it was not. */
    get talked() {
        return this.isAnswered ? clock((Date.now() - this.#answeredAt) / 1000) : '';
    }

    /**
     * Into the channel: its sound is joined before the other answers, so that it is there then.
     * @param {Entry} entry
     */
    enter(entry) {
        const calleeUid = this.isIncoming ? this.#dapi.uid : this.other;

        this.channel = entry.channel;
        this.#events.follow(this.channel, calleeUid);
        this.media = this.#dapi.joinMedia(entry, this.microphone);
        this.media.addEventListener('streams', () => this.hear());
        this.media.addEventListener('state', () => this.#onSound());
        meters.own.watch(this.microphone);
    }

    /** Play what comes; again after the browser had forbidden it. */
    async hear() {
        const { peer, robot } = this.media;

        meters.peer.watch(peer);
        meters.robot.watch(robot);
        const isPlaying = [await play(at.soundPeer, peer), await play(at.soundRobot, robot)];

        if (isPlaying.includes(false))
            this.dispatchEvent(new CustomEvent('silenced'));
    }

    /** The other, or the robot, is there now. */
    begin() {
        this.#answeredAt ??= Date.now();
        clearInterval(this.#timer);
        this.#timer = setInterval(() => { at.timer.textContent = this.talked; }, TIMER_MILLISECONDS);
        at.timer.textContent = this.talked;
        this.showSound();
        this.showParties();
    }

    /** Text of its sound's state. */
    showSound() {
        const { state } = this.media;
        const isListening = state === 'connected' && !this.microphone;

        at.soundState.textContent = strings()[isListening ? 'listening' : state];
        at.soundState.dataset.state = state;
    }

    /** Meters and buttons of those who can be there. */
    showParties() {
        const talking = document.querySelector('.screen[data-screen="talking"]');

        at.levelOwn.hidden = at.levelOwnName.hidden = at.mute.hidden = !this.microphone;
        at.levelPeer.hidden = at.levelPeerName.hidden = !this.hasPeer;
        at.levelRobot.hidden = at.levelRobotName.hidden = !this.hasRobot;
        talking.querySelector('[data-invite-robot]').hidden = !this.hasPeer;
    }

    toggleMute() {
        this.media.isMuted = !this.media.isMuted;
        this.#showMuted(this.media.isMuted);
    }

    /**
     * Nothing of it is left on this page. That it ends is the caller's to tell the server.
     * @param {{isOver: boolean}} options isOver: it has ended
     * @returns {Promise<void>|undefined} when its sound is left
     */
    drop({ isOver }) {
        const left = isOver ? this.media?.close() : this.media?.leave();

        clearInterval(this.#timer);
        if (this.channel)
            this.#events.unfollow(this.channel);
        this.microphone?.getTracks().forEach((track) => track.stop());
        Object.values(meters).forEach((meter) => meter.stop());
        at.soundPeer.srcObject = at.soundRobot.srcObject = null;
        return left;
    }

    #onSound() {
        if (this.isAnswered)
            this.showSound();
        this.dispatchEvent(new CustomEvent('sound'));
    }

    #showMuted(isMuted) {
        at.mute.setAttribute('aria-pressed', isMuted);
        at.muteIcon.setAttribute('href', isMuted ? '#icon-muted' : '#icon-microphone');
    }
}
