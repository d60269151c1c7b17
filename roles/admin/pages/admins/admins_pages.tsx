import { failedForm, type FormState, newForm, PageError, setFlash } from "../../../../web/ui/mod.ts";
import type { AdminView, SessionView } from "../../services/mod.ts";
import { generatedPassword } from "../../users/generated.ts";
import { needed, segment } from "../frame/api_client.ts";
import { type ConsoleApp, type ConsoleContext, needs } from "../frame/console.ts";
import { consolePage } from "../frame/page_frame.tsx";
import { AdminDetail } from "./admin_detail.tsx";
import { AdminList } from "./admin_list.tsx";
import { PasswordShown } from "./password_shown.tsx";
import { t } from "./texts.ts";

const HERE = "/admin/admins";

/** Who runs the box: the list, and one of them. */
export function adminPages(app: ConsoleApp): void {
  app.get(HERE, needs("admins.read"), (c) => listPage(c));
  app.post(HERE, needs("admins.write"), add);
  app.get(`${HERE}/:name`, needs("admins.read"), (c) => detailPage(c, c.req.param("name")));
  app.post(`${HERE}/:name`, needs("admins.write"), (c) => change(c, c.req.param("name")));
}

async function listPage(
  c: ConsoleContext,
  form: FormState = newForm({ role: "operator" }),
  status = 200,
): Promise<Response> {
  const { api, viewer, may } = c.get("console");
  const { admins } = await api.need<{ admins: AdminView[] }>("/admins");
  return await consolePage(
    c,
    { title: t("title"), lead: t("lead"), here: HERE, status },
    <AdminList admins={admins} viewer={viewer.name} mayWrite={may("admins.write")} form={form} />,
  );
}

async function add(c: ConsoleContext): Promise<Response> {
  const posted = c.get("posted");
  const typed = posted.raw("password");
  const password = typed === "" ? generatedPassword() : typed;
  const body = { name: posted.text("name"), display_name: posted.text("display_name"), role: posted.text("role") };
  const answer = await c.get("console").api.post<AdminView>("/admins", { ...body, password });
  if (!answer.ok) {
    const { kind, detail } = answer.problem;
    const problem = kind === "conflict" ? { errors: [{ field: "name", message: detail }] } : answer.problem;
    return await listPage(c, failedForm(posted, problem), answer.status);
  }
  const { name } = answer.data;
  const on = t("done.added", { name });
  if (typed === "") return await shown(c, name, password, on, HERE);
  setFlash(c, "ok", on);
  return c.redirect(HERE, 303);
}

/** The one page that tells a made password. No redirect: it must stand in no cookie and no address. */
function shown(c: ConsoleContext, name: string, password: string, on: string, back: string): Promise<Response> {
  return consolePage(
    c,
    { title: t("title"), here: HERE, crumb: { href: HERE, label: t("title") } },
    <PasswordShown name={name} password={password} on={on} back={{ href: back, label: t("password.done") }} />,
  );
}

interface Shown {
  readonly details?: FormState;
  readonly password?: FormState;
  readonly alert?: string;
  readonly status?: number;
}

async function detailPage(c: ConsoleContext, name: string, shown: Shown = {}): Promise<Response> {
  const { api, viewer, may } = c.get("console");
  const [{ admins }, { sessions }] = await Promise.all([
    api.need<{ admins: AdminView[] }>("/admins"),
    api.need<{ sessions: SessionView[] }>(`/sessions?who=${segment(name)}`),
  ]);
  const admin = admins.find((one) => one.name === name);
  if (admin === undefined) throw new PageError(404, t("gone", { name }));
  const owners = admins.filter(({ role }) => role === "owner").length;
  const stored = newForm({ display_name: admin.display_name, role: admin.role });
  const details = shown.details ?? stored;
  return await consolePage(
    c,
    { title: name, here: HERE, crumb: { href: HERE, label: t("title") }, status: shown.status },
    <AdminDetail
      admin={admin}
      sessions={sessions.filter(({ kind }) => kind === "admin")}
      lastOwner={admin.role === "owner" && owners === 1}
      isViewer={viewer.name === name}
      mayWrite={may("admins.write")}
      details={details}
      password={shown.password ?? newForm()}
      alert={shown.alert ?? ""}
    />,
  );
}

