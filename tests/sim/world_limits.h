/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SIM_WORLD_LIMITS_H
#define NAVETTE_SIM_WORLD_LIMITS_H

#define WORLD_NODES 10u      /* of a long run */
#define WORLD_NODES_USUAL 6u /* enough for every kind of pair, few enough for thousands of seeds */
#define WORKLOAD_PLACES 24u  /* a bit each */
#define WORKLOAD_THINGS 256u

#endif
