// What Parley may do: the narrowest Deno permissions that work, each with its reason. docs/operations.md tells the same, and
// a test compares the two.
import { dirname, join, resolve } from "node:path";
import { root } from "./deno_binary.mjs";

/** Environment variables that are read. The last three are libraries' own: DenoKV's for a KV Connect service, and those of ws. */
export const VARIABLES = [
  "PARLEY_CONFIG",
  "PARLEY_DATA",
  "PARLEY_DOMAIN",
  "PARLEY_LOG",
  "PARLEY_PARENT",
  "PARLEY_PASSWORD",
  "PWD",
  "DENO_KV_ACCESS_TOKEN",
  "WS_NO_BUFFER_UTIL",
  "WS_NO_UTF_8_VALIDATE",
];

/** Commands that are given a path to read or to write. */
export const READS = new Set(["user import", "restore"]);
export const WRITES = new Set(["backup", "audit"]);
/** Clients: they read files that are named while they run, and write into the folder of `--files` alone. */
export const CLIENTS = new Set(["chat"]);

/** The flags of `deno run` for this command line. */
export function permissions(args, environment, cwd) {
  const value = (name) => {
    const at = args.findIndex((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`));
    if (at < 0) return undefined;
    return args[at].includes("=") ? args[at].slice(name.length + 3) : args[at + 1];
  };
  if (CLIENTS.has(args[0])) return clientPermissions(value("files"), cwd);
  const data = resolve(cwd, value("data") || environment.PARLEY_DATA || "data");
  const config = value("config") || environment.PARLEY_CONFIG || undefined;
  const read = [
    data,
    // The settings, and certificates beside them.
    ...(config === undefined ? [] : [dirname(resolve(cwd, config))]),
    ...listed(environment.PARLEY_READ, cwd),
  ];
  const write = [data, ...listed(environment.PARLEY_WRITE, cwd)];
  const words = args.filter((arg) => !arg.startsWith("-"));
  const command = [words.slice(0, 2).join(" "), words[0]].find((name) => READS.has(name) || WRITES.has(name));
  if (command !== undefined) {
    // Which word is the path, and which a flag's value, the command itself knows; here all of them are let through.
    const paths = args.filter((arg) => arg !== "" && arg !== "-" && !arg.startsWith("--")).slice(1).map((word) =>
      resolve(cwd, word)
    );
    read.push(...paths);
    if (WRITES.has(command)) write.push(...paths);
  }
  // Backups are made and tested in threads of their own, and messages of sessions pass through some; a worker's files are read at
  // run time.
  read.push(...["storage", "foundation", "transport", "roles"].map((room) => join(root, room)));
  // The portal's script, which is loaded with the first request, also where it was built anew beside a running box.
  read.push(join(root, "dist", "portal"));
  read.push("/proc/self", "/etc/resolv.conf", "/etc/hosts");
  return [
    "--no-prompt",
    "--allow-net",
    `--allow-read=${list([...read, ...write])}`,
    `--allow-write=${list(write)}`,
    `--allow-env=${VARIABLES.join(",")}`,
    "--allow-sys=networkInterfaces,ca,statfs",
    ...(environment.PARLEY_FFI === "off" ? [] : ["--allow-ffi"]),
  ];
}

function clientPermissions(files, cwd) {
  return [
    "--no-prompt",
    "--allow-net",
    "--allow-read",
    ...(files ? [`--allow-write=${list([resolve(cwd, files)])}`] : []),
    `--allow-env=${VARIABLES.join(",")}`,
    "--allow-sys=networkInterfaces,ca,statfs",
  ];
}

/** Deno's list of paths: each once, a comma inside one written twice. */
function list(paths) {
  return [...new Set(paths)].map((path) => path.replaceAll(",", ",,")).join(",");
}

function listed(paths, cwd) {
  return paths ? paths.split(":").filter(Boolean).map((path) => resolve(cwd, path)) : [];
}
