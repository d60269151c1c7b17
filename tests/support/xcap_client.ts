/**
 * An XCAP client for tests: HTTP/1.1 over a socket of its own, so that targets go out octet for octet, with digest made from text
 * alone: it shares no code with Parley. One request at a time on one connection.
 */
import { hash, randomUUID } from "node:crypto";
import { passwordOf } from "./parley.ts";

export interface XcapAnswer {
  readonly status: number;
  /** By lower-case name; the values of a name that comes twice are joined by newlines. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** Of ETag, without quotes; "" when there is none. */
  readonly etag: string;
}

const TYPES: Readonly<Record<string, string>> = {
  "resource-lists": "application/resource-lists+xml",
  "rls-services": "application/rls-services+xml",
  "pres-rules": "application/auth-policy+xml",
  "org.openmobilealliance.pres-rules": "application/auth-policy+xml",
  "org.openmobilealliance.access-rules": "application/auth-policy+xml",
  "org.openmobilealliance.groups": "application/vnd.oma.poc.groups+xml",
  "org.openmobilealliance.user-profile": "application/vnd.oma.user-profile+xml",
  "pidf-manipulation": "application/pidf+xml",
};

export class XcapClient {
  readonly aor: string;
  readonly #user: string;
  readonly #password: string;
  readonly #domain: string;
  readonly #port: number;
  readonly #root: string;
  #connection: Deno.TcpConn | null = null;
  #unread = new Uint8Array(0);
  #challenge: { nonce: string; realm: string; count: number } | null = null;

  constructor(
    /** `username`: for digest, where it is another than the user. */
    options: { user: string; domain: string; port: number; password?: string; username?: string; root?: string },
  ) {
    this.#user = options.username ?? options.user;
    this.#password = options.password ?? passwordOf(options.user);
    this.#domain = options.domain;
    this.#port = options.port;
    this.#root = options.root ?? "/xcap";
    this.aor = `sip:${options.user}@${options.domain}`;
  }

  /** The target of a document of one's own. */
  own(auid: string, name: string, selector = "", query = ""): string {
    return `${this.#root}/${auid}/users/${this.aor}/${name}${selector === "" ? "" : `/~~/${selector}`}${query}`;
  }

  get(target: string, headers: Record<string, string> = {}): Promise<XcapAnswer> {
    return this.request("GET", target, headers);
  }

  /** PUT of a whole document of one's own, or of an element or attribute by its selector. */
  put(target: string, body: string | Uint8Array, headers: Record<string, string> = {}): Promise<XcapAnswer> {
    const auid = target.slice(this.#root.length + 1).split("/")[0];
    const selector = target.split("?")[0].split("/~~/")[1];
    const type = selector === undefined
      ? TYPES[auid] ?? "application/xml"
      : selector.split("/").at(-1)!.startsWith("@")
      ? "application/xcap-att+xml"
      : "application/xcap-el+xml";
    return this.request("PUT", target, { "content-type": type, ...headers }, body);
  }

  delete(target: string, headers: Record<string, string> = {}): Promise<XcapAnswer> {
    return this.request("DELETE", target, headers);
  }

  /** Sends with credentials once there has been a challenge; answers the first one and one that says stale. */
  async request(
    method: string,
    target: string,
    headers: Record<string, string> = {},
    body: string | Uint8Array = "",
  ): Promise<XcapAnswer> {
    const answer = await this.exchange(method, target, this.#withCredentials(method, target, headers), body);
    if (answer.status !== 401) return answer;
    const lines = (answer.headers.get("www-authenticate") ?? "").split("\n");
    const line = lines.find((text) => /algorithm="?MD5"?(?:,|$)/.test(text));
    if (line === undefined || (this.#challenge !== null && !/stale=true/.test(line))) return answer;
    this.#challenge = {
      nonce: /nonce="([^"]*)"/.exec(line)![1],
      realm: /realm="([^"]*)"/.exec(line)![1],
      count: 0,
    };
    return await this.exchange(method, target, this.#withCredentials(method, target, headers), body);
  }

  /** One request and its answer, with these headers alone. */
  async exchange(
    method: string,
    target: string,
    headers: Record<string, string> = {},
    body: string | Uint8Array = "",
  ): Promise<XcapAnswer> {
    this.#connection ??= await Deno.connect({ hostname: "127.0.0.1", port: this.#port });
    const octets = typeof body === "string" ? new TextEncoder().encode(body) : body;
    const stated = Object.keys(headers).some((name) => name.toLowerCase() === "content-length");
    const needed = octets.length > 0 || method === "PUT" || method === "POST";
    const length = needed && !stated ? `Content-Length: ${octets.length}\r\n` : "";
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join("");
    await this.#write(`${method} ${target} HTTP/1.1\r\nHost: 127.0.0.1:${this.#port}\r\n${length}${lines}\r\n`, octets);
    return await this.#answer(method);
  }