async function change(c: ConsoleContext, name: string): Promise<Response> {
  switch (c.get("posted").text("do")) {
    case "details":
      return await changeDetails(c, name);
    case "password":
      return await changePassword(c, name);
    case "totp":
      return await patched(c, name, { totp: false }, t("done.totp", { name }));
    case "session":
      return await endSessions(c, name, [c.get("posted").text("id")]);
    case "sessions":
      return await endSessions(c, name, null);
    case "remove":
      return await remove(c, name);
    default:
      throw new PageError(400, `"${c.get("posted").text("do").slice(0, 40)}"`);
  }
}

/** What the page was made from: the version goes along in each of its forms. */
function etagOf(c: ConsoleContext): string {
  const version = c.get("posted").text("version");
  return /^[0-9]{1,15}$/.test(version) ? `"${version}"` : "";
}

async function changeDetails(c: ConsoleContext, name: string): Promise<Response> {
  const posted = c.get("posted");
  const body = { display_name: posted.text("display_name"), role: posted.text("role") };
  const { api } = c.get("console");
  const answer = await api.patch<AdminView>(`/admins/${segment(name)}`, body, etagOf(c));
  if (answer.ok) {
    setFlash(c, "ok", t("done.saved", { name }));
    return c.redirect(`${HERE}/${segment(name)}`, 303);
  }
  if (answer.status === 412) {
    const now = await api.need<AdminView>(`/admins/${segment(name)}`);
    const words = `${now.display_name === "" ? "–" : now.display_name}, ${t(`role.${now.role}`)}`;
    const details = { ...failedForm(posted, {}), alert: t("stale", { name, now: words }) };
    return await detailPage(c, name, { details, status: 409 });
  }
  const { kind, detail } = answer.problem;
  const problem = kind === "conflict" ? { errors: [{ field: "role", message: detail }] } : answer.problem;
  return await detailPage(c, name, { details: failedForm(posted, problem), status: answer.status });
}

async function changePassword(c: ConsoleContext, name: string): Promise<Response> {
  const posted = c.get("posted");
  const typed = posted.raw("password");
  const password = typed === "" ? generatedPassword() : typed;
  const answer = await c.get("console").api.patch(`/admins/${segment(name)}`, { password }, etagOf(c));
  const on = t("done.password", { name });
  if (answer.ok && typed === "") return await shown(c, name, password, on, `${HERE}/${segment(name)}`);
  if (answer.ok) {
    setFlash(c, "ok", on);
    return c.redirect(`${HERE}/${segment(name)}`, 303);
  }
  if (answer.status === 412) return await detailPage(c, name, { alert: t("stale.reload", { name }), status: 409 });
  return await detailPage(c, name, { password: failedForm(posted, answer.problem), status: answer.status });
}

async function patched(c: ConsoleContext, name: string, patch: unknown, done: string): Promise<Response> {
  const answer = await c.get("console").api.patch(`/admins/${segment(name)}`, patch, etagOf(c));
  if (!answer.ok) return await refused(c, name, answer);
  setFlash(c, "ok", done);
  return c.redirect(`${HERE}/${segment(name)}`, 303);
}

/** `ids` null: all that there are. */
async function endSessions(c: ConsoleContext, name: string, ids: readonly string[] | null): Promise<Response> {
  const { api } = c.get("console");
  const { sessions } = await api.need<{ sessions: SessionView[] }>(`/sessions?who=${segment(name)}`);
  const theirs = sessions.filter(({ kind, id }) => kind === "admin" && (ids === null || ids.includes(id)));
  let ended = 0;
  for (const { id } of theirs) if ((await api.delete(`/sessions/${segment(id)}`)).ok) ended++;
  setFlash(c, "ok", t("done.sessions", { n: ended }));
  return c.redirect(`${HERE}/${segment(name)}`, 303);
}

async function remove(c: ConsoleContext, name: string): Promise<Response> {
  const answer = await c.get("console").api.delete(`/admins/${segment(name)}`, etagOf(c));
  if (!answer.ok) return await refused(c, name, answer);
  setFlash(c, "ok", t("done.removed", { name }));
  return c.redirect(HERE, 303);
}

async function refused(
  c: ConsoleContext,
  name: string,
  answer: { readonly status: number; readonly problem: { readonly detail: string; readonly kind: string } },
): Promise<Response> {
  if (answer.problem.kind === "not-found") needed(answer as never);
  const stale = answer.status === 412;
  const alert = stale ? t("stale.reload", { name }) : answer.problem.detail;
  return await detailPage(c, name, { alert, status: stale ? 409 : answer.status });
}
