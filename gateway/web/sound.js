/* sound.js - what the demo phone does with sound: rings, shows levels, opens the microphone */

const BARS = 32;
const BAR_MILLISECONDS = 80;
const QUIETEST_DECIBELS = -60;

/* Two notes, then a pause; the caller hears a lower and softer one than the callee. */
const RINGS = {
    incoming: { notes: [659, 880], volume: 0.16, every: 2400 },
    calling: { notes: [392, 392], volume: 0.05, every: 3600 },
};
const NOTE_SECONDS = 0.35;
const VIBRATION = [300, 200, 300];

let context = null;
let ringTimer = null;

/* A browser lets a page sound once it has been touched. */
const wasTouched = () => navigator.userActivation?.hasBeenActive ?? true;

function audioContext() {
    context ??= new AudioContext();
    if (context.state === 'suspended' && wasTouched())
        context.resume();
    return context;
}

/** Call it when the page is touched. */
export function unlockSound() {
    if (wasTouched())
        audioContext();
}

function playNote(hertz, volume, begin) {
    const oscillator = new OscillatorNode(context, { frequency: hertz, type: 'sine' });
    const gain = new GainNode(context, { gain: 0 });

    gain.gain.setTargetAtTime(volume, begin, 0.02);
    gain.gain.setTargetAtTime(0, begin + NOTE_SECONDS * 0.6, 0.06);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(begin);
    oscillator.stop(begin + NOTE_SECONDS * 2);
}

function ringOnce({ notes, volume }) {
    if (!wasTouched())
        return;
    const begin = audioContext().currentTime;

    notes.forEach((hertz, i) => playNote(hertz, volume, begin + i * NOTE_SECONDS));
}

/**
 * Ring until stopRinging.
 * @param {'incoming'|'calling'} kind
 */
export function ring(kind) {
    stopRinging();
    ringOnce(RINGS[kind]);
    ringTimer = setInterval(() => ringOnce(RINGS[kind]), RINGS[kind].every);
    if (kind === 'incoming' && wasTouched())
        navigator.vibrate?.(VIBRATION);
}

export function stopRinging() {
    clearInterval(ringTimer);
}

/** Shows how loud a stream is now and was lately, in an element of role meter. */
export class LevelMeter {
    #element;
    #bars;
    #levels = new Array(BARS).fill(0);
    #source = null;
    #analyser = null;
    #samples = null;
    #timer = null;

    constructor(element) {
        this.#element = element;
        this.#bars = this.#levels.map(() => element.appendChild(document.createElement('i')));
    }

    /** @param {MediaStream|null} stream null: none */
    watch(stream) {
        this.stop();
        if (!stream || stream.getAudioTracks().length === 0)
            return;
        this.#analyser = new AnalyserNode(audioContext(), { fftSize: 1024 });
        this.#samples = new Float32Array(this.#analyser.fftSize);
        this.#source = new MediaStreamAudioSourceNode(context, { mediaStream: stream });
        this.#source.connect(this.#analyser);
        this.#timer = setInterval(() => this.#push(this.#measure()), BAR_MILLISECONDS);
    }

    stop() {
        clearInterval(this.#timer);
        this.#source?.disconnect();
        this.#source = null;
        this.#levels.fill(0);
        this.#push(0);
    }

    #measure() {
        this.#analyser.getFloatTimeDomainData(this.#samples);
        const power = this.#samples.reduce((sum, sample) => sum + sample * sample, 0);
        const decibels = 10 * Math.log10(power / this.#samples.length || 1e-12);
        return Math.min(Math.max(1 - decibels / QUIETEST_DECIBELS, 0), 1);
    }

    #push(level) {
        this.#levels.shift();
        this.#levels.push(level);
        this.#bars.forEach((bar, i) => bar.style.setProperty('--height', this.#levels[i].toFixed(2)));
        this.#element.setAttribute('aria-valuenow', Math.round(level * 100));
    }
}

/** Play a stream in an audio element; false if the browser forbids it until the page is touched. */
export async function play(element, stream) {
    element.srcObject = stream;
    try {
        if (stream)
            await element.play();
        return true;
    } catch (error) {
        return error.name !== 'NotAllowedError';
    }
}

/** Why there is no microphone; `kind` names one of the strings' problems. */
export class MicrophoneProblem extends Error {
    constructor(kind) {
        super(kind);
        this.kind = kind;
    }
}

const REFUSALS = {
    NotAllowedError: 'microphoneRefused',
    SecurityError: 'microphoneRefused',
    NotFoundError: 'microphoneMissing',
    OverconstrainedError: 'microphoneMissing',
};

/** @returns {Promise<MediaStream>} or throws MicrophoneProblem */
export async function openMicrophone() {
    if (!navigator.mediaDevices)
        throw new MicrophoneProblem(isSecureContext ? 'microphoneMissing' : 'notSecure');
    try {
        return await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch (error) {
        throw new MicrophoneProblem(REFUSALS[error.name] ?? 'microphoneBusy');
    }
}
