import {
  Alert,
  Card,
  Copyable,
  Facts,
  failedForm,
  type FormState,
  PageError,
  type Posted,
  Qr,
  setFlash,
  Table,
  useUi,
} from "../../../../web/ui/mod.ts";
import type {
  BoxStatus,
  DeviceView,
  HistoryUsage,
  InviteView,
  Permission,
  Reachability,
  UserDetail,
} from "../../services/mod.ts";
import { UserChatSessions } from "../chat_sessions/chat_session_table.tsx";
import { endChatSession, readChatSessions } from "../chat_sessions/chat_sessions_pages.tsx";
import { readUserDocuments, removeDocument, unblock, UserDocuments } from "../user_documents/user_documents.tsx";
import { type Answer, needed, pageErrorOf, segment } from "../frame/api_client.ts";
import { type ConsoleApp, type ConsoleContext, needs } from "../frame/console.ts";
import { consolePage } from "../frame/page_frame.tsx";
import { t } from "../texts/users.ts";
import { Devices, Invites, Reach } from "./user_connections.tsx";
import { AccessCard, EditForm, formOf, Overview, patchOf } from "./user_details.tsx";
import { StateBadge, userPath } from "./user_state.tsx";

/** What the page shows besides the user as stored. */
interface Shown {
  readonly form?: FormState;
  /** ETag that the form carries; default: of what is there now. */
  readonly etag?: string;
  readonly status?: number;
  /** What was typed against what is there, after a 412. */
  readonly stale?: FormState;
  readonly reach?: Reachability;
  /** The part of AccessCard that is open, with what is wrong in it. */
  readonly bar?: FormState;
  readonly invite?: FormState;
}

type Action = (c: ConsoleContext, uri: string, posted: Posted) => Promise<Response>;

/** What a form of the page may ask for, by the value of its field `do`. */
const ACTIONS: Readonly<Record<string, { readonly permission: Permission; readonly run: Action }>> = {
  save: { permission: "users.write", run: save },
  suspend: { permission: "users.write", run: (c, uri) => changeState(c, uri, { state: "suspended" }) },
  resume: { permission: "users.write", run: (c, uri) => changeState(c, uri, { state: "active", barred_until: 0 }) },
  bar: { permission: "users.write", run: bar },
  remove: { permission: "users.write", run: remove },
  reset: { permission: "users.help", run: resetPassword },
  revoke: { permission: "users.help", run: revoke },
  "revoke-all": { permission: "users.help", run: revokeAll },
  "end-session": { permission: "users.help", run: (c, uri) => endChatSession(c, userPath(uri)) },
  invite: { permission: "users.help", run: invite },
  withdraw: { permission: "users.help", run: withdraw },
  unblock: { permission: "users.help", run: (c, uri) => unblock(c, uri, userPath(uri)) },
  "remove-document": { permission: "users.write", run: (c, uri) => removeDocument(c, uri, userPath(uri)) },
  reach: { permission: "users.help", run: reach },
};

/** Everything about one user. */
export function userPages(app: ConsoleApp): void {
  app.get("/admin/users/:uri", needs("users.read"), (c) => userPage(c, c.req.param("uri")));

  app.post("/admin/users/:uri", needs("users.read"), async (c) => {
    const posted = c.get("posted");
    const what = posted.text("do");
    const action = Object.hasOwn(ACTIONS, what) ? ACTIONS[what] : undefined;
    if (action === undefined) throw new PageError(400, `"${what.slice(0, 40)}"`);
    if (!c.get("console").may(action.permission)) throw new PageError(403, "role");
    return await action.run(c, c.req.param("uri"), posted);
  });
}

const restPath = (uri: string) => `/users/${segment(uri)}`;

