/* dapi_error.js - why a request to dapi did not succeed */

const OVER = new Set(['call_ended', 'channel_closed', 'call_not_found', 'not_a_party']);

/** A request that did not succeed. */
export class DapiError extends Error {
    /**
     * @param {number} status HTTP status; 0: no answer came
     * @param {{code: string, message: string, field?: string}} error as the answer tells it; the
     *     code is `network` where no answer came
     */
    constructor(status, error) {
        super(error.message);
        this.name = 'DapiError';
        this.status = status;
        this.code = error.code;
        this.field = error.field;
    }

    /** Trying again later may help: the network or a service is away. */
    get isPassing() {
        return this.status === 0 || this.status === 429 || this.status >= 500;
    }

    /** The call is over, or was never this uid's. */
    get isOver() {
        return OVER.has(this.code);
    }
}
