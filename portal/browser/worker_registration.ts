/** Trusted Types (W3C), where the browser has them. */
interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}

const URL_OF_WORKER = "/portal/sw.js";

/** No sooner is it looked again whether there is a newer page. */
const LOOK_MS = 10_000;

/**
 * Registers what lets the page open without the service, and tells by `onNewer` when it has become that of another page than this one. Gives what
 * looks for a newer one; browsers do it by themselves only when a page is loaded. Where there is no worker (no TLS, private windows) the page is
 * as good.
 */
export async function registerWorker(onNewer: () => void): Promise<() => void> {
  if (!("serviceWorker" in navigator)) return () => {};
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  const url = trustedTypes?.createPolicy("portal", {
    createScriptURL(wanted) {
      if (wanted !== URL_OF_WORKER) throw new TypeError(`"${wanted}" is no script of ours`);
      return wanted;
    },
  }).createScriptURL(URL_OF_WORKER) ?? URL_OF_WORKER;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    isNewer().then((newer) => newer && onNewer(), noWorker);
  });
  let registration: ServiceWorkerRegistration;
  try {
    registration = await navigator.serviceWorker.register(url, { scope: "/portal" });
  } catch (error) {
    noWorker(error);
    return () => {};
  }
  let looked = -Infinity;
  return () => {
    const now = performance.now();
    if (now - looked < LOOK_MS) return;
    looked = now;
    registration.update().catch(noWorker);
  };
}

/** Whether the worker's last files (service_worker.ts) are those of another page than this one. */
async function isNewer(): Promise<boolean> {
  const last = (await caches.keys()).filter((name) => name.startsWith("parley-portal-")).at(-1);
  if (last === undefined) return false;
  const kept = await caches.open(last);
  for (
    const part of document.querySelectorAll<HTMLScriptElement | HTMLLinkElement>("script[src], link[rel=stylesheet]")
  ) {
    if (await kept.match("src" in part ? part.src : part.href) === undefined) return true;
  }
  return false;
}

function noWorker(error: unknown): void {
  console.warn("no service worker", String(error));
}
