import { LogWriter, silentLog } from "../../foundation/mod.ts";
import type { Arguments } from "../arguments.ts";
import type { CliContext } from "../command.ts";
import { ChatController } from "./chat_controller.ts";
import { type ChatOptions, chatOptions } from "./chat_options.ts";
import { wireClient, type WiredClient } from "./chat_wires.ts";
import { FileFolder } from "./file_folder.ts";
import { readLines } from "./input_lines.ts";
import { readSecret, type SecretTerminal } from "./secret.ts";
import { JsonView, type Screen, TextView, type View } from "./view.ts";

/** The orderly end: sessions, settings and registration are taken back within this. */
const LEAVE_MS = 6_000;
/** After the last line of standard input: how long what was sent may take. */
const SETTLE_MS = 30_000;
/** A second signal that comes later than this ends the program at once; sooner it is the first one, passed on. */
const INSISTS_MS = 1_000;
const PARENT_CHECK_MS = 1_000;

/** Runs the client until its end; the exit code. Rejects with what keeps it from beginning. */
export async function runChat(context: CliContext, args: Arguments): Promise<number> {
  const options = chatOptions(args, context.cwd);
  const password = options.register || options.relay !== "" ? await passwordFor(options, context) : "";
  const authorities = options.ca === "" ? "" : await Deno.readTextFile(options.ca);
  const screen = terminalScreen();
  const view: View = options.json ? new JsonView(screen) : new TextView(screen, context.clock);
  const folder = options.files === ""
    ? null
    : new FileFolder(options.files, (text) => view.show({ event: "notice", text }));
  folder?.prepare();
  if (options.insecure) {
    const warning = "WARNING: --insecure takes any certificate. Somebody in between may read and change everything.";
    context.err(`parley: ${warning}`);
  }
  const controller = new ChatController({ options, view, clock: context.clock, folder });
  const log = context.environment.PARLEY_LOG?.includes("debug")
    ? new LogWriter({
      level: "debug",
      format: "pretty",
      clock: context.clock,
      write: (line) => context.err(line.trimEnd()),
    })
    : silentLog;
  const wired = await wireClient(options, password, authorities, { clock: context.clock, log, user: controller });
  controller.client = wired.client;
  try {
    return await converse(options, wired, controller, view, context.environment.PARLEY_PARENT);
  } finally {
    await wired.close();
    folder?.close();
    view.show({ event: "ended" });
    view.close();
  }
}

/** From the registration to the orderly end; the exit code. */
async function converse(
  options: ChatOptions,
  wired: WiredClient,
  controller: ChatController,
  view: View,
  launcher: string | undefined,
): Promise<number> {
  const { client } = wired;
  const end = Promise.withResolvers<number>();
  controller.onQuit = () => end.resolve(0);
  const signals = onSignals(() => end.resolve(0));
  const parent = onOrphaned(launcher, () => end.resolve(0));
  try {
    await wired.ready();
    view.show({ event: "ready", as: options.as, server: wired.server, msrp: options.msrp });
    const refused = options.register ? await registered(wired, controller, end.promise) : "";
    if (refused !== "") {
      view.show({ event: "error", text: refused });
      return 1;
    }
    const lines = readLines(Deno.stdin.readable, (line) => controller.line(line));
    lines.then(async () => {
      // Others may still come.
      if (options.listen) return;
      await settled(controller);
      end.resolve(controller.failures > 0 ? 1 : 0);
    }).catch((error) => end.reject(new Error(`standard input: ${(error as Error).message}`, { cause: error })));
    return await end.promise;
  } finally {
    await new Promise<void>((resolve) => client.stop(LEAVE_MS, resolve));
    signals.stop();
    clearInterval(parent);
  }
}

/** Resolves with "" as soon as we are registered; with why not, where another try is of no use. */
function registered(wired: WiredClient, controller: ChatController, ended: Promise<number>): Promise<string> {
  return new Promise((resolve) => {
    controller.onRegistration = (ok, status, reason) => {
      if (ok) return resolve("");
      const { aor, username } = wired.client.account;
      // Another try says the same, and may lock the account.
      const final = status === 401 || status === 403 || status === 404 || status === 407;
      if (final) resolve(`${aor} cannot log in as "${username}": ${reason} (${status})`);
    };
    const leave = () => resolve("");
    ended.then(leave, leave);
    wired.client.start();
  });
}

/** Until everything of ours has been sent or has failed, for a bounded time. */
function settled(controller: ChatController): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, SETTLE_MS);
    const look = () => {
      if (!controller.settled) return;
      clearTimeout(timer);
      resolve();
    };
    controller.onSettled = look;
    look();
  });
}

/** Ends in order at the first signal, at once at one that comes later. */
function onSignals(end: () => void): { stop(): void } {
  let first = 0;
  const handler = () => {
    const now = performance.now();
    if (first === 0) {
      first = now;
      end();
    } else if (now - first > INSISTS_MS) Deno.exit(130);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) Deno.addSignalListener(signal, handler);
  return {
    stop() {
      for (const signal of signals) Deno.removeSignalListener(signal, handler);
    },
  };
}

/** A launcher that is killed leaves nothing running behind. */
function onOrphaned(launcher: string | undefined, end: () => void): ReturnType<typeof setInterval> | undefined {
  if (launcher === undefined || Number(launcher) !== Deno.ppid) return undefined;
  return setInterval(() => Deno.ppid !== Number(launcher) && end(), PARENT_CHECK_MS);
}

function passwordFor(options: ChatOptions, context: CliContext): Promise<string> {
  return readSecret({
    file: options.passwordFile,
    variable: context.environment.PARLEY_PASSWORD,
    terminal: options.json || !Deno.stdin.isTerminal() ? null : secretTerminal(),
  }, `Password of ${options.as}: `);
}

function secretTerminal(): SecretTerminal {
  return {
    write: (text) => writeAll(Deno.stderr, text),
    setRaw: (raw) => Deno.stdin.setRaw(raw),
    async read() {
      const octets = new Uint8Array(256);
      const read = await Deno.stdin.read(octets);
      return read === null ? null : octets.subarray(0, read);
    },
  };
}

function terminalScreen(): Screen {
  const terminal = Deno.stdout.isTerminal();
  return {
    write: (text) => writeAll(Deno.stdout, text),
    get width() {
      return terminal ? Deno.consoleSize().columns : null;
    },
  };
}

const encoder = new TextEncoder();

/** Writes all of it now; a reader that went away is nobody's mistake. */
function writeAll(to: { writeSync(octets: Uint8Array): number }, text: string): void {
  const octets = encoder.encode(text);
  try {
    for (let at = 0; at < octets.length;) at += to.writeSync(octets.subarray(at));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
