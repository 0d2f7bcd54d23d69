/* process_metrics.h - what this process takes from its machine, under Prometheus' usual names */
#pragma once

#include "common/buffer.h"

/* Append the process_… metrics and dapi_build_info; one that cannot be read is left out. */
void process_metrics_write(struct buffer *out);
