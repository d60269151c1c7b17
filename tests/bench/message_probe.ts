/**
 * Asks a box that trusts this machine how long a MESSAGE takes from one user to another and back as 200, at an even pace, while
 * others load it: a process of its own, so that what is measured is not the load generator's own waiting.
 *
 *   deno run --allow-net tests/bench/message_probe.ts SIP-PORT USER-A,USER-B SECONDS MESSAGES-A-SECOND
 *
 * Prints `probe ready` when both users are registered, begins when a line comes in, and prints the times as one line of JSON.
 */
const [port, names, seconds, rate] = Deno.args;
const [from, to] = names.split(",");
const DOMAIN = "example.test";
const conn = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
conn.setNoDelay(true);
const local = `127.0.0.1:${conn.localAddr.port}`;
const out: string[] = [];
let writing = false;
const waiting = new Map<string, (status: number) => void>();
const encoder = new TextEncoder();

async function write(text: string): Promise<void> {
  out.push(text);
  if (writing) return;
  writing = true;
  while (out.length > 0) {
    const bytes = encoder.encode(out.splice(0).join(""));
    for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
  }
  writing = false;
}

function ask(method: string, uri: string, by: string, lines: string, body = ""): Promise<number> {
  const branch = `z9hG4bKprobe${crypto.randomUUID().replaceAll("-", "")}`;
  const { promise, resolve } = Promise.withResolvers<number>();
  waiting.set(branch, resolve);
  const aor = `<sip:${by}@${DOMAIN}>`;
  void write(
    `${method} ${uri} SIP/2.0\r\nVia: SIP/2.0/TCP ${local};branch=${branch};rport\r\nMax-Forwards: 70\r\n` +
      `From: ${aor};tag=${branch.slice(-8)}\r\nTo: <${method === "REGISTER" ? aor.slice(1, -1) : uri}>\r\n` +
      `Call-ID: ${branch}@probe\r\nCSeq: 1 ${method}\r\n${lines}Content-Length: ${body.length}\r\n\r\n${body}`,
  );
  return promise;
}

function received(head: string): void {
  const branch = /^Via:.*?;branch=([^;\s]+)/im.exec(head)![1];
  const status = /^SIP\/2\.0 (\d{3})/.exec(head);
  if (status === null) {
    const kept = head.split("\r\n").filter((line) => /^(?:via|from|to|call-id|cseq):/i.test(line));
    const tagged = kept.map((line) => /^to:/i.test(line) ? `${line};tag=probe` : line);
    void write(`SIP/2.0 200 OK\r\n${tagged.join("\r\n")}\r\nContent-Length: 0\r\n\r\n`);
  } else if (Number(status[1]) >= 200) {
    waiting.get(branch)?.(Number(status[1]));
    waiting.delete(branch);
  }
}

async function read(): Promise<void> {
  const decoder = new TextDecoder("latin1");
  let text = "";
  for await (const octets of conn.readable) {
    text += decoder.decode(octets);
    for (let end = text.indexOf("\r\n\r\n"); end >= 0; end = text.indexOf("\r\n\r\n")) {
      const whole = end + 4 + Number(/^(?:content-length|l):\s*(\d+)/im.exec(text.slice(0, end))?.[1] ?? 0);
      if (text.length < whole) break;
      received(text.slice(0, end + 2));
      text = text.slice(whole);
    }
  }
}

void read();
async function register(expires: number): Promise<void> {
  for (const name of [from, to]) {
    const contact = `Contact: <sip:${name}@${local};transport=tcp>\r\nExpires: ${expires}\r\n`;
    const status = await ask("REGISTER", `sip:${DOMAIN}`, name, contact);
    if (status !== 200) throw new Error(`REGISTER of ${name}: ${status}`);
  }
}

await register(3600);
console.log("probe ready");
await Deno.stdin.read(new Uint8Array(1));
const times: number[] = [];
const all: Promise<void>[] = [];
const began = performance.now();
const count = Number(seconds) * Number(rate);
for (let n = 0; n < count; n++) {
  const due = began + n * 1000 / Number(rate);
  const wait = due - performance.now();
  if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  // From the moment it is due: a box that holds us up is not measured less for it.
  const at = Math.max(due, performance.now() - 2);
  all.push(
    ask("MESSAGE", `sip:${to}@${DOMAIN}`, from, "Content-Type: text/plain\r\n", "how long does this take?").then(
      (status) => {
        if (status !== 200) throw new Error(`MESSAGE: ${status}`);
        times.push(performance.now() - at);
      },
    ),
  );
}
await Promise.all(all);
// Else the next probe's messages go to this one, too, which the box finds gone each time.
await register(0);
times.sort((a, b) => a - b);
const part = (share: number): number =>
  Number(times[Math.min(times.length - 1, Math.floor(times.length * share))].toFixed(2));
console.log(JSON.stringify({ count, p50: part(0.5), p90: part(0.9), p99: part(0.99), worst: part(1) }));
Deno.exit(0);
