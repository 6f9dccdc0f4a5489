/*
 * image_sweep - before-images that a kill has left behind before the journal named them, and those that it does not name any more.
 */
#ifndef MUSTER_SETUP_IMAGE_SWEEP_H
#define MUSTER_SETUP_IMAGE_SWEEP_H

#include <stdint.h>

#include "init/setup/history.h"
#include "init/wire/messages.h"

/*
 * image_name - a new name for a before-image: nothing else of this journal has it.
 *
 * @session   the journal's, since a journal that was put aside leaves its before-images behind.
 * @sequence  the number of the journal's last line, which says that the attempt has begun.
 * @artifact  its number.
 */
void image_name(const char *session, uint64_t sequence, uint32_t artifact, char out[WIRE_BACKUP_MAX]);

/*
 * image_sweep - remove from the folder @images what was kept in this session and is in @h under no step.
 *
 * What cannot be removed stays for the next time. Only with the journal's lock held and no recorder at work. Blocks, allocates.
 */
void image_sweep(int images, const struct history *h);

#endif
