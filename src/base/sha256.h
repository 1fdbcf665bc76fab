/* SHA-256, as bytes and as lower-case hexadecimal text. */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include "base/str.h"

#define SHA256_LEN 32 /* bytes of a digest */
#define SHA256_HEX 64 /* characters of a digest in text form, without the NUL */

void sha256(unsigned char out[SHA256_LEN], struct view bytes);
void sha256_hex(char out[SHA256_HEX + 1], struct view bytes);

#endif
