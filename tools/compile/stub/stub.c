/* The first piece of the self-contained file: unpacks what follows it, once, and becomes Deno. The process id, the standard
 * streams, the arguments and the exit code are Deno's own from then on, and so are the signals. */
#include "stub.h"
#include "launch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void set_variable(const char *name, const char *value) {
  if (setenv(name, value, 1) < 0) die("out of memory");
}

/* In the form of tools/run.mjs --print, for reading: a word that is not plain stands in quotation marks. */
static void print_command(char *const *words) {
  const char *plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
  for (int first = 1; *words != NULL; words++, first = 0) {
    if (!first) putchar(' ');
    const char *word = *words;
    if (*word != '\0' && word[strspn(word, plain)] == '\0') {
      fputs(word, stdout);
      continue;
    }
    putchar('"');
    for (; *word != '\0'; word++) {
      if (*word == '"' || *word == '\\') putchar('\\');
      putchar(*word);
    }
    putchar('"');
  }
  putchar('\n');
}

int main(int argc, char **argv) {
  char **args = argv + (argc > 0 ? 1 : 0);
  bool print = *args != NULL && strcmp(*args, "--print") == 0;
  if (print) args++;
  char *cwd = getcwd(NULL, 0);
  if (cwd == NULL) die("the working folder is gone: %s", strerror(errno));

  struct payload payload;
  read_payload(&payload);
  char *folder = unpacked_folder(&payload, data_folder(args, cwd));

  struct words command = {0};
  /* An emulator or a tracer, with its own arguments, that Deno is to run in. */
  const char *within = getenv("PARLEY_RUN_WITH");
  if (within != NULL) {
    char *rest = copy_of(within);
    for (char *word; (word = strsep(&rest, " ")) != NULL;) {
      if (*word != '\0') add_word(&command, word);
    }
  }
  add_word(&command, joined(folder, "/deno", ""));
  add_word(&command, "run");
  for (const char *const *flag = RUN_FLAGS; *flag != NULL; flag++) add_word(&command, *flag);
  add_permissions(&command, args, cwd, folder);
  add_word(&command, joined(folder, "/", ENTRY));
  for (; *args != NULL; args++) add_word(&command, *args);

  if (print) {
    print_command(command.at);
    return fflush(stdout) == 0 ? 0 : 1;
  }
  set_variable("PWD", cwd);
  unsetenv("PARLEY_PARENT"); /* there is no launcher; one that started us by a detour is not ours */
  set_variable("DENO_NO_UPDATE_CHECK", "1");
  /* The code cache: later starts take half the time. It goes away with the version it belongs to. */
  set_variable("DENO_DIR", joined(folder, "/deno_dir", ""));
  execv(command.at[0], command.at);
  die("cannot start %s: %s%s", command.at[0], strerror(errno),
      errno == EACCES ? " (may programs run in that folder? PARLEY_CACHE names another)" : "");
}
