#include "stub.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#define CHUNK ((size_t)1 << 20)

static ssize_t filled(int fd, unsigned char *chunk) {
  size_t got = 0;
  while (got < CHUNK) {
    ssize_t more = read(fd, chunk + got, CHUNK - got);
    if (more < 0 && errno == EINTR) continue;
    if (more < 0) return -1;
    if (more == 0) break;
    got += (size_t)more;
  }
  return (ssize_t)got;
}

/* Size, then content. Against accidents (a full disk, a bad card), not against who may write here: see safe() in cache.c. */
bool intact(int folder, const struct packed *file) {
  int fd = openat(folder, file->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return false;
  struct stat facts;
  bool whole = fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode) && (uint64_t)facts.st_size == file->size;
  if (whole) {
    unsigned char *chunk = need(CHUNK);
    struct xxh64 state;
    xxh64_begin(&state);
    ssize_t got;
    while ((got = filled(fd, chunk)) == (ssize_t)CHUNK) xxh64_stripes(&state, chunk, CHUNK);
    whole = got >= 0 && (uint32_t)xxh64_end(&state, chunk, (size_t)got) == checksum_of(file);
    free(chunk);
  }
  close(fd);
  return whole;
}

/* Straight into the file's own pages: a stream would need a window of up to 128 MB of memory beside them. */
static bool written(int fd, const struct packed *file, char *reason, size_t room) {
  /* Reserved first, since a full disk below mapped pages is a signal, not an error. */
  int refused = posix_fallocate(fd, 0, (off_t)file->size);
  if (refused != 0) {
    snprintf(reason, room, "%s (%llu MB are needed)", strerror(refused), (unsigned long long)(file->size >> 20) + 1);
    return false;
  }
  void *pages = mmap(NULL, file->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (pages == MAP_FAILED) {
    snprintf(reason, room, "%s", strerror(errno));
    return false;
  }
  size_t got = ZSTD_decompress(pages, file->size, file->frame, file->length);
  munmap(pages, file->size);
  if (ZSTD_isError(got) || got != file->size) die("this file is not whole (%s); get it again", file->name);
  if (fsync(fd) < 0) {
    snprintf(reason, room, "%s", strerror(errno));
    return false;
  }
  return true;
}

/* The caller holds the folder's lock, so the name of the unfinished file is its own. */
bool unpack(int folder, const struct packed *file, char *reason, size_t room) {
  char unfinished[sizeof file->name + 5];
  snprintf(unfinished, sizeof unfinished, "%s.new", file->name);
  unlinkat(folder, unfinished, 0); /* of a start that was killed */
  int fd = openat(folder, unfinished, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0700);
  if (fd < 0) {
    snprintf(reason, room, "%s", strerror(errno));
    return false;
  }
  bool done = written(fd, file, reason, room);
  close(fd);
  if (done && renameat(folder, unfinished, folder, file->name) < 0) {
    snprintf(reason, room, "%s", strerror(errno));
    done = false;
  }
  if (!done) unlinkat(folder, unfinished, 0);
  return done;
}
