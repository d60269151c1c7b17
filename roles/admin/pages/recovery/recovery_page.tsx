import {
  ActionForm,
  Alert,
  Button,
  ButtonLink,
  Card,
  Confirm,
  EmptyState,
  Facts,
  failedForm,
  Field,
  Form,
  type FormState,
  More,
  newForm,
  PageError,
  setFlash,
  Time,
} from "../../../../web/ui/mod.ts";
import type { BoxStatus, RecoveryView } from "../../services/mod.ts";
import { pageErrorOf } from "../frame/api_client.ts";
import { type ConsoleApp, type ConsoleContext, needs } from "../frame/console.ts";
import { consolePage } from "../frame/page_frame.tsx";
import { confirmSheet, newSheet, RecoverySheet, type Sheet } from "./recovery_sheet.tsx";
import { t } from "./texts.ts";

const HERE = "/admin/recovery";

/** The recovery key: its state, a new sheet, its confirmation. */
export function recoveryPages(app: ConsoleApp): void {
  app.get(HERE, needs("backups.read"), (c) => page(c, newForm(), 200));

  app.post(HERE, needs("backups.write"), async (c) => {
    const posted = c.get("posted");
    const { api } = c.get("console");
    switch (posted.text("do")) {
      case "new": {
        const made = await newSheet(api);
        if (!made.ok) throw pageErrorOf(made.status, made.problem);
        return await sheetPage(c, made.sheet, 200);
      }
      case "confirm": {
        const left = await confirmSheet(api, posted);
        if (left === "stale") return await page(c, { ...newForm(), alert: t("check.wrong") }, 409);
        if (left !== null) return await sheetPage(c, left, 422);
        break;
      }
      case "later": {
        const answer = await api.post("/recovery/confirm", { text: posted.text("text") });
        if (!answer.ok) return await page(c, failedForm(posted, answer.problem), answer.status);
        break;
      }
      default:
        throw new PageError(400, "");
    }
    setFlash(c, "ok", t("checked"));
    return c.redirect(HERE, 303);
  });
}

/** No redirect to it: the key must stand in no address and no cookie. */
async function sheetPage(c: ConsoleContext, sheet: Sheet, status: number): Promise<Response> {
  const { domains } = await c.get("console").api.need<BoxStatus>("/status");
  return await consolePage(
    c,
    { title: t("sheet.title"), lead: t("sheet.lead"), here: HERE, status, crumb: { href: HERE, label: t("title") } },
    <RecoverySheet sheet={sheet} box={domains[0] ?? ""} action={HERE} />,
  );
}

async function page(c: ConsoleContext, form: FormState, status: number): Promise<Response> {
  const { api, may } = c.get("console");
  const recovery = await api.need<RecoveryView>("/recovery");
  const inForce = recovery.id !== "" && recovery.confirmed_at > 0;
  return await consolePage(
    c,
    { title: t("title"), lead: t("lead"), here: HERE, status },
    <Card title={t("state")} id="state">
      {inForce
        ? <InForce recovery={recovery} />
        : <EmptyState icon="recovery" title={t("state.none")}>{t("state.none.text")}</EmptyState>}
      <Making inForce={inForce} may={may("backups.carry")} />
      {may("backups.write") && <Later form={form} />}
      <p>
        <ButtonLink href="/admin/backups" kind="quiet" icon="backup">{t("to-backups")}</ButtonLink>
      </p>
    </Card>,
  );
}

function InForce({ recovery: { id, created_at, confirmed_at } }: { recovery: RecoveryView }) {
  return (
    <>
      <Alert tone="ok" title={t("state.ok")}>{t("state.ok.text")}</Alert>
      <Facts
        of={[
          [t("id"), <code dir="ltr">{id}</code>],
          [t("created"), <Time at={created_at} exact />],
          [t("confirmed"), <Time at={confirmed_at} exact />],
        ]}
      />
    </>
  );
}

function Making({ inForce, may }: { inForce: boolean; may: boolean }) {
  if (!may) return <p class="hint">{t("owner-only")}</p>;
  if (!inForce) {
    return (
      <ActionForm>
        <Button kind="primary" name="do" value="new" icon="key">{t("new")}</Button>
      </ActionForm>
    );
  }
  return (
    <Confirm label={t("new.again")} look={{ kind: "secondary", icon: "key" }}>
      <p>{t("new.again.text")}</p>
      <ActionForm>
        <Button kind="danger-primary" name="do" value="new">{t("new.again")}</Button>
      </ActionForm>
    </Confirm>
  );
}

function Later({ form }: { form: FormState }) {
  const wrong = form.alert !== "" || Object.keys(form.errors).length > 0;
  return (
    <More label={t("later")} open={wrong}>
      <p>{t("later.text")}</p>
      <Form state={form} label={t("later")}>
        <Field form={form} name="text" label={t("later.key")} autocomplete="off" maxlength={200} mono required />
        <div class="actions">
          <Button name="do" value="later">{t("later.do")}</Button>
        </div>
      </Form>
    </More>
  );
}