  /** Forgets the challenge: the next request goes without credentials. */
  forget(): void {
    this.#challenge = null;
  }

  close(): void {
    this.#connection?.close();
    this.#connection = null;
    this.#unread = new Uint8Array(0);
  }

  #withCredentials(method: string, uri: string, headers: Record<string, string>): Record<string, string> {
    if (this.#challenge === null) return headers;
    const { nonce, realm } = this.#challenge;
    const nc = (++this.#challenge.count).toString(16).padStart(8, "0");
    const cnonce = randomUUID();
    const md5 = (text: string) => hash("md5", text, "hex");
    const response = md5(
      `${md5(`${this.#user}:${realm}:${this.#password}`)}:${nonce}:${nc}:${cnonce}:auth:${md5(`${method}:${uri}`)}`,
    );
    const quoted = { username: this.#user, realm, nonce, uri: uri.replaceAll('"', '\\"'), response, cnonce };
    const text = Object.entries(quoted).map(([name, value]) => `${name}="${value}"`).join(", ");
    return { ...headers, authorization: `Digest ${text}, algorithm=MD5, qop=auth, nc=${nc}` };
  }

  async #write(head: string, body: Uint8Array): Promise<void> {
    const start = new TextEncoder().encode(head);
    const whole = new Uint8Array(start.length + body.length);
    whole.set(start);
    whole.set(body, start.length);
    for (let at = 0; at < whole.length;) at += await this.#connection!.write(whole.subarray(at));
  }

  async #answer(method: string): Promise<XcapAnswer> {
    let end: number;
    while ((end = indexOf(this.#unread, "\r\n\r\n")) < 0) await this.#more();
    const [start, ...lines] = new TextDecoder().decode(this.#unread.subarray(0, end)).split("\r\n");
    this.#unread = this.#unread.subarray(end + 4);
    const status = Number(start.split(" ")[1]);
    const headers = new Map<string, string>();
    for (const line of lines) {
      const name = line.slice(0, line.indexOf(":")).toLowerCase();
      const value = line.slice(line.indexOf(":") + 1).trim();
      headers.set(name, headers.has(name) ? `${headers.get(name)}\n${value}` : value);
    }
    if (status === 100) return await this.#answer(method);
    const none = method === "HEAD" || status === 204 || status === 304;
    const body = none ? "" : await this.#body(headers);
    if (/\bclose\b/i.test(headers.get("connection") ?? "")) this.close();
    return { status, headers, body, etag: headers.get("etag")?.replaceAll(/^(?:W\/)?"|"$/g, "") ?? "" };
  }

  async #body(headers: ReadonlyMap<string, string>): Promise<string> {
    if (!/chunked/i.test(headers.get("transfer-encoding") ?? "")) {
      return new TextDecoder().decode(await this.#take(Number(headers.get("content-length") ?? 0)));
    }
    const parts: Uint8Array[] = [];
    for (;;) {
      let end: number;
      while ((end = indexOf(this.#unread, "\r\n")) < 0) await this.#more();
      const size = parseInt(new TextDecoder().decode(this.#unread.subarray(0, end)), 16);
      this.#unread = this.#unread.subarray(end + 2);
      parts.push(await this.#take(size));
      await this.#take(2);
      if (size === 0) return new TextDecoder().decode(await new Blob(parts as BlobPart[]).arrayBuffer());
    }
  }

  async #take(length: number): Promise<Uint8Array> {
    while (this.#unread.length < length) await this.#more();
    const taken = this.#unread.slice(0, length);
    this.#unread = this.#unread.subarray(length);
    return taken;
  }

  async #more(): Promise<void> {
    const chunk = new Uint8Array(65_536);
    const read = await this.#connection!.read(chunk);
    if (read === null) throw new Error("the server closed the connection before its answer was whole");
    const joined = new Uint8Array(this.#unread.length + read);
    joined.set(this.#unread);
    joined.set(chunk.subarray(0, read), this.#unread.length);
    this.#unread = joined;
  }
}

function indexOf(octets: Uint8Array, text: string): number {
  const first = text.charCodeAt(0);
  for (let at = octets.indexOf(first); at >= 0; at = octets.indexOf(first, at + 1)) {
    let matches = true;
    for (let i = 1; i < text.length && matches; i++) matches = octets[at + i] === text.charCodeAt(i);
    if (matches) return at;
  }
  return -1;
}
