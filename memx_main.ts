/** The command line: the only file that reads `Deno.args`. */
import { systemClock } from "./foundation/mod.ts";
import { type CliContext, runCommandLine } from "./cli/mod.ts";
import manifest from "./package.json" with { type: "json" };

const encoder = new TextEncoder();

/** Writes all of it now; a reader that went away is nobody's mistake. */
function writeLine(to: { writeSync(bytes: Uint8Array): number }, line: string): void {
  const bytes = encoder.encode(`${line}\n`);
  try {
    for (let at = 0; at < bytes.length;) at += to.writeSync(bytes.subarray(at));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

const NAMES = ["PARLEY_CONFIG", "PARLEY_DATA", "PARLEY_DOMAIN", "PARLEY_LOG", "PARLEY_PARENT"];

const context: CliContext = {
  out: (line) => writeLine(Deno.stdout, line),
  err: (line) => writeLine(Deno.stderr, line),
  environment: Object.fromEntries(NAMES.map((name) => [name, Deno.env.get(name)])),
  // The launcher passes it on: asking the system for it would need one more permission.
  cwd: Deno.env.get("PWD") ?? Deno.cwd(),
  clock: systemClock,
  version: manifest.version,
  input: () => new Response(Deno.stdin.readable).text(),
  // Loaded when needed: a command that talks to a running box starts without the store and the service.
  store: {
    open: async (config, log) => (await import("./store.ts")).openForCommand(config, log),
    restore: async (config, path, force) => (await import("./store.ts")).restoreFrom(config, path, force),
  },
  start: async (config, log) => (await import("./appliance.ts")).startAppliance(config, log),
};

import v8 from "node:v8";
Deno.addSignalListener("SIGUSR1",()=>{const f=()=>{const u=Deno.memoryUsage();const s=v8.getHeapSpaceStatistics().filter(s=>s.space_size>0).map(s=>s.space_name.replace("_space","")+" "+(s.space_used_size/1e6).toFixed(1)+"/"+(s.space_size/1e6).toFixed(1)).join(", ");const st=Deno.readTextFileSync("/proc/self/status");console.error("MEM heapUsed",(u.heapUsed/1e6).toFixed(2),"total",(u.heapTotal/1e6).toFixed(1),"ext",(u.external/1e6).toFixed(1),"|",s,"|",st.match(/VmRSS.*|RssAnon.*|RssFile.*/g).join(" ").replace(/\s+/g," "))};f();gc({type:"major",execution:"sync",flavor:"last-resort"});f();const L=Deno.dlopen("libc.so.6",{malloc_trim:{parameters:["usize"],result:"i32"},madvise:{parameters:["usize","usize","i32"],result:"i32"}}).symbols;L.malloc_trim(0n);console.error("trimmed");f();for(const l of Deno.readTextFileSync("/proc/self/maps").split("\n")){const m=/^([0-9a-f]+)-([0-9a-f]+) r-xp .*\/deno$/.exec(l);if(m){const a=BigInt("0x"+m[1]);console.error("madvise",L.madvise(a,BigInt("0x"+m[2])-a,4));}}f();setTimeout(f,3000);});
Deno.addSignalListener("SIGUSR2",()=>{v8.writeHeapSnapshot("/tmp/mem/snap.heapsnapshot");console.error("SNAP")});
Deno.exit(await runCommandLine(Deno.args, context));
