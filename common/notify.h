/* notify.h - tells systemd, or who else started this process so, where it stands (sd_notify(3)) */
#pragma once

/* "READY=1", "STOPPING=1": to the socket that NOTIFY_SOCKET names; nothing without one. Nobody is
 * left to tell if it fails. */
void notify_supervisor(const char *state);
