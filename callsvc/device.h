/* device.h - what a push address must look like. Pure. */
#pragma once

#include "common/errors.h"
#include "common/messages/call.h"

enum {
    DEVICES_MOST =
        32, /* of one uid: with one more, the one that was registered longest ago leaves */
};

/* ERROR_NONE, or ERROR_BAD_FIELD with *reterr filled in. The texts become parts of requests to the
 * push services: of paths and headers. */
enum error device_check(const struct device_register *device, struct fault *reterr);
