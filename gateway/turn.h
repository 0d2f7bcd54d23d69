/* turn.h - credentials for a TURN server that end by themselves ("A REST API for access to TURN
 * services", draft-uberti-behave-turn-rest; coturn's use-auth-secret) */
#pragma once

enum { TURN_PASSWORD_LENGTH = 28 };

/* base64(HMAC-SHA1(secret, username)); the username is "<seconds since the epoch>:<name>". */
void turn_password(const char *secret, const char *username, char ret[TURN_PASSWORD_LENGTH + 1]);
