import { Child, freePort } from "./process.ts";

/** What the ready line says (DESIGN.md "The outside of the box"). */
export interface ReadyLine {
  readonly sip: readonly string[];
  readonly msrp: readonly string[];
  readonly web: readonly string[];
  readonly domain: string;
}

/** A user to be added before the start. */
export interface TestUser {
  readonly name: string;
  readonly password: string;
  readonly displayName?: string;
  readonly e164?: string;
}

const ROOT = new URL("../../", import.meta.url).pathname;

/** Every user of the tests has a password made from its name. */
export function passwordOf(name: string): string {
  return `pw-${name}`;
}

/** Users u0 … with their passwords. */
export function users(...names: string[]): TestUser[] {
  return names.map((name) => ({ name, password: passwordOf(name) }));
}

/** Parley as it is shipped: a process of its own with the permissions of `npm start`, its data in a temporary folder. */
export class ParleyProcess {
  readonly dir: string;
  readonly domain: string;
  readonly port: number;
  readonly tlsPort: number;
  /** Of the MSRP doors, TCP and TLS; where the test's own `[listen]` names some, they are not these. */
  readonly msrpPort: number;
  readonly msrpsPort: number;
  readonly webPort: number;
  readonly #config: string;
  readonly #environment: Readonly<Record<string, string>>;
  #child: Child | null = null;
  ready: ReadyLine | null = null;

  private constructor(
    dir: string,
    domain: string,
    port: number,
    extra: string,
    more: readonly string[],
    tlsOnly: boolean,
    environment: Readonly<Record<string, string>>,
  ) {
    this.#environment = environment;
    this.dir = dir;
    this.domain = domain;
    this.port = port;
    this.tlsPort = freePort();
    this.msrpPort = freePort();
    this.msrpsPort = freePort();
    this.webPort = freePort();
    const msrp = `msrp = ["tcp://127.0.0.1:${this.msrpPort}", "tls://127.0.0.1:${this.msrpsPort}"]\nmedia_port = 0`;
    const listen = tlsOnly
      ? `[listen]
sip = ["tls://127.0.0.1:${this.tlsPort}"]
msrp = ["tls://127.0.0.1:${this.msrpsPort}"]
web = ["https://127.0.0.1:${this.webPort}"]
`
      : `[listen]
sip = ["udp://127.0.0.1:${port}", "tcp://127.0.0.1:${port}", "tls://127.0.0.1:${this.tlsPort}"]
${msrp}
web = ["http://127.0.0.1:${this.webPort}"]
`;
    // What users hear unasked at their first registration would come between what a test sends.
    const quiet = extra.includes("[notices]") ? "" : "notices.first_use = false\n";
    this.#config = `domain = "${domain}"\ndomains = ${JSON.stringify(more)}\n${quiet}${
      extra.includes("[listen]") ? withMsrp(extra, msrp) : listen + extra
    }`;
  }

  /**
   * Starts it with these users. `config` is added to a parley.toml that opens UDP, TCP, TLS, MSRP and HTTP on free ports; its
   * own `[listen]` takes the place of these, but for MSRP where it says nothing of that. `prepare` has the data folder before
   * the start.
   */
  static async start(
    options: {
      users?: readonly TestUser[];
      config?: string;
      domain?: string;
      domains?: string[];
      port?: number;
      prepare?: (data: string) => Promise<void>;
      /** No door without TLS. */
      tlsOnly?: boolean;
      /** Variables for the box, beside those of the tests: these are of all test files that run at the time. */
      environment?: Readonly<Record<string, string>>;
    } = {},
  ): Promise<ParleyProcess> {
    const dir = await Deno.makeTempDir({ prefix: "parley-test-" });
    const parley = new ParleyProcess(
      dir,
      options.domain ?? "example.test",
      options.port ?? freePort(),
      options.config ?? "",
      options.domains ?? [],
      options.tlsOnly ?? false,
      options.environment ?? {},
    );
    await Deno.writeTextFile(`${dir}/parley.toml`, parley.#config);
    if (options.users !== undefined && options.users.length > 0) await parley.addUsers(options.users);
    await options.prepare?.(`${dir}/data`);
    await parley.run();
    return parley;
  }

  /** Starts it again with more in its parley.toml. */
  async restartWith(config: string): Promise<void> {
    await this.stop();
    await Deno.writeTextFile(`${this.dir}/parley.toml`, this.#config + config);
    await this.run();
  }

  /** Starts the process on the data that is there, and waits for its ready line. */
  async run(): Promise<void> {
    const child = new Child("parley", "node", {
      args: ["tools/run.mjs", "serve", "--config", `${this.dir}/parley.toml`, "--data", `${this.dir}/data`],
      cwd: ROOT,
      env: this.#environment,
    });
    this.#child = child;
    const [, json] = await child.printed(/^parley ready (\{.*\})$/m, 60_000);
    this.ready = JSON.parse(json);
  }

  /** Runs `parley ARGS --data DIR` to its end and gives what it printed. */
  async command(...args: string[]): Promise<{ code: number; output: string }> {
    const child = new Child(`parley ${args[0]}`, "node", {
      args: ["tools/run.mjs", ...args, "--config", `${this.dir}/parley.toml`, "--data", `${this.dir}/data`],
      cwd: ROOT,
      env: this.#environment,
    });
    const { code } = await child.finished(60_000);
    return { code, output: child.output };
  }

  async addUsers(list: readonly TestUser[]): Promise<void> {
    const rows = list.map((user) =>
      `sip:${user.name}@${this.domain},${user.password},${user.displayName ?? ""},${user.e164 ?? ""}`
    );
    const file = `${this.dir}/users.csv`;
    await Deno.writeTextFile(file, `uri,password,display_name,e164\n${rows.join("\n")}\n`);
    const { code, output } = await this.command("user", "import", file);
    if (code !== 0) throw new Error(`user import failed (${code}): ${output}`);
  }

  /** Everything it printed in its present life. */
  get output(): string {
    return this.#child?.output ?? "";
  }

  /** The process that serves (not the launcher in front of it). */
  get pid(): number {
    const launcher = this.#child!.pid;
    const children = Deno.readTextFileSync(`/proc/${launcher}/task/${launcher}/children`).trim();
    return children === "" ? launcher : Number(children.split(" ")[0]);
  }

  /** CPU time used so far, user and system, in microseconds. */
  cpu_us(): number {
    return cpuOf(this.pid);
  }

  /** Resident memory in octets. */
  rss(): number {
    return rssOf(this.pid);
  }

  async metrics(): Promise<string> {
    return await (await fetch(`${this.ready!.web[0]}/metrics`)).text();
  }

  /** SIGKILL, as a power cut would; the data stays. */
  async kill(): Promise<void> {
    Deno.kill(this.pid, "SIGKILL");
    await this.#child!.status;
  }

  /** Orderly end; the data stays. */
  async stop(): Promise<void> {
    await this.#child?.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await Deno.remove(this.dir, { recursive: true });
  }
}

/** A test's own `[listen]`, which has no standard port either: many boxes run at the same time. */
function withMsrp(config: string, msrp: string): string {
  return /^msrp *=/m.test(config) ? config : config.replace(/^\[listen\]$/m, `[listen]\n${msrp}`);
}

/** User and system CPU time of a process, microseconds (clock ticks are 10 ms, so measure seconds of work). */
export function cpuOf(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

/** Resident memory of a process in octets. */
export function rssOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))![1]) * 1024;
}
