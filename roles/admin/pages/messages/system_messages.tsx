import {
  Badge,
  Button,
  ButtonLink,
  Card,
  type Column,
  EmptyState,
  Field,
  Form,
  FormEnd,
  type FormState,
  Radios,
  Said,
  Table,
  Textarea,
  Time,
  useUi,
} from "../../../../web/ui/mod.ts";
import type { SystemMessageView } from "../../services/mod.ts";
import { t } from "./texts.ts";

const MOST = 2000;

/** The form, and what was sent. `users`: how many everybody is. */
export function SystemMessages({ messages, users, form }: {
  messages: readonly SystemMessageView[];
  users: number;
  form: FormState;
}) {
  return (
    <>
      <Card title={t("write")} id="write">
        <Form state={form} label={t("write")}>
          <Radios
            form={form}
            name="who"
            label={t("to")}
            options={[
              { value: "one", label: t("to.one") },
              { value: "everybody", label: t("to.everybody"), hint: t("to.everybody.hint", { n: users }) },
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
          <FormEnd label={t("send")} icon="message" />
        </Form>
      </Card>
      <Card
        title={t("list")}
        id="sent"
        actions={messages.length > 0 && (
          <ButtonLink kind="quiet" small href="/admin/messages" icon="refresh">{t("refresh")}</ButtonLink>
        )}
      >
        {messages.length === 0
          ? <EmptyState icon="message" title={t("none")}>{t("none.words")}</EmptyState>
          : <Sent messages={messages} />}
      </Card>
    </>
  );
}

function Sent({ messages }: { messages: readonly SystemMessageView[] }) {
  const { format } = useUi();
  const number = (n: number) => format.number(n);
  const columns: Column<SystemMessageView>[] = [
    {
      label: t("what"),
      head: true,
      cell: ({ text, to }) => (
        <>
          <span class="message-text" dir="auto">{text}</span>
          <span class="sub">{to === "everybody" ? t("everybody") : <bdi>{to}</bdi>}</span>
        </>
      ),
    },
    { label: t("when"), cell: ({ at }) => <Time at={at} /> },
    {
      label: t("by"),
      cell: ({ by, cause }) => cause === "" ? <bdi>{by}</bdi> : <Said text={t("cause", { cause })} />,
    },
    { label: t("recipients"), number: true, cell: ({ recipients }) => number(recipients) },
    { label: t("delivered"), number: true, cell: ({ delivered }) => number(delivered) },
    { label: t("waiting"), number: true, cell: ({ deferred }) => number(deferred) },
    {
      label: t("failed"),
      number: true,
      cell: ({ failed, recipients, delivered, deferred }) => {
        const open = recipients - delivered - deferred - failed;
        return (
          <>
            {failed > 0 ? <Badge tone="critical" icon="critical">{number(failed)}</Badge> : number(failed)}
            {open > 0 && <span class="sub">{`${t("open")}: ${number(open)}`}</span>}
          </>
        );
      },
    },
  ];
  return <Table caption={t("list")} quiet columns={columns} rows={messages} />;
}

/** Asks once more before everybody hears it. */
export function SendToAll({ users, text }: { users: number; text: string }) {
  return (
    <Card title={t("confirm", { n: users })} tone="danger">
      <blockquote class="message-text panel" dir="auto">{text}</blockquote>
      <p>{t("confirm.words")}</p>
      <Form>
        <input type="hidden" name="who" value="everybody" />
        <input type="hidden" name="uri" value="" />
        <input type="hidden" name="text" value={text} />
        <div class="actions">
          <Button kind="primary" icon="message" name="do" value="confirmed">{t("confirm.do", { n: users })}</Button>
          <Button kind="quiet" name="do" value="back">{t("confirm.back")}</Button>
        </div>
      </Form>
    </Card>
  );
}
