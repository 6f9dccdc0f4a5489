/*
 * well_known - names that platforms, images and shells put into environments: nobody misspelt them.
 */
#ifndef MUSTER_CONFIG_WELL_KNOWN_H
#define MUSTER_CONFIG_WELL_KNOWN_H

#include <stdbool.h>

#include "init/config/environment.h"

/*
 * name_is_well_known - is @name one that the platform sets?
 *
 * @e  the environment that it is in: what Docker's links leave is known by the variable NAME_PORT=tcp://… beside it.
 *
 * POSIX and shells, what the images of language runtimes set for themselves, systemd, Kubernetes (also its variables for
 * every service: NAME_SERVICE_HOST, NAME_PORT_80_TCP_ADDR), and the platforms that run containers. A family is in the list
 * only if applications do not call their own settings so: AWS_REGION is, GITHUB_ is not. Allocates nothing.
 */
bool name_is_well_known(const char *name, const struct environment *e);

#endif
