import { type ReadonlySignal, signal } from "@preact/signals-core";

/** Where the page is. What stands in the address: never what was said. */
export type Route =
  | { readonly page: "list" }
  /** `message`: the one to begin at; "" for where one was. */
  | { readonly page: "with"; readonly key: string; readonly message: string }
  | { readonly page: "people" }
  | { readonly page: "rooms" }
  | { readonly page: "history" }
  /** `part`: "" for the first. */
  | { readonly page: "settings"; readonly part: string };

const PLAIN = ["people", "rooms", "history"] as const;

/** The part of the address behind `#`. */
export function hrefOf(to: Route): string {
  if (to.page === "list") return "#/";
  if (to.page === "with") {
    return `#/with/${encodeURIComponent(to.key)}${to.message === "" ? "" : `/${encodeURIComponent(to.message)}`}`;
  }
  if (to.page === "settings") return to.part === "" ? "#/settings" : `#/settings/${encodeURIComponent(to.part)}`;
  return `#/${to.page}`;
}

/** Reads it; the list for everything that it does not know. */
export function routeOf(hash: string): Route {
  const [page = "", first = "", second = ""] = hash.replace(/^#?\/?/, "").split("/").map(decoded);
  if (page === "with" && first !== "") return { page, key: first, message: second };
  if (page === "settings") return { page, part: first };
  return { page: PLAIN.find((one) => one === page) ?? "list" };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    // Somebody typed half an escape: the list.
    if (error instanceof URIError) return "";
    throw error;
  }
}

const current = signal<Route>(routeOf(globalThis.location?.hash ?? ""));

/** Where the page is now. */
export const route: ReadonlySignal<Route> = current;

/** Goes there. `replace`: the back button does not come back to where we are. */
export function go(to: Route, replace = false): void {
  if (replace) history.replaceState(null, "", hrefOf(to));
  else history.pushState(null, "", hrefOf(to));
  current.value = to;
}

/** To a conversation. */
export function goWith(key: string, message = ""): void {
  go({ page: "with", key, message });
}

/** Follows links and the back button until what it gives is called. */
export function followRoute(): () => void {
  const follow = () => {
    const next = routeOf(location.hash);
    if (hrefOf(next) !== hrefOf(current.peek())) current.value = next;
  };
  follow();
  addEventListener("hashchange", follow);
  addEventListener("popstate", follow);
  return () => {
    removeEventListener("hashchange", follow);
    removeEventListener("popstate", follow);
  };
}
