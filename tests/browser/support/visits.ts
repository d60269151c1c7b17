/** Every page there is, and how one gets there. */
import type { Page, Response } from "playwright-core";
import { ADMIN_PASSWORD } from "../../support/rest.ts";
import type { Content } from "./content.ts";
import { press } from "./stage.ts";

/** Who looks: an owner, an auditor, a user on /account, an admin half logged in, nobody. */
export type Who = "owner" | "auditor" | "user" | "nobody";

export interface Visit {
  readonly name: string;
  readonly who: Who;
  /** Where to; with `act`, what to do there. */
  readonly path: string;
  readonly status?: number;
  /** What has to be told there, in English. */
  readonly says?: RegExp;
  /** Where the page has data, beside the usual places. */
  readonly data?: string;
  /** Presses what leads to the page that is meant. */
  readonly act?: (page: Page) => Promise<void>;
}

const user = (uri: string) => `/admin/users/${encodeURIComponent(`sip:${uri}@example.test`)}`;

/** Pages of the console's navigation by the names of their pictures; a test compares it with the navigation itself. */
export const NAV_PAGES = [
  "",
  "users",
  "sign-ups",
  "chat-sessions",
  "rooms",
  "messages",
  "policy",
  "network",
  "certificates",
  "settings",
  "backups",
  "recovery",
  "admins",
  "tokens",
  "audit",
  "logs",
  "flow",
  "support",
  "api",
] as const;

/** Places of data by page. */
const DATA: Readonly<Record<string, string>> = {
  // What a repair does is in the box's own words.
  "": "[data-live] button[aria-label]",
  audit: "dd, del, ins, table a",
  logs: ".component, .text, .fields, option",
  flow: ".unseen",
  api: "nav a",
};

