import { deepEqual, equal, match, notEqual, rejects } from "node:assert/strict";
import { BrowserStore } from "./browser_store.ts";
import { BrowserTabs } from "./browser_tabs.ts";
import { closeSession, keepSession, lastSession, noteSignedOut, openSession, whoSignedOut } from "./page_session.ts";
import { tabInstance } from "./tab_instance.ts";

/** Storage in memory with so much room. */
class FakeStorage implements Storage {
  readonly #values = new Map<string, string>();
  readonly #room: number;
  constructor(room = Infinity, from?: FakeStorage) {
    this.#room = room;
    for (const key of from?.names ?? []) this.#values.set(key, from!.getItem(key)!);
  }
  get names(): string[] {
    return [...this.#values.keys()];
  }
  get length(): number {
    return this.#values.size;
  }
  key(index: number): string | null {
    return this.names[index] ?? null;
  }
  getItem(key: string): string | null {
    return this.#values.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    if (value.length > this.#room) throw new DOMException("full", "QuotaExceededError");
    this.#values.set(key, value);
  }
  removeItem(key: string): void {
    this.#values.delete(key);
  }
  clear(): void {
    this.#values.clear();
  }
}

Deno.test("users of one browser keep apart what they keep", () => {
  const storage = new FakeStorage();
  storage.setItem("else", "1");
  const ada = new BrowserStore(storage, "sip:ada@example.test");
  const ben = new BrowserStore(storage, "sip:ben@example.test");
  ada.set("draft", "a");
  ben.set("draft", "b");
  equal(ada.get("draft"), "a");
  deepEqual(ada.keys(), ["draft"]);
  ada.clear();
  equal(ada.get("draft"), null);
  equal(ben.get("draft"), "b");
  equal(storage.getItem("else"), "1");
});

Deno.test("what comes late does not stay behind a user who signed out", () => {
  const storage = new FakeStorage();
  const ada = new BrowserStore(storage, "sip:ada@example.test");
  ada.set("draft.ben", "half a");
  ada.clear();
  equal(ada.set("draft.ben", "half a sentence"), false);
  deepEqual(storage.names, []);
  equal(new BrowserStore(storage, "sip:ada@example.test").set("draft.ben", "anew"), true, "signed in again");
});

Deno.test("a store that is full says so, and still takes what is shorter", () => {
  const bounded = new BrowserStore(new FakeStorage(), "u", 20);
  equal(bounded.set("k", "x".repeat(15)), true);
  equal(bounded.set("l", "y".repeat(10)), false);
  equal(bounded.get("l"), null);
  equal(bounded.set("k", "x"), true);
  equal(bounded.set("l", "y".repeat(10)), true);
  const quota = new BrowserStore(new FakeStorage(5), "u");
  equal(quota.set("k", "123456"), false);
  equal(quota.set("k", "123"), true);
});

Deno.test("a tab keeps its instance when it is loaded again; a duplicate of it gets its own", () => {
  const storage = new FakeStorage();
  const first = new EventTarget();
  const instance = tabInstance(storage, first);
  match(instance, /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
  // A browser copies session storage when a tab is duplicated.
  const copy = new FakeStorage(Infinity, storage);
  notEqual(tabInstance(copy, new EventTarget()), instance);
  first.dispatchEvent(new Event("pagehide"));
  equal(tabInstance(storage, new EventTarget()), instance, "after a reload");
});

Deno.test("a tab that comes back from the browser's cache can be duplicated, too", () => {
  const storage = new FakeStorage();
  const page = new EventTarget();
  const instance = tabInstance(storage, page);
  page.dispatchEvent(new Event("pagehide"));
  page.dispatchEvent(new Event("pageshow"));
  notEqual(tabInstance(new FakeStorage(Infinity, storage), new EventTarget()), instance);
});

Deno.test("what somebody else put at the instance's place is not used", () => {
  const storage = new FakeStorage();
  storage.setItem("parley:instance", 'x>"\r\nEvil: 1');
  match(tabInstance(storage, new EventTarget()), /^urn:uuid:[0-9a-f-]{36}$/);
});

Deno.test("tabs of one user hear each other, and not themselves", async () => {
  const [here, there] = [new BrowserTabs("sip:ada@example.test"), new BrowserTabs("sip:ada@example.test")];
  const other = new BrowserTabs("sip:ben@example.test");
  const wrong: unknown[] = [];
  here.onValue = other.onValue = (value) => void wrong.push(value);
  const heard = new Promise((resolve) => there.onValue = resolve);
  here.post({ seen: "x" });
  deepEqual(await heard, { seen: "x" });
  deepEqual(wrong, []);
  for (const tabs of [here, there, other]) tabs.close();
});

Deno.test("who was here last is kept without what opens anything", () => {
  const storage = new FakeStorage();
  keepSession(storage, SESSION);
  equal(storage.names.some((name) => storage.getItem(name)!.includes("secret")), false);
  deepEqual(lastSession(storage), { ...SESSION, username: "", password: "", expires_at: 0 });
  keepSession(storage, null);
  equal(lastSession(storage), null);
  storage.setItem("parley:last", "{");
  equal(lastSession(storage), null);
  equal(lastSession(null), null);
});

const SESSION = {
  aor: "sip:ada@example.test",
  display_name: "Ada",
  domain: "example.test",
  username: "key",
  password: "secret",
  expires_at: 5,
  websocket: "/ws",
  limits: { message: 1, file: 2, file_types: [] },
};

/** The service's end of the page's session. */
class FakeService {
  readonly asked: string[] = [];
  aor: string | null = SESSION.aor;
  there = true;

  readonly fetch = (path: string, { method }: RequestInit): Promise<Response> => {
    if (!this.there) return Promise.reject(new TypeError("no network"));
    this.asked.push(`${method} ${path}`);
    if (method === "DELETE") {
      this.aor = null;
      return Promise.resolve(new Response(null, { status: 204 }));
    }
    const answer = this.aor === null
      ? Response.json({ detail: "over" }, { status: 401 })
      : Response.json({ ...SESSION, aor: this.aor });
    return Promise.resolve(answer);
  };
}

Deno.test("who signed out while the service was away is signed out when it is back, and nobody opens that session before", async () => {
  const storage = new FakeStorage();
  const service = new FakeService();
  keepSession(storage, await openSession(storage, service.fetch));
  service.there = false;
  noteSignedOut(storage, SESSION.aor);
  await rejects(closeSession(storage, service.fetch), { status: 0 });
  equal(lastSession(storage), null, "the page does not open without the service either");
  await rejects(openSession(storage, service.fetch), { status: 0 });
  service.there = true;
  await rejects(openSession(storage, service.fetch), { status: 401 });
  deepEqual([service.aor, service.asked.at(-1)], [null, "DELETE /portal/session"]);
  deepEqual(storage.names, [], "nothing is left");
  service.aor = SESSION.aor;
  equal((await openSession(storage, service.fetch)).aor, SESSION.aor, "signed in again");
});

Deno.test("who signed out before somebody else signed in ends nothing of theirs", async () => {
  const storage = new FakeStorage();
  const service = new FakeService();
  noteSignedOut(storage, SESSION.aor);
  service.aor = "sip:ben@example.test";
  equal((await openSession(storage, service.fetch)).aor, "sip:ben@example.test");
  equal(whoSignedOut(storage), null);
  noteSignedOut(storage, "sip:ben@example.test");
  await closeSession(storage, service.fetch);
  deepEqual(storage.names, []);
});

Deno.test("a session that is over by itself leaves nothing to be ended", async () => {
  const storage = new FakeStorage();
  const service = new FakeService();
  service.aor = null;
  noteSignedOut(storage, SESSION.aor);
  await rejects(openSession(storage, service.fetch), { status: 401 });
  deepEqual(storage.names, []);
});
