/*
 * Functions that write past their buffer or hide an error when misused are
 * compile errors here. Included before everything by the build.
 */
#ifndef BANNED_H
#define BANNED_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* vasprintf, before the first header is read */
#endif

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#undef alloca
#pragma GCC poison strcpy strcat strncpy strncat stpcpy sprintf vsprintf gets
#pragma GCC poison atoi atol atoll strtok tmpnam mktemp alloca

#endif
