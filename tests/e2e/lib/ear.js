/* ear.js - what a test hears of the demo phone: put into its page, listens to its audio elements */
window.ear = {
    context: new AudioContext(),
    recording: [],

    pause: (milliseconds) => new Promise((done) => setTimeout(done, milliseconds)),

    async stream(line) {
        const element = document.getElementById(`sound-${line}`);

        while (!element.srcObject)
            await this.pause(5);
        return element.srcObject;
    },

    async listen(line, fftSize) {
        const stream = await this.stream(line); // the page has been touched by then
        const analyser = new AnalyserNode(this.context, { fftSize, smoothingTimeConstant: 0 });

        await this.context.resume();
        this.context.createMediaStreamSource(stream).connect(analyser);
        return analyser;
    },

    loudness(analyser) {
        const samples = new Float32Array(analyser.fftSize);

        analyser.getFloatTimeDomainData(samples);
        return Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
    },

    peak(analyser) {
        const bins = new Float32Array(analyser.frequencyBinCount);

        analyser.getFloatFrequencyData(bins);
        return bins.indexOf(Math.max(...bins)) * this.context.sampleRate / analyser.fftSize;
    },

    /* Streams are others after an interruption: each look is at the one that there is. */
    async until(line, fftSize, needed, seconds, isSo) {
        const end = performance.now() + seconds * 1000;
        let stream = null;
        let analyser = null;

        for (let count = 0; performance.now() < end; await this.pause(50)) {
            if (stream !== await this.stream(line)) {
                stream = await this.stream(line);
                analyser = await this.listen(line, fftSize);
            }
            count = isSo(analyser) ? count + 1 : 0;
            if (count >= needed)
                return true;
        }
        return false;
    },

    /* A tone with pauses: looks that find it need not be in a row. */
    async hears(line, hertz, seconds) {
        let found = 0;

        return this.until(line, 4096, 1, seconds, (analyser) => {
            found += this.loudness(analyser) > 0.003 && Math.abs(this.peak(analyser) - hertz) < 25;
            return found >= 8;
        });
    },

    isSilent(line, seconds) {
        return this.until(line, 2048, 20, seconds, (analyser) => this.loudness(analyser) < 0.001);
    },

    async record(line) {
        const analyser = await this.listen(line, 1024);
        const begun = performance.now();

        for (;;) {
            this.recording.push([(performance.now() - begun) / 1000, this.loudness(analyser)]);
            await this.pause(20);
        }
    },
};
