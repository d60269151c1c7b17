import {
  Button,
  Card,
  Checkbox,
  CSRF_FIELD,
  Field,
  Form,
  FormEnd,
  type FormState,
  Radios,
  Select,
  Textarea,
} from "../../../../web/ui/mod.ts";
import { SERVICE_LEVELS } from "../../services/mod.ts";
import { ALL_OPTIONS, CONDITION, EVERYBODY, optionRows } from "./message_form.ts";
import { t } from "./texts.ts";

export const MOST = 2000;

/** The form to write one. `users`: how many everybody is. */
export function ComposeForm({ users, form }: { users: number; form: FormState }) {
  const rows = optionRows(form.values);
  return (
    <Card title={t("write")} id="write">
      <Form state={form} label={t("write")}>
        <Radios
          form={form}
          name="who"
          label={t("to")}
          options={[
            { value: "one", label: t("to.one") },
            { value: EVERYBODY, label: t("to.everybody"), hint: t("to.everybody.hint", { n: users }) },
            { value: CONDITION, label: t("to.condition"), hint: t("to.condition.hint") },
          ]}
        />
        <Field
          form={form}
          name="uri"
          label={t("uri")}
          placeholder="sip:alice@example.test"
          autocomplete="off"
          maxlength={300}
          mono
        />
        <fieldset class="field">
          <legend>{t("condition")}</legend>
          <Field
            form={form}
            name="client"
            label={t("condition.client")}
            hint={t("condition.client.hint")}
            autocomplete="off"
            maxlength={200}
            mono
          />
          <div class="choices">
            <Checkbox form={form} name="incomplete" label={t("condition.profile")} />
            <Checkbox form={form} name="first_use" label={t("condition.first_use")} />
          </div>
        </fieldset>
        <Textarea
          form={form}
          name="text"
          label={t("text")}
          hint={
            <>
              {t("text.hint")}{" "}
              <output
                class="counter needs-script"
                data-counts="f-text"
                data-most={String(MOST)}
                data-words={t("text.left", { n: "{n}" })}
              >
              </output>
            </>
          }
          rows={5}
          maxlength={MOST}
          required
        />
        <Checkbox form={form} name="ask_read" label={t("ask_read")} hint={t("ask_read.hint")} />
        <Answers form={form} rows={rows} />
        <FormEnd label={t("send")} icon="message" />
      </Form>
    </Card>
  );
}

function Answers({ form, rows }: { form: FormState; rows: number }) {
  const levels = SERVICE_LEVELS.map((value) => ({ value, label: t(`level.${value}`) }));
  return (
    <fieldset class="field">
      <legend>{t("options")}</legend>
      <p class="hint">{t("options.hint")}</p>
      {rows === ALL_OPTIONS && <input type="hidden" name="rows" value="all" />}
      {Array.from({ length: rows }, (_, i) => (
        <div class="grid tight">
          <Field
            form={form}
            name={`label${i}`}
            label={t("option", { n: i + 1 })}
            autocomplete="off"
            maxlength={100}
            bare
          />
          <Select form={form} name={`grants${i}`} label={t("grants", { n: i + 1 })} options={levels} />
        </div>
      ))}
      {rows < ALL_OPTIONS && (
        <div class="actions">
          <Button kind="quiet" small name="do" value="more" icon="plus">{t("options.more")}</Button>
        </div>
      )}
      <Checkbox form={form} name="blocking" label={t("blocking")} hint={t("blocking.hint")} />
      <div class="grid tight">
        <Field
          form={form}
          name="minutes"
          label={t("minutes")}
          hint={t("minutes.hint")}
          type="number"
          min="0"
          max={43_200}
          step="any"
          autocomplete="off"
        />
        <Select form={form} name="on_timeout" label={t("on_timeout")} options={[...levels].reverse()} />
        <Field
          form={form}
          name="days"
          label={t("days")}
          hint={t("days.hint")}
          type="number"
          min="0"
          step="any"
          autocomplete="off"
        />
      </div>
    </fieldset>
  );
}

/** Asks once more before many hear it, or the service closes. `what`: its title; `values`: the form as it was posted. */
export function ConfirmSending({ title, values, notes }: {
  title: string;
  values: Readonly<Record<string, string>>;
  notes: readonly string[];
}) {
  const kept = Object.entries(values).filter(([name]) => name !== "do" && name !== CSRF_FIELD);
  return (
    <Card title={title} tone="danger">
      <blockquote class="message-text panel" dir="auto">{values.text ?? ""}</blockquote>
      {notes.map((note) => <p>{note}</p>)}
      <Form>
        {kept.map(([name, value]) => <input type="hidden" name={name} value={value} />)}
        <div class="actions">
          <Button kind="primary" icon="message" name="do" value="confirmed">{t("confirm.do")}</Button>
          <Button kind="quiet" name="do" value="back">{t("confirm.back")}</Button>
        </div>
      </Form>
    </Card>
  );
}
