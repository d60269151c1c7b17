import { failedForm, type FormState, newForm, type Posted, setFlash, wrongField } from "../../../../web/ui/mod.ts";
import type { BoxStatus, SystemMessageView, SystemRecipientView } from "../../services/mod.ts";
import { type ConsoleApp, type ConsoleContext, needs } from "../frame/console.ts";
import { consolePage } from "../frame/page_frame.tsx";
import { ConfirmSending } from "./compose_form.tsx";
import { COUNTER } from "./counter.ts";
import { CONDITION, EVERYBODY, FIELD_NAMES, messageOf } from "./message_form.ts";
import { MessagePage } from "./message_page.tsx";
import { SystemMessages } from "./system_messages.tsx";
import { t } from "./texts.ts";

const HERE = "/admin/messages";
const SHOWN = 100;
const RECIPIENTS = 50;

/** What the service itself says to users, and what they answer. */
export function messagePages(app: ConsoleApp): void {
  app.get(HERE, needs("messages.send"), (c) => page(c, newForm({ who: "one", uri: c.req.query("to") ?? "" })));
  app.post(HERE, needs("messages.send"), send);
  app.get(`${HERE}/:id`, needs("messages.send"), one);
  app.post(`${HERE}/:id`, needs("messages.send"), withdraw);
}

async function page(c: ConsoleContext, form: FormState, status = 200): Promise<Response> {
  const { api } = c.get("console");
  const [{ messages }, box] = await Promise.all([
    api.need<{ messages: SystemMessageView[] }>(`/system-messages?limit=${SHOWN}`),
    api.need<BoxStatus>("/status"),
  ]);
  return await consolePage(
    c,
    { title: t("title"), lead: t("lead"), here: HERE, scripts: [COUNTER.url], status },
    <SystemMessages messages={messages} users={box.users} form={form} />,
  );
}

async function send(c: ConsoleContext): Promise<Response> {
  const { api } = c.get("console");
  const posted = c.get("posted");
  const who = posted.text("who");
  const todo = posted.text("do");
  if (todo === "back") return await page(c, newForm(posted.values()));
  if (todo === "more") return await page(c, newForm({ ...posted.values(), rows: "all" }));
  if (posted.text("text") === "") return await page(c, wrongField(posted, "text", t("text.empty")), 422);
  const many = who === EVERYBODY || who === CONDITION;
  if (!many && posted.text("uri") === "") return await page(c, wrongField(posted, "uri", t("uri.wanted")), 422);
  const { now, users } = await api.need<BoxStatus>("/status");
  if (todo !== "confirmed" && (many || posted.flag("blocking"))) return await confirm(c, posted, users);
  const answer = await api.post("/system-messages", messageOf(posted, now));
  if (!answer.ok) {
    const { kind, detail } = answer.problem;
    const problem = kind === "not-found" ? { errors: [{ field: "to", message: detail }] } : answer.problem;
    return await page(c, failedForm(posted, atFields(problem), FIELD_NAMES), answer.status);
  }
  setFlash(c, "ok", t("sent"));
  return c.redirect(HERE, 303);
}

/** A check of the whole names the first row of what it is about: `options.3.label` is the fourth label. */
function atFields(problem: Parameters<typeof failedForm>[1]): Parameters<typeof failedForm>[1] {
  const errors = problem.errors?.map(({ field = "", message }) => {
    if (field === "answer_within") return { field: "minutes", message };
    const option = /^options\.(\d+)\.label$/.exec(field);
    return option === null ? { field, message } : { field: `label${option[1]}`, message };
  });
  return { ...problem, errors };
}

async function confirm(c: ConsoleContext, posted: Posted, users: number): Promise<Response> {
  const who = posted.text("who");
  const notes = [
    ...(who === CONDITION ? [t("confirm.condition")] : []),
    ...(posted.flag("blocking") ? [t("confirm.blocking")] : []),
    ...(who === CONDITION || posted.flag("blocking") ? [] : [t("confirm.words")]),
  ];
  const title = who === EVERYBODY
    ? t("confirm", { n: users })
    : who === CONDITION
    ? t("confirm.those")
    : t("confirm.one", { uri: posted.text("uri") });
  return await consolePage(
    c,
    { title: t("title"), here: HERE, crumb: { href: HERE, label: t("title") } },
    <ConfirmSending title={title} values={posted.values()} notes={notes} />,
  );
}

async function one(c: ConsoleContext): Promise<Response> {
  const { api } = c.get("console");
  const id = c.req.param("id")!;
  const after = c.req.query("after") ?? "";
  const { message, recipients } = await api.need<{ message: SystemMessageView; recipients: SystemRecipientView[] }>(
    `/system-messages/${encodeURIComponent(id)}?limit=${RECIPIENTS + 1}&after=${encodeURIComponent(after)}`,
  );
  const shown = recipients.slice(0, RECIPIENTS);
  const here = `${HERE}/${encodeURIComponent(id)}`;
  const last = recipients.length > RECIPIENTS ? shown[RECIPIENTS - 1].uri : null;
  return await consolePage(
    c,
    { title: t("message"), here: HERE, crumb: { href: HERE, label: t("title") } },
    <MessagePage
      message={message}
      recipients={shown}
      first={after === "" ? null : here}
      next={last === null ? null : `${here}?after=${encodeURIComponent(last)}`}
    />,
  );
}

async function withdraw(c: ConsoleContext): Promise<Response> {
  const { api } = c.get("console");
  const id = encodeURIComponent(c.req.param("id")!);
  const answer = await api.delete(`/system-messages/${id}`);
  if (answer.ok) setFlash(c, "ok", t("withdrawn"));
  else setFlash(c, "critical", answer.problem.detail);
  return c.redirect(answer.ok ? `${HERE}/${id}` : HERE, 303);
}