async function userPage(c: ConsoleContext, uri: string, shown: Shown = {}): Promise<Response> {
  const { api, may } = c.get("console");
  const answer = await api.get<UserDetail>(restPath(uri));
  // What is no address has no page either.
  if (!answer.ok && answer.status === 422) throw new PageError(404, "");
  const user = needed(answer);
  const helps = may("users.help"), writes = may("users.write");
  const [devices, invites, { sessions }, { domains }, documents, recorded] = await Promise.all([
    api.need<{ devices: DeviceView[] }>(`${restPath(user.uri)}/devices`),
    helps ? api.need<{ invites: InviteView[] }>(`${restPath(user.uri)}/invites`) : { invites: [] },
    readChatSessions(api, { user: user.uri }),
    api.need<BoxStatus>("/status"),
    readUserDocuments(api, user.uri),
    api.need<{ users: HistoryUsage[] }>(`/history/usage?user=${segment(user.uri)}`),
  ]);
  const path = userPath(user.uri);
  const etag = shown.etag ?? (answer.ok ? answer.etag : "");
  return await consolePage(
    c,
    {
      title: user.display_name === "" ? user.uri : user.display_name,
      lead: (
        <>
          <bdi dir="ltr">{user.uri}</bdi> <StateBadge state={user.state} />
        </>
      ),
      here: "/admin/users",
      crumb: { href: "/admin/users", label: t("title") },
      status: shown.status,
    },
    <>
      {shown.stale !== undefined && <Stale typed={shown.stale} user={user} />}
      <div class="split">
        <div class="stack">
          <Overview user={user} recorded={recorded.users[0] ?? null} />
          <Devices path={path} devices={devices.devices} helps={helps} />
          <UserChatSessions path={path} sessions={sessions} domains={domains} helps={helps} />
          <UserDocuments path={path} model={documents} helps={helps} writes={writes} />
          {writes && <EditForm path={path} form={shown.form ?? formOf(user)} etag={etag} />}
        </div>
        <div class="stack">
          {helps && <Reach path={path} result={shown.reach ?? null} />}
          {helps && <Invites path={path} invites={invites.invites} form={shown.invite} />}
          {helps && <AccessCard path={path} user={user} writes={writes} etag={etag} bar={shown.bar} />}
        </div>
      </div>
    </>,
  );
}

/** After a 412: what both wrote, where it differs. */
function Stale({ typed, user }: { typed: FormState; user: UserDetail }) {
  const now = formOf(user).values;
  const fields = Object.keys(now).filter((name) => (typed.values[name] ?? "") !== now[name]);
  const labels: Record<string, string> = {
    display_name: t("field.display_name"),
    e164: t("field.e164"),
    deferral: t("deferral"),
    quota_messages: t("quota.field.messages"),
    quota_octets: t("quota.field.octets"),
    note: t("field.note"),
  };
  const written = (text: string) => text === "" ? t("user.empty") : text;
  return (
    <>
      <Alert tone="warning" title={t("user.stale")}>
        {t("user.stale.text")} {fields.length === 0 && t("user.stale.same")}
      </Alert>
      {fields.length > 0 && (
        <Table
          caption={t("user.stale")}
          quiet
          rows={fields}
          columns={[
            { label: t("user.stale.field"), head: true, cell: (name) => labels[name] },
            { label: t("user.stale.yours"), cell: (name) => <bdi>{written(typed.values[name] ?? "")}</bdi> },
            { label: t("user.stale.theirs"), cell: (name) => <bdi>{written(now[name])}</bdi> },
          ]}
        />
      )}
    </>
  );
}

async function save(c: ConsoleContext, uri: string, posted: Posted): Promise<Response> {
  const { patch, form } = patchOf(posted);
  const etag = posted.text("etag");
  if (patch === null) return await userPage(c, uri, { form, etag, status: 422 });
  const answer = await c.get("console").api.patch<UserDetail>(restPath(uri), patch, etag);
  if (answer.ok) return done(c, answer.data.uri, t("user.saved"));
  // The form keeps what was typed, with the version that is there now: to save again is to decide.
  if (answer.status === 412) return await userPage(c, uri, { form, stale: form, status: 412 });
  if (answer.status === 422) {
    const failed = failedForm(posted, answer.problem);
    return await userPage(c, uri, { form: failed, etag, status: 422 });
  }
  throw pageErrorOf(answer.status, answer.problem);
}

async function changeState(
  c: ConsoleContext,
  uri: string,
  patch: { state: "active" | "suspended" | "barred"; barred_until?: number },
): Promise<Response> {
  const etag = c.get("posted").text("etag");
  const answer = await c.get("console").api.patch<UserDetail>(restPath(uri), patch, etag);
  if (answer.ok) return done(c, answer.data.uri, t(`changed.${patch.state}`, { uri: answer.data.uri }));
  return refused(c, uri, answer);
}

