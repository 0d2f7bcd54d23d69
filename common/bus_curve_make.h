/* bus_curve_make.h - key pairs and lists for all services, made by one command */
#pragma once

#include "common/auto.h"

/* Make below `folder`, where it is not there yet, for each service
 *   SERVICE/curve_secret   its secret key; mode 0600; what is there stays
 *   SERVICE/curve_clients  the public keys of those who ask it; 0644
 *   SERVICE/curve_servers  the public keys of those whom it asks; 0644
 * Lines of the lists that begin with one of the services' names are made anew, others stay, and a
 * file that is right already is not touched. 0, or -errno after saying on stderr what is wrong. */
int bus_curve_make(const char *folder) MUST_CHECK;
