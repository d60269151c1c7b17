import type { Bundle } from "./bundle.ts";
import { CLIENTS, permissions, READS, WRITES } from "../permissions.mjs";
import { run } from "./process.ts";

/** Flags of `deno run` beside the permissions: as the launcher's, and no way to anything but the files of the bundle. */
export async function runFlags(root: string): Promise<string[]> {
  // What tools/run.mjs gives before the permissions.
  const line = await run("node", ["tools/run.mjs", "--print", "version"], { cwd: root });
  const words = line.trim().split(" ");
  const given = words.slice(words.indexOf("run") + 1, words.indexOf("--no-prompt"));
  const { unstable } = JSON.parse(await Deno.readTextFile(`${root}/deno.json`)) as { unstable: string[] };
  const closed = ["--no-config", "--no-lock", "--no-npm", "--no-remote"];
  return [...given, ...unstable.map((name) => `--unstable-${name}`), ...closed];
}

/** `launch.h` of the stub: the launcher's words, so that they are written in one place. */
export function launchHeader(root: string, { entry, workers }: Bundle, runFlags: readonly string[]): string {
  const data = "/only/the/data";
  const flags: string[] = permissions([], { PARLEY_DATA: data }, "/");
  const lists = /^--allow-(?:read|write)=/;
  const reads = flags.find((flag) => flag.startsWith("--allow-read="))!.slice("--allow-read=".length).split(",");
  return [
    "/* Made by tools/compile/launch_header.ts. */",
    `#define ENTRY ${quoted(entry)}`,
    list("RUN_FLAGS", runFlags),
    list("PERMISSIONS", flags.filter((flag) => !lists.test(flag) && flag !== "--allow-ffi")),
    list("SYSTEM_READS", reads.filter((path) => path !== data && !path.startsWith(root))),
    list("WORKERS", workers),
    list("COMMANDS_THAT_READ", [...READS]),
    list("COMMANDS_THAT_WRITE", [...WRITES]),
    list("CLIENTS", [...CLIENTS]),
    "",
  ].join("\n");
}

function list(name: string, words: readonly string[]): string {
  return `static const char *const ${name}[] __attribute__((unused)) = {${[...words.map(quoted), "NULL"].join(", ")}};`;
}

function quoted(word: string): string {
  if (!/^[\w@%+=:,./ -]*$/.test(word)) throw new Error(`${JSON.stringify(word)} does not fit into the stub`);
  return JSON.stringify(word);
}
