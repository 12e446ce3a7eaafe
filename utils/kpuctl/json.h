/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Shorthand around json-c for output; all numbers with the digits they need. */
#ifndef KPUCTL_JSON_H
#define KPUCTL_JSON_H

#include <json-c/json.h>
#include <stdint.h>

void json_put_text(struct json_object *object, const char *key, const char *value);
void json_put_number(struct json_object *object, const char *key, uint64_t value);
void json_put_real(struct json_object *object, const char *key, double value, int decimals);
/* Prints and frees. */
void json_print(struct json_object *object);

#endif
