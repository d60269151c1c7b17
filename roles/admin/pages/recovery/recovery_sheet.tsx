import {
  Button,
  Card,
  Facts,
  Field,
  Form,
  type FormState,
  newForm,
  PrintButton,
  Qr,
  useUi,
} from "../../../../web/ui/mod.ts";
import { ASKED, askedOf, chooseGroups, groupField, groupsOf, SHEET, wrongGroups } from "./asked_groups.ts";
import type { Posted } from "../../../../web/ui/mod.ts";
import type { ApiClient } from "../frame/api_client.ts";
import { t } from "./texts.ts";

/** A key that is shown once, and which of its groups are asked back. */
export interface Sheet {
  readonly id: string;
  readonly text: string;
  readonly asked: readonly number[];
  readonly form: FormState;
}

/** Makes a new key. Gives its sheet, or REST's refusal. */
export async function newSheet(api: ApiClient) {
  const answer = await api.post<{ id: string; text: string }>("/recovery");
  if (!answer.ok) return answer;
  const { id, text } = answer.data;
  const random = () => crypto.getRandomValues(new Uint32Array(1))[0] / 2 ** 32;
  const sheet: Sheet = { id, text, asked: chooseGroups(text, random), form: newForm() };
  return { ok: true as const, sheet };
}

/** Checks what was typed from a sheet, and puts the key in force. Null: it is. Else the sheet again, with what is wrong. */
export async function confirmSheet(api: ApiClient, posted: Posted): Promise<Sheet | null | "stale"> {
  const carried = askedOf(posted);
  if (carried === null) return "stale";
  const { text, asked } = carried;
  const id = /^[0-9a-f]{1,16}$/.test(posted.text("id")) ? posted.text("id") : "";
  const wrong = wrongGroups(posted, text, asked);
  if (wrong.length === 0) {
    const answer = await api.post("/recovery/confirm", { text });
    // The key of this form is not the one that waits any more: another sheet was made meanwhile.
    return answer.ok ? null : "stale";
  }
  const values = Object.fromEntries(asked.map((n) => [groupField(n), posted.text(groupField(n))]));
  const errors = Object.fromEntries(wrong.map((n) => [groupField(n), t("group.wrong")]));
  return { id, text, asked, form: { values, errors, alert: t("check.wrong") } };
}

/** The sheet: to be printed, and to be typed back. `box`: its domain. */
export function RecoverySheet({ sheet: { id, text, asked, form }, box, action }: {
  sheet: Sheet;
  box: string;
  action?: string;
}) {
  const { format, now } = useUi();
  return (
    <>
      <section class="recovery-sheet" aria-labelledby="sheet-title">
        <h2 id="sheet-title">{t("sheet")}</h2>
        <div class="recovery-sheet-body">
          <ol class="key-groups" dir="ltr">
            {groupsOf(text).map((group, at) => (
              <li>
                <span aria-hidden="true">{at + 1}</span>
                {group}
              </li>
            ))}
          </ol>
          <Qr text={text} label={t("qr")} />
        </div>
        <Facts
          of={[
            [t("id"), <code dir="ltr">{id}</code>],
            [t("sheet.box"), <bdi>{box}</bdi>],
            [t("created"), format.dateTime(now)],
          ]}
        />
        <p>{t("sheet.what")}</p>
        <p>{t("sheet.how")}</p>
        <p class="strong">{t("sheet.keep")}</p>
      </section>
      <div class="actions no-print">
        <PrintButton>{t("print")}</PrintButton>
        <span class="without-script hint">{t("print.without")}</span>
      </div>
      <Card title={t("check")} id="check">
        <p>{t("check.text")}</p>
        <Form state={form} action={action} label={t("check")}>
          <input type="hidden" name={SHEET} value={text} />
          <input type="hidden" name={ASKED} value={asked.join()} />
          <input type="hidden" name="id" value={id} />
          <div class="asked-groups">
            {asked.map((n) => (
              <Field
                form={form}
                name={groupField(n)}
                label={t("group", { n })}
                autocomplete="off"
                maxlength={12}
                mono
                required
              />
            ))}
          </div>
          <div class="actions">
            <Button kind="primary" name="do" value="confirm" icon="check">{t("check.do")}</Button>
          </div>
        </Form>
      </Card>
    </>
  );
}
