/* version.h - which dapi this is: --version, dapi_build_info */
#pragma once

#define DAPI_VERSION "0.1.0"
