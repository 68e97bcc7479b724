/* service.h - how Windows numbers the states and start types of services: SERVICE_STATUS and
 * QUERY_SERVICE_CONFIG of its documentation, and so the facts about services. */
#ifndef SCANNER_FACTS_SERVICE_H
#define SCANNER_FACTS_SERVICE_H

#include <stdint.h>

enum service_state {
	SERVICE_STOPPED = 1, SERVICE_STARTING = 2, SERVICE_STOPPING = 3, SERVICE_RUNNING = 4,
	SERVICE_PAUSED = 7
};
const char *service_state_name(int64_t state);          /* "starting"; "in no known state" */
enum service_start { SERVICE_AUTOMATIC = 2, SERVICE_ON_DEMAND = 3, SERVICE_DISABLED = 4 };
const char *service_start_name(int64_t start);          /* "manual"; "unknown" */

#endif
