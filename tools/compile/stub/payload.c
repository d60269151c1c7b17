/* The file ends like this, all numbers little-endian (tools/compile/container.ts writes it):
 *   the zstd frames · the index, as text · where the index begins (8 octets) · its length (8) · MAGIC (16)
 * The index: a line `id DIGITS`, then `NAME SIZE BEGIN LENGTH` for each frame. */
#include "stub.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC "PARLEY-ONE-FILE1"
#define FOOTER 32
#define DAMAGED "this file is not whole (%s); get it again"

static uint64_t number_at(const unsigned char *p) {
  uint64_t x;
  memcpy(&x, p, sizeof x);
  return x;
}

static bool plain_name(const char *name) {
  return name[0] != '.' && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == strlen(name);
}

static void read_line(struct payload *payload, const char *line, const unsigned char *whole, uint64_t end) {
  struct packed *file = &payload->files[payload->count];
  uint64_t begin, length;
  int used = 0;
  if (sscanf(line, "%63s %" SCNu64 " %" SCNu64 " %" SCNu64 "%n", file->name, &file->size, &begin, &length, &used) != 4 ||
      line[used] != '\0' || !plain_name(file->name)) {
    die(DAMAGED, "its index");
  }
  /* A frame has at least a magic number, a header, a block and the checksum. */
  if (begin > end || length > end - begin || length < 16 || file->size == 0) die(DAMAGED, "its index");
  file->frame = whole + begin;
  file->length = length;
  payload->count++;
}

void read_payload(struct payload *payload) {
  int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  struct stat facts;
  if (fd < 0 || fstat(fd, &facts) < 0) die("cannot read /proc/self/exe: %s", strerror(errno));
  uint64_t size = (uint64_t)facts.st_size;
  if (size < FOOTER) die(DAMAGED, "its end");
  const unsigned char *whole = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (whole == MAP_FAILED) die("cannot read /proc/self/exe: %s", strerror(errno));
  close(fd);
  const unsigned char *footer = whole + size - FOOTER;
  if (memcmp(footer + 16, MAGIC, 16) != 0) die(DAMAGED, "its end");
  uint64_t begin = number_at(footer), length = number_at(footer + 8);
  if (length > size - FOOTER || begin != size - FOOTER - length) die(DAMAGED, "its end");

  char *index = need(length + 1);
  memcpy(index, whole + begin, length);
  size_t lines = 0;
  for (const char *at = index; *at != '\0'; at++) lines += *at == '\n';
  payload->files = need((lines + 1) * sizeof *payload->files);
  payload->count = 0;
  char *rest = index;
  char *line = strsep(&rest, "\n");
  if (strncmp(line, "id ", 3) != 0 || strlen(line) != 35 || strspn(line + 3, "0123456789abcdef") != 32) {
    die(DAMAGED, "its index");
  }
  memcpy(payload->id, line + 3, 33);
  while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') read_line(payload, line, whole, begin);
  if (payload->count == 0) die(DAMAGED, "its index");
}

uint32_t checksum_of(const struct packed *file) {
  uint32_t sum;
  memcpy(&sum, file->frame + file->length - sizeof sum, sizeof sum);
  return sum;
}
