/* What the parts of the stub say to each other. The stub is the first piece of the self-contained file: it finds the rest of
 * that file, keeps it unpacked in a cache folder, and becomes Deno. Plain C11 and POSIX, linked statically. */
#ifndef PARLEY_STUB_H
#define PARLEY_STUB_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One packed file: a zstd frame that ends with a checksum of the content. */
struct packed {
  char name[64];
  uint64_t size; /* unpacked, octets */
  const unsigned char *frame;
  size_t length; /* of the frame, octets */
};

/* Everything packed in one executable. */
struct payload {
  char id[33]; /* 32 hexadecimal digits made from the content */
  struct packed *files;
  int count;
};

/* A list of words that grows, always ended by NULL. */
struct words {
  char **at;
  size_t count, room;
};

/* memory.c: as the functions they are named after, but they end the program when there is no memory. */
void *need(size_t octets);
char *copy_of(const char *text);
char *joined(const char *a, const char *b, const char *c);
void add_word(struct words *words, const char *word);
/* One line on standard error, "parley: …"; exit code 1. */
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* payload.c: finds what is packed behind the running program. Ends the program when that is not whole. */
void read_payload(struct payload *payload);
/* The low 32 bits of XXH64 of the unpacked file. */
uint32_t checksum_of(const struct packed *file);

/* xxh64.c: XXH64 with seed 0, as the zstd frame format (RFC 8878 §3.1.1) uses it. Every call but the last takes a multiple of
 * 32 octets. */
struct xxh64 {
  uint64_t lane[4];
  uint64_t length;
};
void xxh64_begin(struct xxh64 *state);
void xxh64_stripes(struct xxh64 *state, const unsigned char *data, size_t length);
uint64_t xxh64_end(struct xxh64 *state, const unsigned char *rest, size_t length);

/* unpack.c: both give false and a reason. `folder` is an open directory. */
bool intact(int folder, const struct packed *file);
bool unpack(int folder, const struct packed *file, char *reason, size_t room);

/* cache.c: gives the folder where all packed files stand unpacked and whole. A lock on it lives on in this process, also
 * after exec, so that no newer version takes it away. Ends the program when there is no such folder to be had. */
char *unpacked_folder(const struct payload *payload, const char *data);

/* permissions.c: the launcher's rules (tools/permissions.mjs) for this command line. */
char *resolved(const char *cwd, const char *path);
char *data_folder(char *const *args, const char *cwd);
void add_permissions(struct words *command, char *const *args, const char *cwd, const char *folder);

#endif
