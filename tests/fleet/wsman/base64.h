/* base64.h - xs:base64Binary to bytes, as strict as its definition. */
#ifndef TESTS_FLEET_WSMAN_BASE64_H
#define TESTS_FLEET_WSMAN_BASE64_H

/* Into out, which has room for as much as the text is long; how many, or -1 where it is none. */
long ws_base64_decode(const char *text, char *out);

#endif
