/* SHA-256 as lower-case hexadecimal text. */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include "base/str.h"

#define SHA256_HEX 64 /* characters of a digest in text form, without the NUL */

void sha256_hex(char out[SHA256_HEX + 1], struct view bytes);

#endif
