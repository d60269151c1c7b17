/* What tools/permissions.mjs says, for a machine without Node.js. The words in it come from there (launch.h, written by
 * tools/compile/launch_header.ts); a test compares both on many command lines. */
#include "stub.h"
#include "launch.h"

#include <stdlib.h>
#include <string.h>

/* As path.resolve of Node.js: absolute, without `.`, `..` and empty parts. */
char *resolved(const char *cwd, const char *path) {
  char *whole = path[0] == '/' ? copy_of(path) : joined(cwd, "/", path);
  char *result = need(strlen(whole) + 2);
  size_t length = 0;
  char *rest = whole;
  for (char *part; (part = strsep(&rest, "/")) != NULL;) {
    if (*part == '\0' || strcmp(part, ".") == 0) continue;
    if (strcmp(part, "..") == 0) {
      while (length > 0 && result[--length] != '/') {}
      result[length] = '\0';
      continue;
    }
    result[length++] = '/';
    strcpy(result + length, part);
    length += strlen(part);
  }
  if (length == 0) strcpy(result, "/");
  free(whole);
  return result;
}

static char *folder_of(const char *path) {
  char *folder = copy_of(path);
  char *slash = strrchr(folder, '/');
  slash[slash == folder ? 1 : 0] = '\0';
  return folder;
}

/* The value of `--name VALUE` or `--name=VALUE`, else of the variable; NULL when neither says anything. */
static const char *given(char *const *args, const char *name, const char *variable) {
  size_t length = strlen(name);
  const char *value = NULL;
  for (; *args != NULL; args++) {
    if (strncmp(*args, "--", 2) != 0 || strncmp(*args + 2, name, length) != 0) continue;
    const char *after = *args + 2 + length;
    if (*after != '\0' && *after != '=') continue;
    value = *after == '=' ? after + 1 : args[1];
    break;
  }
  if (variable != NULL && (value == NULL || *value == '\0')) value = getenv(variable);
  return value == NULL || *value == '\0' ? NULL : value;
}

char *data_folder(char *const *args, const char *cwd) {
  const char *data = given(args, "data", "PARLEY_DATA");
  return resolved(cwd, data == NULL ? "data" : data);
}

static void add_once(struct words *paths, const char *path) {
  for (size_t i = 0; i < paths->count; i++) {
    if (strcmp(paths->at[i], path) == 0) return;
  }
  add_word(paths, path);
}

static void add_listed(struct words *paths, const char *variable, const char *cwd) {
  const char *value = getenv(variable);
  if (value == NULL) return;
  char *rest = copy_of(value);
  for (char *path; (path = strsep(&rest, ":")) != NULL;) {
    if (*path != '\0') add_once(paths, resolved(cwd, path));
  }
}

static bool among(const char *word, const char *const *list) {
  for (; *list != NULL; list++) {
    if (strcmp(word, *list) == 0) return true;
  }
  return false;
}

/* The command that is given a path: its first two words, or the first. NULL when it is none of those. */
static const char *command_with_path(char *const *args) {
  const char *first = NULL, *second = NULL;
  for (; *args != NULL && second == NULL; args++) {
    if (**args == '-') continue;
    if (first == NULL) first = *args;
    else second = *args;
  }
  if (first == NULL) return NULL;
  const char *both = second == NULL ? first : joined(first, " ", second);
  if (among(both, COMMANDS_THAT_READ) || among(both, COMMANDS_THAT_WRITE)) return both;
  return among(first, COMMANDS_THAT_READ) || among(first, COMMANDS_THAT_WRITE) ? first : NULL;
}

/* Which word is the path, and which a flag's value, the command itself knows: all but the first word are let through. */
static void add_given(struct words *read, struct words *write, char *const *args, const char *cwd) {
  bool first = true;
  for (; *args != NULL; args++) {
    const char *word = *args;
    if (*word == '\0' || strcmp(word, "-") == 0 || strncmp(word, "--", 2) == 0) continue;
    if (!first) {
      add_once(read, resolved(cwd, word));
      if (write != NULL) add_once(write, resolved(cwd, word));
    }
    first = false;
  }
}

/* Deno's list of paths: a comma inside one is written twice. */
static void add_flag(struct words *command, const char *flag, const struct words *paths) {
  size_t room = strlen(flag) + 1;
  for (size_t i = 0; i < paths->count; i++) room += 2 * strlen(paths->at[i]) + 1;
  char *text = need(room);
  strcpy(text, flag);
  char *end = text + strlen(flag);
  for (size_t i = 0; i < paths->count; i++) {
    if (i > 0) *end++ = ',';
    for (const char *from = paths->at[i]; *from != '\0'; from++) {
      if (*from == ',') *end++ = ',';
      *end++ = *from;
    }
  }
  add_word(command, text);
  free(text);
}

/* A client reads files that are named while it runs, and writes into the folder of --files alone. */
static void add_client_permissions(struct words *command, char *const *args, const char *cwd) {
  for (const char *const *flag = PERMISSIONS; *flag != NULL; flag++) add_word(command, *flag);
  add_word(command, "--allow-read");
  const char *files = given(args, "files", NULL);
  if (files == NULL) return;
  struct words write = {0};
  add_once(&write, resolved(cwd, files));
  add_flag(command, "--allow-write=", &write);
}

void add_permissions(struct words *command, char *const *args, const char *cwd, const char *folder) {
  if (*args != NULL && among(*args, CLIENTS)) {
    add_client_permissions(command, args, cwd);
    return;
  }
  struct words read = {0}, write = {0};
  add_once(&read, data_folder(args, cwd));
  add_once(&write, data_folder(args, cwd));
  const char *config = given(args, "config", "PARLEY_CONFIG");
  if (config != NULL) add_once(&read, folder_of(resolved(cwd, config)));
  add_listed(&read, "PARLEY_READ", cwd);
  add_listed(&write, "PARLEY_WRITE", cwd);
  const char *with_path = command_with_path(args);
  if (with_path != NULL) add_given(&read, among(with_path, COMMANDS_THAT_WRITE) ? &write : NULL, args, cwd);
  for (const char *const *name = WORKERS; *name != NULL; name++) add_once(&read, joined(folder, "/", *name));
  for (const char *const *path = SYSTEM_READS; *path != NULL; path++) add_once(&read, *path);
  for (size_t i = 0; i < write.count; i++) add_once(&read, write.at[i]);

  for (const char *const *flag = PERMISSIONS; *flag != NULL; flag++) add_word(command, *flag);
  add_flag(command, "--allow-read=", &read);
  add_flag(command, "--allow-write=", &write);
  const char *ffi = getenv("PARLEY_FFI");
  if (ffi == NULL || strcmp(ffi, "off") != 0) add_word(command, "--allow-ffi");
}