async function bar(c: ConsoleContext, uri: string, posted: Posted): Promise<Response> {
  const day = posted.text("until");
  const { format, now } = useUi();
  const until = day === "" ? 0 : format.dayStart(day);
  if (day !== "" && !(until > now)) {
    const form = { values: { until: day }, errors: { until: t("bar.date") }, alert: "" };
    return await userPage(c, uri, { bar: form, status: 422 });
  }
  return await changeState(c, uri, { state: "barred", barred_until: until });
}

async function remove(c: ConsoleContext, uri: string, posted: Posted): Promise<Response> {
  const answer = await c.get("console").api.delete(restPath(uri), posted.text("etag"));
  if (!answer.ok) return refused(c, uri, answer);
  setFlash(c, "ok", t("removed", { uri }));
  return c.redirect("/admin/users", 303);
}

async function resetPassword(c: ConsoleContext, uri: string): Promise<Response> {
  const { password } = needed(await c.get("console").api.post<{ password: string }>(`${restPath(uri)}/password/reset`));
  return await consolePage(
    c,
    {
      title: t("password.made", { name: uri }),
      lead: t("password.made.lead"),
      here: "/admin/users",
      crumb: { href: userPath(uri), label: t("invite.back") },
    },
    <Card>
      <Facts
        long
        of={[
          [t("made.address"), <Copyable id="made-address" text={uri} what={t("made.address")} />],
          [t("made.password"), <Copyable id="made-password" text={password} what={t("made.password")} />],
        ]}
      />
    </Card>,
  );
}

async function revoke(c: ConsoleContext, uri: string, posted: Posted): Promise<Response> {
  const answer = await c.get("console").api.delete(`${restPath(uri)}/devices/${segment(posted.text("id"))}`);
  return answer.ok ? done(c, uri, t("device.revoked")) : refused(c, uri, answer);
}

async function revokeAll(c: ConsoleContext, uri: string): Promise<Response> {
  const answer = await c.get("console").api.delete<{ ended: number }>(`${restPath(uri)}/devices`);
  return answer.ok ? done(c, uri, t("device.revoked-all", { n: answer.data.ended })) : refused(c, uri, answer);
}

async function invite(c: ConsoleContext, uri: string, posted: Posted): Promise<Response> {
  const request = { days: posted.number("days") || 0, max_uses: posted.number("max_uses") || 0 };
  const { api } = c.get("console");
  const answer = await api.post<InviteView & { link: string }>(`${restPath(uri)}/invites`, request);
  if (!answer.ok) {
    if (answer.status !== 422) return refused(c, uri, answer);
    return await userPage(c, uri, { invite: failedForm(posted, answer.problem), status: 422 });
  }
  const { link, expires_at, max_uses } = answer.data;
  const { format } = useUi();
  return await consolePage(
    c,
    {
      title: t("invite.made", { name: uri }),
      lead: t("invite.made.lead"),
      here: "/admin/users",
      crumb: { href: userPath(uri), label: t("invite.back") },
    },
    <Card>
      <Facts
        long
        of={[
          [t("invite.link"), <Copyable id="invite-link" text={link} what={t("invite.link")} />],
          [t("invite.scan"), <Qr text={link} />],
        ]}
      />
      <p class="soft">{t("invite.until", { when: format.dateTime(expires_at), uses: max_uses })}</p>
    </Card>,
  );
}

async function withdraw(c: ConsoleContext, uri: string, posted: Posted): Promise<Response> {
  const answer = await c.get("console").api.delete(`/invites/${segment(posted.text("id"))}`);
  return answer.ok ? done(c, uri, t("invite.withdrawn")) : refused(c, uri, answer);
}

async function reach(c: ConsoleContext, uri: string): Promise<Response> {
  const { api } = c.get("console");
  return await userPage(c, uri, { reach: needed(await api.post<Reachability>(`${restPath(uri)}/reachability`)) });
}

function done(c: ConsoleContext, uri: string, text: string): Response {
  setFlash(c, "ok", text);
  return c.redirect(userPath(uri), 303);
}

/** A refusal that no field can show: told on the user's page, as it is now. */
function refused(c: ConsoleContext, uri: string, answer: Answer<unknown> & { ok: false }): Response {
  if (answer.status === 404 || answer.status >= 500) throw pageErrorOf(answer.status, answer.problem);
  setFlash(c, "warning", answer.problem.detail);
  return c.redirect(userPath(uri), 303);
}
