// Runs Parley on the pinned Deno: `node tools/run.mjs [command] [flags]`. With `task NAME`, `test` or `check` as the first
// word it passes the rest to Deno, for development; with `--print` it says the command line instead, for a systemd unit.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { denoBinary, root } from "./deno_binary.mjs";
import { permissions } from "./permissions.mjs";
import { V8_FLAGS } from "./v8_flags.mjs";

const args = process.argv.slice(2);
const { file, before } = denoBinary();
const environment = { ...process.env, PWD: process.cwd(), DENO_NO_UPDATE_CHECK: "1" };

const print = args[0] === "--print";
if (print) args.shift();
const command = ["task", "test", "check"].includes(args[0])
  ? [...before, ...args]
  : [...before, "run", V8_FLAGS, ...permissions(args, process.env, process.cwd()), join(root, "main.ts"), ...args];

if (print) {
  console.log([file, ...command].map((word) => /^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word)).join(" "));
} else {
  // The box looks for its launcher and ends when it is gone, so that a killed launcher leaves no orphan.
  const child = spawn(file, command, { stdio: "inherit", env: { ...environment, PARLEY_PARENT: `${process.pid}` } });
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  // npm may be killed without passing anything on.
  const launcher = process.ppid;
  setInterval(() => process.ppid !== launcher && child.kill("SIGTERM"), 1000).unref();
  child.on("error", (error) => {
    console.error(`parley: cannot run ${file}: ${error.message}`);
    process.exit(1);
  });
  child.on(
    "exit",
    (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : signal === "SIGTERM" ? 143 : 1)),
  );
}
