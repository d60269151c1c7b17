#include "stub.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* `mkdir -p`, for us alone. */
static bool made(const char *path) {
  char *part = copy_of(path);
  for (char *at = part + 1; *at != '\0'; at++) {
    if (*at != '/') continue;
    *at = '\0';
    if (mkdir(part, 0700) < 0 && errno != EEXIST && access(part, F_OK) < 0) return false;
    *at = '/';
  }
  bool done = mkdir(part, 0700) == 0 || errno == EEXIST;
  free(part);
  return done;
}

/* Who may write here may choose what we run. */
static bool safe(int folder) {
  struct stat facts;
  return fstat(folder, &facts) == 0 && (facts.st_uid == geteuid() || facts.st_uid == 0) && (facts.st_mode & 022) == 0;
}

static bool locked(int lock, int how) {
  int result;
  do result = flock(lock, how);
  while (result < 0 && errno == EINTR);
  return result == 0;
}

static void remove_tree(int parent, const char *name) {
  int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  DIR *folder = fd < 0 ? NULL : fdopendir(fd);
  if (folder == NULL) return;
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    if (unlinkat(fd, entry->d_name, 0) < 0) remove_tree(fd, entry->d_name);
  }
  closedir(folder);
  unlinkat(parent, name, AT_REMOVEDIR);
}

/* Other versions that nobody runs: each holds about 100 MB. What cannot be removed stays, and harms nobody. */
static void remove_others(int base, const char *id) {
  DIR *folder = fdopendir(openat(base, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder == NULL) return;
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    const char *name = entry->d_name;
    if (strlen(name) != 32 || strspn(name, "0123456789abcdef") != 32 || strcmp(name, id) == 0) continue;
    char *path = joined(name, ".lock", "");
    int lock = openat(base, path, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock >= 0 && locked(lock, LOCK_EX | LOCK_NB)) remove_tree(base, name);
    if (lock >= 0) close(lock);
    free(path);
  }
  closedir(folder);
}

/* False, with what the system said last. */
static bool refused(char *reason, size_t room) {
  snprintf(reason, room, "%s", strerror(errno));
  return false;
}

static bool all_intact(int folder, const struct payload *payload) {
  for (int i = 0; i < payload->count; i++) {
    if (!intact(folder, &payload->files[i])) return false;
  }
  return true;
}

static bool all_unpacked(int folder, const struct payload *payload, char *reason, size_t room) {
  for (int i = 0; i < payload->count; i++) {
    const struct packed *file = &payload->files[i];
    if (!intact(folder, file) && !unpack(folder, file, reason, room)) return false;
  }
  return fsync(folder) == 0 || refused(reason, room);
}

/* The lock is shared by those who run from the folder and exclusive for who changes it. Its file is never removed, so it is
 * the same one for all. */
static bool ready(int base, int folder, int lock, const struct payload *payload, char *reason, size_t room) {
  for (int attempt = 0; attempt < 3; attempt++) {
    /* No lock file can be made where nothing can be written; then nobody else changes what is there. */
    if (lock >= 0 && !locked(lock, LOCK_SH)) return refused(reason, room);
    if (all_intact(folder, payload)) return true;
    if (lock < 0 || !locked(lock, LOCK_EX)) return refused(reason, room);
    if (!all_unpacked(folder, payload, reason, room)) return false;
    remove_others(base, payload->id);
    /* Changing the kind of a lock lets go of it for a moment: look again. */
  }
  snprintf(reason, room, "what is written there does not stay as it was written");
  return false;
}

/* Tries one place. Gives the folder, or NULL with the reason. */
static char *unpacked_below(const char *base_path, const struct payload *payload, char *reason, size_t room) {
  char *path = joined(base_path, "/", payload->id);
  char *lock_name = joined(payload->id, ".lock", "");
  int lock = -1, base = -1, folder = -1;
  bool done = false;
  if (!made(path) || (base = open(base_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 ||
      (folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)) < 0) {
    refused(reason, room);
  } else if (!safe(base) || !safe(folder)) {
    snprintf(reason, room, "others may write there");
  } else {
    /* Not O_CLOEXEC: Deno holds the lock on. */
    lock = openat(base, lock_name, O_RDONLY | O_CREAT | O_NOFOLLOW, 0600);
    if (lock < 0) lock = openat(base, lock_name, O_RDONLY | O_NOFOLLOW);
    done = ready(base, folder, lock, payload, reason, room);
    if (!done && lock >= 0) close(lock);
  }
  if (base >= 0) close(base);
  if (folder >= 0) close(folder);
  free(lock_name);
  if (done) return path;
  free(path);
  return NULL;
}

static const char *set(const char *name) {
  const char *value = getenv(name);
  return value == NULL || *value == '\0' ? NULL : value;
}

char *unpacked_folder(const struct payload *payload, const char *data) {
  struct words places = {0};
  const char *chosen = set("PARLEY_CACHE"), *cache = set("XDG_CACHE_HOME"), *home = set("HOME");
  if (chosen != NULL) {
    char *cwd = getcwd(NULL, 0);
    if (cwd == NULL) die("the working folder is gone: %s", strerror(errno));
    add_word(&places, resolved(cwd, chosen));
  } else {
    /* XDG Base Directory: a path that is not absolute does not count. */
    if (cache != NULL && *cache == '/') add_word(&places, joined(cache, "/parley", ""));
    if (home != NULL && *home == '/') add_word(&places, joined(home, "/.cache/parley", ""));
    add_word(&places, joined(data, "/cache", ""));
  }
  char reasons[3][256] = {{0}};
  for (size_t i = 0; i < places.count; i++) {
    char *path = unpacked_below(places.at[i], payload, reasons[i], sizeof reasons[i]);
    if (path != NULL) return path;
  }
  die("cannot unpack into %s: %s; name a folder of this user with PARLEY_CACHE", places.at[0], reasons[0]);
}
