/**
 * The page's service worker: keeps what the page is made of, so that it opens also while the box, or the network, is not there. It
 * keeps nothing of users, and nothing that the box answers but its own files.
 *
 * Files have names that change with their content, so two versions stand side by side: a page that was opened before an update
 * still finds the parts that it loads later. What is older than the version before goes.
 */

/** Filled in by tools/portal_build.mjs: which version this is, and all its files. */
declare const PORTAL_VERSION: string;
declare const PORTAL_FILES: readonly string[];

/** What neither the browser's nor Deno's library names together with the rest (Service Workers, W3C). */
interface Extendable extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Extendable {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Page {
  focus(): Promise<unknown>;
  navigate(url: string): Promise<unknown>;
}
interface Pressed extends Extendable {
  readonly notification: { readonly data?: { readonly href?: unknown }; close(): void };
}
interface Scope {
  readonly location: { readonly origin: string };
  readonly clients: {
    claim(): Promise<void>;
    matchAll(which: { readonly type: "window" }): Promise<readonly Page[]>;
    openWindow(url: string): Promise<unknown>;
  };
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", listener: (event: Extendable) => void): void;
  addEventListener(type: "fetch", listener: (event: Fetching) => void): void;
  addEventListener(type: "notificationclick", listener: (event: Pressed) => void): void;
}

const scope = globalThis as unknown as Scope;
const PREFIX = "parley-portal-";
const CACHE = PREFIX + PORTAL_VERSION;
/** The page as it is for everybody, without who is signed in; a box that has been updated meanwhile has another one. */
const SHELL = `/portal/shell?v=${PORTAL_VERSION}`;
const MANIFEST = "/portal/manifest.webmanifest";
/** A box that is there answers sooner; a network that swallows everything shall not keep the page closed. */
const PATIENCE_MS = 5000;
/** Answers of something before the box that has no box behind it. */
const NO_BOX: ReadonlySet<number> = new Set([502, 503, 504]);

scope.addEventListener("install", (event) => event.waitUntil(install()));
scope.addEventListener("activate", (event) => event.waitUntil(activate()));
scope.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== scope.location.origin) return;
  if (PORTAL_FILES.includes(pathname) || pathname.startsWith("/portal/assets/")) event.respondWith(file(request));
  else if (pathname === MANIFEST) event.respondWith(fetch(request).catch(() => kept(MANIFEST)));
  else if (request.mode === "navigate" && /^\/portal\/?$/.test(pathname)) event.respondWith(page(request));
});

scope.addEventListener("notificationclick", (event) => {
  const { data } = event.notification;
  event.notification.close();
  event.waitUntil(show(typeof data?.href === "string" && data.href.startsWith("#/") ? data.href : ""));
});

/** What a notification of the page (portal/browser/notifier.ts) leads to: in a page that is there, else in a new one. */
async function show(hash: string): Promise<void> {
  const [page] = await scope.clients.matchAll({ type: "window" });
  if (page === undefined) await scope.clients.openWindow(`/portal${hash}`);
  else await Promise.all([page.focus(), page.navigate(`/portal${hash}`)]);
}

async function install(): Promise<void> {
  const cache = await caches.open(CACHE);
  // What an older version keeps under the same name is the same.
  await Promise.all(PORTAL_FILES.map(async (url) => {
    const known = await caches.match(url);
    await (known === undefined ? cache.add(url) : cache.put(url, known));
  }));
  await cache.addAll([SHELL, MANIFEST].map((url) => new Request(url, { cache: "reload" })));
  await scope.skipWaiting();
}

async function activate(): Promise<void> {
  // In the order in which they were made.
  const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(names.slice(0, -1).map((name) => caches.delete(name)));
  await scope.clients.claim();
}

/** A file of this version, or of the one before it; else as the network has it. */
async function file(request: Request): Promise<Response> {
  return await caches.match(request.url) ?? await fetch(request);
}

/** The page from the box, which knows who is signed in; where the box is not to be had, the one that is kept. */
async function page(request: Request): Promise<Response> {
  const answer = fetch(request);
  const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), PATIENCE_MS));
  const first = await Promise.race([answer.catch(() => null), late]);
  if (first !== null && !NO_BOX.has(first.status)) return first;
  return await kept(SHELL).catch(() => first ?? answer);
}

async function kept(url: string): Promise<Response> {
  const found = await (await caches.open(CACHE)).match(url);
  if (found === undefined) throw new TypeError(`${url} is not kept`);
  return found;
}
