import { LogRing, LogWriter } from "../foundation/mod.ts";
import { UsageError } from "./arguments.ts";
import {
  type CliContext,
  type Command,
  type Handover,
  NO_HANDOVER,
  type RunningBox,
  type StartRequest,
} from "./command.ts";
import { lockData } from "./data_lock.ts";
import { LineSink } from "./line_sink.ts";
import { memoryReturn } from "./memory_return.ts";
import { MemoryWatch } from "./memory_watch.ts";
import { configOf, sourceOf } from "./with_operations.ts";

/** A box that is about to end has so long to let go of the data folder. */
const LOCK_PATIENCE_MS = 5000;
/** Draining ends then, whatever still hangs. */
const DRAIN_MS = 10_000;
const PARENT_CHECK_MS = 1000;

/** `serve`: runs the box until a signal ends it, or its launcher dies. */
export const serve: Command = {
  name: "serve",
  words: "",
  summary: "run the box (what no command means, too)",
  flags: {},
  async run(context, args) {
    if (args.words.length > 0) throw new UsageError(`"${args.words[0]}" is one word too many`);
    const config = configOf(context, args);
    const sink = new LineSink(Deno.stderr);
    const { level, format } = config.log;
    const ring = new LogRing();
    const log = new LogWriter({ level, format, clock: context.clock, write: (line) => sink.write(line), ring });
    // A mistake in our own code costs what it touched, not the whole service; it is told loudly.
    const onBug = (event: PromiseRejectionEvent | ErrorEvent) => {
      event.preventDefault();
      const cause = event instanceof ErrorEvent ? event.error : event.reason;
      log.error("unexpected failure", { error: String(cause?.stack ?? cause) });
    };
    globalThis.addEventListener("unhandledrejection", onBug);
    globalThis.addEventListener("error", onBug);

    const ended = endOfService(context.environment.PARLEY_PARENT);
    const lock = await lockData(config.data, LOCK_PATIENCE_MS);
    const request = { config, source: sourceOf(context, args), log, ring };
    let box = await context.start({ ...request, handover: NO_HANDOVER });
    context.out(`parley ready ${JSON.stringify(box.ready)}`);
    context.err(banner(box, config.data, config.file, context.environment.PARLEY_PARENT));
    const memory = new MemoryWatch(Deno.memoryUsage, memoryReturn(log));
    memory.start();
    for (;;) {
      const next = await Promise.race([ended, box.restart]);
      log.info(typeof next === "string" ? "draining" : "restarting", {
        why: typeof next === "string" ? next : next.why,
      });
      const clean = await drained(box);
      if (!clean) log.warn("not drained in time", { seconds: DRAIN_MS / 1000 });
      if (typeof next === "string") {
        memory.stop();
        log.flush();
        await sink.flush(1000);
        lock.release();
        return clean ? 0 : 1;
      }
      box = await startedAnew(context, request, next.handover);
      log.info("restarted", { doors: [...box.ready.sip, ...box.ready.web].join(" ") });
    }
  },
};

/** Starts the next life. Settings with which it cannot start are given up for those before. */
async function startedAnew(
  context: CliContext,
  request: Omit<StartRequest, "handover">,
  handover: Handover,
): Promise<RunningBox> {
  try {
    return await context.start({ ...request, handover });
  } catch (error) {
    const { candidate } = handover.settings;
    if (candidate === null) throw error;
    const reason = (error as Error).message;
    request.log.error("cannot start with the new settings; those before come back", { reason });
    return await context.start({ ...request, handover: { settings: { candidate, failed: reason }, restore: null } });
  }
}

function banner({ ready, setUpLink }: RunningBox, data: string, file: string, launcher: string | undefined): string {
  const doors = [...ready.sip, ...ready.msrp, ...ready.web].join("  ");
  return [
    `Parley serves ${ready.domain}`,
    `  doors     ${doors}`,
    `  settings  ${file || "defaults (no parley.toml)"}`,
    `  data      ${data}`,
    ...(setUpLink === "" ? [] : [`  set-up    ${setUpLink}`]),
    `  users     ${
      launcher === undefined ? "parley" : "npm run -s parley --"
    } user add sip:alice@${ready.domain} --data ${data}`,
  ].join("\n");
}

/**
 * Resolves with why the service ends. A signal may come twice (to the process group, and passed on by npm), so those after
 * the first mean nothing. `parent`: process id of the launcher; when it dies without a word, the box must not live on.
 */
function endOfService(parent: string | undefined): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
      Deno.addSignalListener(signal, () => resolve(signal));
    }
    if (parent !== undefined && Number(parent) === Deno.ppid) {
      const timer = setInterval(() => {
        if (Deno.ppid !== Number(parent)) resolve("the launcher ended");
      }, PARENT_CHECK_MS);
      Deno.unrefTimer(timer);
    }
  });
}

async function drained(box: RunningBox): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((resolve) => timer = setTimeout(() => resolve(false), DRAIN_MS));
  const clean = await Promise.race([box.close().then(() => true as const), late]);
  clearTimeout(timer);
  return clean;
}