export function visits(content: Content): Visit[] {
  const own = (name: string, path: string, more: Partial<Visit> = {}): Visit => ({ name, who: "owner", path, ...more });
  return [
    ...NAV_PAGES.map((name) =>
      own(name === "" ? "dashboard" : name, name === "" ? "/admin" : `/admin/${name}`, { data: DATA[name] })
    ),
    own("users-found", "/admin/users?search=ali&columns=number&columns=created"),
    own("users-none", "/admin/users?search=nobody+at+all"),
    own("user-new", "/admin/users/new"),
    own("user-made", "/admin/users/new", {
      act: async (page) => {
        await page.locator('[name="display_name"]').fill("Grace Hopper");
        await press(page, 'main form[action="/admin/users/new"] .button.primary');
      },
    }),
    own("user-faults", "/admin/users/new", {
      act: async (page) => {
        await page.locator('[name="uri"]').fill("no address");
        await page.locator('[name="e164"]').fill("12 34");
        await press(page, 'main form[action="/admin/users/new"] .button.primary');
      },
      status: 422,
    }),
    own("import", "/admin/users/import"),
    own("import-faults", "/admin/users/import", {
      act: async (page) => {
        await page.locator('[name="text"]').fill("uri,password\nnone,x\nsip:alice@example.test,x\n");
        await press(page, 'form[action="/admin/users/import"] .button.primary');
      },
      status: 422,
    }),
    own("import-checked", "/admin/users/import", {
      act: async (page) => {
        await page.locator('[name="text"]').fill("uri,password\nsip:imported@example.test,\n");
        await press(page, 'form[action="/admin/users/import"] .button.primary');
      },
    }),
    own("user-online", user("alice")),
    own("user-reach", user("alice"), {
      act: (page) => press(page, 'form:has([value="reach"]) button'),
      says: /2 of 2 devices answer/,
    }),
    own("user-invite", user("alice"), {
      act: (page) => press(page, 'form:has([name="days"]):has([value="invite"]) button'),
    }),
    own("user-waiting", user("carol")),
    own("user-suspended", user("dora")),
    own("user-barred", user("erin")),
    own("user-long", user("a.user.with.an.address.that.does.not.fit.anywhere.at.all")),
    own("user-password", user("user1"), {
      act: async (page) => {
        await page.locator('details:has([value="reset"]) > summary').click();
        await press(page, 'form:has([value="reset"]) button');
      },
    }),
    own("rooms-public", "/admin/rooms/public", { says: /The Lobby/ }),
    own("rooms-none", "/admin/rooms?search=nobody+at+all"),
    own("room", `/admin/rooms/${content.room}`, { says: /user0@example\.test/ }),
    own("room-hidden", `/admin/rooms/${content.hiddenRoom}`, { says: /anonymous-2@anonymous\.invalid/ }),
    own("room-question", `/admin/rooms/${content.room}`, {
      act: async (page) => {
        for (const part of ["#people", "#end"]) await page.locator(`${part} .confirm > summary`).first().click();
      },
    }),
    own("room-gone", `/admin/rooms/${content.room}?gone=true`, { says: /Declined|Not reached/ }),
    own("settings-search", "/admin/settings?q=quota"),
    own("settings-none", "/admin/settings?q=xyzzy"),
    own("settings-console", "/admin/settings?area=console"),
    own("settings-history", "/admin/settings/history"),
    own("message", `/admin/messages/${content.question}`, { says: /I agree/ }),
    own("admin", "/admin/admins/oz"),
    own("me", "/admin/me"),
    own("me-totp", "/admin/me", { act: (page) => press(page, 'form:has([value="totp-begin"]) button') }),
    own("flow-call", `/admin/flow/${encodeURIComponent(content.callId)}`, { data: "dt, dd, svg text" }),
    own("flow-none", "/admin/flow?search=nobody-at-all"),
    own("audit-verified", "/admin/audit?verify", { data: DATA.audit }),
    own("logs-none", "/admin/logs?search=nothing-says-this", { data: DATA.logs }),
    own("network-tested", "/admin/network", {
      act: (page) => press(page, '[name="do"][value="test-doors"]'),
      says: /tls:\/\/127\.0\.0\.1:\d+\s+can be opened/,
    }),
    own("backup-restore", "/admin/backups/restore"),
    own("backup-restore-named", `/admin/backups/restore/${content.backup}`),
    own("recovery-sheet", "/admin/recovery", {
      act: (page) => press(page, '[name="do"][value="new"]'),
      data: ".key-groups",
    }),
    ...(["network", "certificate", "users", "recovery", "summary"] as const).map((step) =>
      own(`set-up-${step}`, `/admin/set-up?step=${step}`)
    ),
    own("error-404", "/admin/nothing/here", { status: 404 }),
    own("error-404-user", user("nobody"), { status: 404 }),
    own("error-413", "/admin/users/new", {
      act: async (page) => {
        await page.locator('[name="display_name"]').evaluate((field) =>
          void Object.assign(field, { value: "x".repeat(300_000) })
        );
        await press(page, 'main form[action="/admin/users/new"] .button.primary');
      },
      status: 413,
    }),
    own("error-form-expired", "/admin/users/new", {
      act: async (page) => {
        await page.locator('main form[action="/admin/users/new"] [name="_csrf"]').evaluate((field) =>
          void Object.assign(field, { value: "old" })
        );
        await press(page, 'main form[action="/admin/users/new"] .button.primary');
      },
      status: 403,
    }),
    { name: "error-403", who: "auditor", path: "/admin/messages", status: 403 },
    { name: "auditor-dashboard", who: "auditor", path: "/admin" },
    { name: "auditor-settings", who: "auditor", path: "/admin/settings" },
    { name: "log-in", who: "nobody", path: "/admin/log-in" },
    {
      name: "log-in-wrong",
      who: "nobody",
      path: "/admin/log-in",
      act: (page) => tryToLogIn(page, "nobody-of-that-name", "wrong wrong wrong"),
      status: 401,
    },
    {
      name: "log-in-code",
      who: "nobody",
      path: "/admin/log-in",
      act: (page) => tryToLogIn(page, content.guarded, ADMIN_PASSWORD),
    },
    { name: "join", who: "nobody", path: "/join" },
    {
      name: "join-faults",
      who: "nobody",
      path: "/join",
      act: async (page) => {
        await page.locator('[name="name"]').fill("?");
        await page.locator('[name="password"]').fill("long enough");
        await page.locator('[name="again"]').fill("another one");
        await press(page, 'form[action="/join"] .button.primary');
      },
      status: 422,
    },
    { name: "join-invite", who: "nobody", path: new URL(content.invite).pathname },
    { name: "join-unknown", who: "nobody", path: "/join/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", status: 404 },
    { name: "account-sign-in", who: "nobody", path: "/account" },
    { name: "portal-sign-in", who: "nobody", path: "/portal" },
    { name: "account", who: "user", path: "/account" },
  ];
}

async function tryToLogIn(page: Page, name: string, password: string): Promise<void> {
  await page.locator('[name="name"]').fill(name);
  await page.locator('[name="password"]').fill(password);
  await press(page, 'form[action="/admin/log-in"] .button.primary');
}

/** Goes there, and throws where the answer has another status than is expected. */
export async function go(page: Page, origin: string, visit: Visit): Promise<void> {
  const { path, act, status = 200 } = visit;
  let last = 0;
  const note = (response: Response) => {
    if (response.request().isNavigationRequest()) last = response.status();
  };
  page.on("response", note);
  try {
    await page.goto(origin + path);
    if (act !== undefined) await act(page);
  } finally {
    page.off("response", note);
  }
  if (last !== status) throw new Error(`${visit.name}: ${path} answered ${last}, expected ${status}`);
}
