/**
 * Every page and every form of the console, on the real box, as a browser without script sends it: what a page offers as it
 * stands must not be refused by the box itself, and nothing may fail.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { ADMIN_PASSWORD, Rest } from "../support/rest.ts";
import { SipClient, statusOf } from "../support/sip_client.ts";
import { ParleyProcess, users } from "../support/parley.ts";

const options = { sanitizeOps: false, sanitizeResources: false };

/** A form of a page. */
interface FoundForm {
  readonly page: string;
  readonly label: string;
  readonly action: string;
  readonly multipart: boolean;
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** Buttons that end the very session, restart the box, or take things away: pressed elsewhere. */
const LEFT_OUT =
  /log-out|restart|restore|remove|revert|confirm|totp|preferences|do=(?:sessions?|password|reset|suspend|bar)\b/i;

/** A browser without script, signed in as the owner. */
class Visitor {
  readonly #origin: string;
  readonly #cookies = new Map<string, string>();

  constructor(origin: string) {
    this.#origin = origin;
  }

  async get(path: string): Promise<{ status: number; html: string; location: string }> {
    return await this.#ask(path, {});
  }

  async send(form: FoundForm): Promise<{ status: number; html: string; location: string }> {
    let body: FormData | URLSearchParams;
    if (form.multipart) {
      body = new FormData();
      for (const [name, value] of form.fields) body.append(name, value);
    } else body = new URLSearchParams(form.fields.map(([name, value]) => [name, value]));
    return await this.#ask(form.action, { method: "POST", body });
  }

  async #ask(path: string, init: RequestInit): Promise<{ status: number; html: string; location: string }> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { cookie, "sec-fetch-site": "same-origin", origin: this.#origin };
    const answer = await fetch(new URL(path, this.#origin), { ...init, headers, redirect: "manual" });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      if (value === "" || /max-age=0/i.test(line)) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return { status: answer.status, html: await answer.text(), location: answer.headers.get("location") ?? "" };
  }
}

/** The forms of a page that send something, with what stands in them. */
function formsOf(page: string, html: string): FoundForm[] {
  return [...html.matchAll(/<form ([^>]*)>([\s\S]*?)<\/form>/g)].flatMap(([, tag, inside]) => {
    if (!/method="post"/i.test(tag)) return [];
    const fields: [string, string][] = [];
    for (const [input] of inside.matchAll(/<input [^>]*>/g)) {
      const type = attribute(input, "type") ?? "text";
      const choice = type === "checkbox" || type === "radio";
      const name = attribute(input, "name");
      if (name === undefined || type === "file" || / disabled/.test(input) || (choice && !/ checked/.test(input))) {
        continue;
      }
      fields.push([name, attribute(input, "value") ?? (choice ? "on" : "")]);
    }
    for (const [, area, text] of inside.matchAll(/<textarea ([^>]*)>([\s\S]*?)<\/textarea>/g)) {
      // The line end behind the tag is not part of the text.
      fields.push([attribute(area, "name")!, unescaped(text.replace(/^\r?\n/, ""))]);
    }
    for (const [, select, inner] of inside.matchAll(/<select ([^>]*)>([\s\S]*?)<\/select>/g)) {
      const chosen = /<option [^>]*selected[^>]*>/.exec(inner)?.[0] ?? /<option [^>]*>/.exec(inner)?.[0] ?? "";
      fields.push([attribute(select, "name")!, attribute(chosen, "value") ?? ""]);
    }
    const button = /<button (?=[^>]*type="submit")(?=[^>]*\bname="([^"]+)")(?=[^>]*\bvalue="([^"]*)")[^>]*>/.exec(
      inside,
    );
    if (button !== null) fields.push([unescaped(button[1]), unescaped(button[2])]);
    return [{
      page,
      label: attribute(tag, "aria-label") ?? "",
      action: attribute(tag, "action") ?? page,
      multipart: /multipart/.test(tag),
      fields,
    }];
  });
}

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(tag)?.[1];
  return value === undefined ? undefined : unescaped(value);
}

function unescaped(text: string): string {
  return text.replace(
    /&(?:amp|lt|gt|quot|#39);/g,
    (code) => ({ "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" })[code]!,
  );
}

Deno.test("no page and no form of the console fails on the real box, sent as it stands", options, async () => {
  await using parley = await ParleyProcess.start({ users: users("alice", "bob") });
  const owner = await Rest.setUp(parley, "owner");
  const bob = await SipClient.open({ user: "bob", domain: parley.domain, port: parley.port, transport: "tcp" });
  equal(statusOf(await bob.register()), 200);
  await owner.post("/certificates/authority", { name: "Example CA", days: 3650 });
  await owner.post("/backups", {});
  await owner.post("/users/sip:alice@example.test/invites", { days: 7, max_uses: 2 });
  await owner.post("/tokens", { name: "scripts", role: "operator", days: 30 });

  const visitor = new Visitor(`http://127.0.0.1:${parley.webPort}`);
  const [logIn] = formsOf("/admin/log-in", (await visitor.get("/admin/log-in")).html)
    .filter(({ fields }) => fields.some(([name]) => name === "password"));
  const typed: Record<string, string> = { name: "owner", password: ADMIN_PASSWORD };
  const entered = await visitor.send({
    ...logIn,
    fields: logIn.fields.map(([name, value]) => [name, typed[name] ?? value]),
  });
  equal(entered.status, 303, entered.html.slice(0, 2000));

  // From page to page by their links.
  const seen = new Map<string, string>();
  const waiting = ["/admin"];
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    if (seen.has(path) || seen.size > 200) continue;
    const { status, html, location } = await visitor.get(path);
    if (status === 303 || status === 302) {
      waiting.push(new URL(location, "http://x").pathname);
      seen.set(path, "");
      continue;
    }
    equal(status, 200, `${path}: ${status}`);
    seen.set(path, html);
    for (const [, href] of html.matchAll(/<a [^>]*href="(\/admin[^"#]*)/g)) {
      const link = unescaped(href);
      if (!/download|export|\.log|\.pem|\.csv|\.txt|\.parley|stream/.test(link)) waiting.push(link);
    }
  }
  ok(seen.size > 40, `${seen.size} pages were found`);

  const sent = new Set<string>();
  const refused: string[] = [];
  for (const [page, html] of seen) {
    for (const found of formsOf(page, html)) {
      const key = `${found.action} ${found.fields.map(([name]) => name).join()}`;
      if (
        sent.has(key) || LEFT_OUT.test(`${found.action} ${found.label} ${found.fields.map(([n, v]) => `${n}=${v}`)}`)
      ) continue;
      sent.add(key);
      const { status, html: answer } = await visitor.send(found);
      const faults = [...answer.matchAll(/class="(?:error|fault)[^"]*"[^>]*>([^<]+)/g)].map(([, text]) => text);
      // A form of required fields that are empty is refused with the reason beside the field: that is as it should be.
      const empty = found.fields.some(([name, value]) => value.trim() === "" && name !== "_csrf");
      if (status >= 500 || (status >= 400 && !empty)) {
        refused.push(`${page}: "${found.label}" to ${found.action}: ${status} ${faults.join("; ").slice(0, 300)}`);
      }
    }
  }
  deepEqual(refused, []);
  ok(sent.size > 25, `${sent.size} forms were sent`);
  match((await visitor.get("/admin")).html, /<h1>/);
  equal((await owner.get<{ ok: boolean }>("/audit/verify")).ok, true);
});
