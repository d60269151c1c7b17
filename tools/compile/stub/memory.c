#include "stub.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *need(size_t octets) {
  void *memory = calloc(1, octets);
  if (memory == NULL) die("out of memory");
  return memory;
}

char *copy_of(const char *text) { return joined(text, "", ""); }

char *joined(const char *a, const char *b, const char *c) {
  size_t room = strlen(a) + strlen(b) + strlen(c) + 1;
  char *text = need(room);
  snprintf(text, room, "%s%s%s", a, b, c);
  return text;
}

void add_word(struct words *words, const char *word) {
  if (words->count + 1 >= words->room) {
    words->room = words->room * 2 + 16;
    char **grown = need(words->room * sizeof *grown);
    if (words->count > 0) memcpy(grown, words->at, words->count * sizeof *grown);
    free(words->at);
    words->at = grown;
  }
  words->at[words->count++] = copy_of(word);
  words->at[words->count] = NULL;
}

void die(const char *format, ...) {
  va_list values;
  va_start(values, format);
  fputs("parley: ", stderr);
  vfprintf(stderr, format, values);
  fputc('\n', stderr);
  va_end(values);
  exit(1);
}
