/** Trusted Types (W3C), where the browser has them. */
interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}

const URL_OF_WORKER = "/portal/sw.js";

/** Registers what lets the page open without the service. Where there is none (no TLS, private windows) the page is as good. */
export async function registerWorker(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  const url = trustedTypes?.createPolicy("portal", {
    createScriptURL(wanted) {
      if (wanted !== URL_OF_WORKER) throw new TypeError(`"${wanted}" is no script of ours`);
      return wanted;
    },
  }).createScriptURL(URL_OF_WORKER) ?? URL_OF_WORKER;
  try {
    await navigator.serviceWorker.register(url, { scope: "/portal" });
  } catch (error) {
    console.warn("no service worker", String(error));
  }
}
