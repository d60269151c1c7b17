import { Child, freePort } from "../support/process.ts";
import { passwordOf } from "../support/parley.ts";

/** linphonec, driven by the lines a person would type. */
export class Linphone {
  readonly #child: Child;
  readonly #dir: string;
  readonly #trace: string;

  private constructor(child: Child, dir: string) {
    this.#child = child;
    this.#dir = dir;
    this.#trace = `${dir}/trace`;
  }

  /**
   * Starts it as `name`, registered at the server on `port`, and waits for the registration. `home`: where it finds its earlier
   * chats, and leaves these. `notifications`: it wraps its messages in CPIM and asks for notifications (RFC 5438). `friends`: it
   * publishes that it is there, and watches those users, each by a subscription of its own, or all by one to a list in the request
   * (`asList`, RFC 5367).
   */
  static async start(
    options: {
      name: string;
      domain: string;
      port: number;
      transport: "udp" | "tcp";
      home?: string;
      notifications?: boolean;
      friends?: readonly string[];
      asList?: boolean;
    },
  ): Promise<Linphone> {
    const { name, domain, port, transport, home, notifications = false, friends, asList = false } = options;
    const own = freePort();
    const watched = (friends ?? []).map((friend, i) =>
      `[friend_${i}]\nurl=<sip:${friend}@${domain}>\npol=accept\nsubscribe=1\n`
    );
    const server = `<sip:127.0.0.1:${port};transport=${transport}`;
    return await Linphone.#started(
      `[sip]
sip_port=${transport === "udp" ? own : 0}
sip_tcp_port=${transport === "tcp" ? own : 0}
sip_tls_port=0
default_proxy=0
${asList ? `rls_uri=sip:rls@${domain}\n` : ""}[auth_info_0]
username=${name}
userid=${name}
passwd=${passwordOf(name)}
realm=${domain}
domain=${domain}
[proxy_0]
reg_proxy=${server}>
reg_route=${server};lr>
reg_identity=<sip:${name}@${domain}>
reg_expires=120
reg_sendregister=1
publish=${friends === undefined ? 0 : 1}
publish_expires=120
${watched.join("")}[proxy_default_values]
cpim_in_basic_chat_rooms_enabled=${notifications ? 1 : 0}
`,
      home,
    );
  }

  /** Starts it with nothing but the address of its configuration (`[misc] config-uri`), and waits until it has registered. */
  static provisioned(url: string): Promise<Linphone> {
    return Linphone.#started(`[misc]\nconfig-uri=${url}\n`);
  }

  static async #started(linphonerc: string, home?: string): Promise<Linphone> {
    const dir = await Deno.makeTempDir({ prefix: "parley-linphone-" });
    await Deno.mkdir(`${home ?? dir}/.local/share/linphone`, { recursive: true });
    await Deno.mkdir(`${home ?? dir}/.config/linphone`, { recursive: true });
    await Deno.writeTextFile(`${dir}/linphonerc`, linphonerc);
    const child = new Child("linphonec", "linphonec", {
      args: ["-c", `${dir}/linphonerc`, "-d", "6", "-l", `${dir}/trace`],
      stdin: "piped",
      env: { HOME: home ?? dir },
    });
    const linphone = new Linphone(child, dir);
    try {
      await linphone.traced(/moving from state \[LinphoneRegistrationProgress\] to \[LinphoneRegistrationOk\]/);
    } catch (error) {
      await linphone.stop();
      throw error;
    }
    return linphone;
  }

  /** Lets it quit, and gives the configuration file that it leaves behind. `stop` is still to be called. */
  async quit(): Promise<string> {
    await this.#child.write("quit\n");
    await this.#child.finished(10_000);
    return await Deno.readTextFile(`${this.#dir}/linphonerc`);
  }

  /** Types a chat message. */
  async send(to: string, text: string): Promise<void> {
    await this.#child.write(`chat ${to} ${text}\n`);
  }

  /** Waits until it shows a text from `sender`. */
  async received(sender: string, text: string): Promise<void> {
    await this.#child.printed(new RegExp(`Message received from ${quoted(sender)}: ${quoted(text)}`));
  }

  /** Waits until the last that it printed of its friend is this: "Online", "Away", "On the phone", "Offline", … */
  async shows(address: string, status: string): Promise<void> {
    const friend = `Friend (?:"[^"\\n]*" )?<?${quoted(address)}>? is `;
    await this.#child.printed(new RegExp(`${friend}${quoted(status)}\\s(?![^]*${friend})`));
  }

  /** Waits until its own trace file holds the pattern: it is told of every write by the file system. */
  async traced(pattern: RegExp, within_ms = 20_000): Promise<RegExpExecArray> {
    const watcher = Deno.watchFs(this.#dir, { recursive: false });
    const timer = setTimeout(() => closeOnce(watcher), within_ms);
    try {
      const look = (): RegExpExecArray | null => pattern.exec(readIfThere(this.#trace));
      let found = look();
      if (found !== null) return found;
      for await (const _event of watcher) {
        found = look();
        if (found !== null) return found;
      }
      throw new Error(
        `linphonec's trace has no ${pattern} after ${within_ms} ms:\n${readIfThere(this.#trace).slice(-5000)}`,
      );
    } finally {
      clearTimeout(timer);
      closeOnce(watcher);
    }
  }

  /** Ends it at once: it says nothing to anybody. `stop` is still to be called. */
  async kill(): Promise<void> {
    await this.#child.stop("SIGKILL");
  }

  /** Ends it; it unregisters on its way out. */
  async stop(): Promise<void> {
    if (!this.#child.ended) {
      await this.#child.write("quit\n").catch(() => {}); // it may be on its way out already
      await this.#child.finished(6_000).catch(() => {}); // stop() below is the second means
    }
    await this.#child.stop();
    await Deno.remove(this.#dir, { recursive: true });
  }
}

function quoted(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function closeOnce(watcher: Deno.FsWatcher): void {
  try {
    watcher.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error; // closed already: by the deadline, or by the loop's end
  }
}

function readIfThere(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
