/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Shorthand around json-c for output; all numbers with the digits they need. */
#ifndef KPUCTL_JSON_H
#define KPUCTL_JSON_H

#include <json-c/json.h>
#include <stdint.h>

/* Bytes of @value that are no UTF-8 become question marks. */
void json_put_text(struct json_object *object, const char *key, const char *value);
void json_put_number(struct json_object *object, const char *key, uint64_t value);
/* null, if @value is not finite. */
void json_put_real(struct json_object *object, const char *key, double value, int decimals);
/* Prints and frees. */
void json_print(struct json_object *object);

#endif
