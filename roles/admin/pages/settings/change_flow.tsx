import { failedForm, type FormState, PageError, setFlash } from "../../../../web/ui/mod.ts";
import type { SettingChange, SettingRow, SettingsOutcome } from "../../services/mod.ts";
import { type Answer, pageErrorOf } from "../frame/api_client.ts";
import type { ConsoleContext } from "../frame/console.ts";
import { consolePage } from "../frame/page_frame.tsx";
import { ChangeApplied, ChangeReview } from "./change_review.tsx";
import { consoleAddresses } from "./console_addresses.ts";
import {
  carriedChanges,
  DO,
  ETAG,
  formWith,
  readChanges,
  readSettings,
  rowsOf,
  type SettingsState,
} from "./settings_form.ts";
import { t } from "./texts.ts";

/** A page with settings on it, as the flow of a change needs it. */
export interface SettingsPage {
  /** Its path, which is its place in the navigation too. */
  readonly here: string;
  readonly title: string;
  /** Where it leads when all is done. */
  readonly done: string;
  /** The page with a form, of a request that is answered now. */
  readonly show: (form: FormState, state: SettingsState, status: number) => Response | Promise<Response>;
  /** Changes that the form says in a way of its own, in the place of `readChanges`. */
  readonly read?: typeof readChanges;
}

export type Outcome = Omit<SettingsOutcome, "errors">;

/**
 * What became of a posted form of settings: the form again with what is wrong, the difference to look at, or the change made.
 * Steps are told apart by the button: `review` (default), `apply`, `edit`.
 */
export async function changeSettings(c: ConsoleContext, page: SettingsPage): Promise<Response> {
  const posted = c.get("posted");
  const { api } = c.get("console");
  const state = await readSettings(api);
  const step = posted.text(DO);
  if (step === "apply" || step === "edit") {
    const changes = carriedChanges(posted);
    if (changes === null) throw new PageError(400, t("unchanged"));
    if (step === "edit") return await page.show(formWith(state.settings, changes), state, 200);
    const answer = await api.patch<Outcome>("/settings", { changes }, posted.text(ETAG));
    return await applied(c, page, state, changes, answer);
  }
  const { changes, form } = (page.read ?? readChanges)(posted, state.settings);
  if (Object.keys(form.errors).length > 0) return await page.show(form, state, 422);
  if (changes.length === 0) return await page.show({ ...form, alert: t("unchanged") }, state, 200);
  const answer = await api.patch<Outcome>("/settings", { changes, dry_run: true }, posted.text(ETAG));
  if (!answer.ok) return await refused(page, state, form, changes, answer);
  const [seconds] = rowsOf(state, ["console.confirm_seconds"]);
  return await consolePage(
    c,
    { title: t("review"), lead: t("review.lead"), here: page.here, crumb: { href: page.here, label: page.title } },
    <ChangeReview
      rows={state.settings}
      changes={changes}
      next={answer.data.next}
      etag={state.etag}
      confirmSeconds={Number(seconds?.value ?? 60)}
    />,
  );
}

async function applied(
  c: ConsoleContext,
  page: SettingsPage,
  state: SettingsState,
  changes: readonly SettingChange[],
  answer: Answer<Outcome>,
): Promise<Response> {
  if (!answer.ok) return await refused(page, state, formWith(state.settings, changes), changes, answer);
  const { next, candidate } = answer.data;
  if (next === "confirm" && candidate !== null) {
    const addresses = addressesAfter(c, state.settings, changes);
    return await consolePage(
      c,
      { title: t("applied"), here: page.here },
      <ChangeApplied candidate={candidate} addresses={addresses} path={page.here} />,
    );
  }
  setFlash(c, next === "restart" ? "info" : "ok", t(next === "restart" ? "done.restart" : "done"));
  return c.redirect(page.done, 303);
}

async function refused(
  page: SettingsPage,
  state: SettingsState,
  form: FormState,
  changes: readonly SettingChange[],
  answer: Extract<Answer<Outcome>, { ok: false }>,
): Promise<Response> {
  const { status, problem } = answer;
  if (status === 412) return await page.show({ ...form, alert: t("stale") }, state, 409);
  if (status !== 422 && status !== 409) throw pageErrorOf(status, problem);
  return await page.show(formOfProblem(form, changes, problem), state, status);
}

/** REST's refusal at the fields that were changed; what belongs to none of them stands above. */
export function formOfProblem(
  form: FormState,
  changes: readonly SettingChange[],
  problem: Parameters<typeof failedForm>[1],
): FormState {
  const errors: Record<string, string> = {};
  const above: string[] = [];
  for (const { field = "", message } of problem.errors ?? []) {
    // `changes.0.value`: the schema of REST names the place in the list.
    const [, at] = /^changes\.(\d+)/.exec(field) ?? [];
    const key = at === undefined ? field : changes[Number(at)]?.key ?? field;
    if (Object.hasOwn(form.values, key)) errors[key] ??= message;
    else above.push(key === "" ? message : `${key}: ${message}`);
  }
  if (Object.keys(errors).length === 0 && above.length === 0) above.push(problem.detail ?? problem.title ?? "");
  return { values: form.values, errors, alert: above.join(" · ") };
}

/** Where the console will be once these changes are in force. */
export function addressesAfter(
  c: ConsoleContext,
  rows: readonly SettingRow[],
  changes: readonly SettingChange[],
): string[] {
  const valueOf = (key: string): unknown => {
    const row = rows.find((one) => one.key === key);
    const change = changes.find((one) => one.key === key);
    return change === undefined ? row?.value : change.value ?? row?.default;
  };
  const { protocol, hostname, host } = new URL(c.req.url);
  const scheme = c.env.secure ? "https:" : protocol;
  const doors = valueOf("listen.web");
  const unchanged = !changes.some(({ key }) => key === "listen.web");
  if (unchanged || !Array.isArray(doors)) return [`${scheme}//${host}`];
  return consoleAddresses(doors.map(String), {
    advertised: String(valueOf("advertise.host") ?? ""),
    asked: hostname.replace(/^\[|\]$/g, ""),
  });
}
