import {
  Badge,
  Button,
  Card,
  type Column,
  Facts,
  Form,
  Pager,
  Table,
  Time,
  type Tone,
  useUi,
} from "../../../../web/ui/mod.ts";
import type { SystemMessageView, SystemRecipientView } from "../../services/mod.ts";
import { StateBadge, Whom } from "./system_messages.tsx";
import { t } from "./texts.ts";

/** One message: what was said, how far it is, and who has answered what. `first`, `next`: links; null for none. */
export function MessagePage({ message, recipients, first, next }: {
  message: SystemMessageView;
  recipients: readonly SystemRecipientView[];
  first: string | null;
  next: string | null;
}) {
  const { state, options } = message;
  return (
    <>
      <Card title={t("what")} id="message">
        <blockquote class="message-text panel" dir="auto">{message.text}</blockquote>
        <MessageFacts message={message} />
      </Card>
      {options.length > 0 && <Progress message={message} />}
      <Card title={t("recipients")} id="recipients">
        {recipients.length === 0 && first === null ? <p>{t("recipients.counted")}</p> : (
          <>
            <Table caption={t("recipients")} quiet columns={columnsOf(message)} rows={recipients} />
            <Pager total={message.recipients} first={first} next={next} />
          </>
        )}
      </Card>
      {(state === "standing" || state === "sending" || (state === "over" && options.length > 0)) && (
        <Card title={t("withdraw")} id="withdraw" tone="danger">
          <p>{t("withdraw.words")}</p>
          <Form class="form bare">
            <Button kind="danger" name="do" value="withdraw">{t("withdraw")}</Button>
          </Form>
        </Card>
      )}
    </>
  );
}

function MessageFacts({ message }: { message: SystemMessageView }) {
  const { format } = useUi();
  const {
    by,
    at,
    recipients,
    delivered,
    deferred,
    failed,
    ask_read,
    read,
    answer_within,
    on_timeout,
    expires_at,
    state,
  } = message;
  const number = (n: number) => format.number(n);
  return (
    <Facts
      of={[
        [t("to"), <Whom {...message} />],
        state === "sent" ? null : [t("state"), <StateBadge {...message} />],
        [t("by"), <bdi>{by}</bdi>],
        [t("when"), <Time at={at} />],
        [t("recipients"), number(recipients)],
        [t("delivered"), number(delivered)],
        [t("waiting"), number(deferred)],
        ask_read || read > 0 ? [t("read"), number(read)] : null,
        failed === 0 ? null : [t("failed"), number(failed)],
        answer_within === null
          ? null
          : [t("minutes"), `${number(answer_within / 60)} (${t("on_timeout")}: ${t(`level.${on_timeout}`)})`],
        expires_at === null ? null : [t("days.until"), <Time at={expires_at} />],
      ]}
    />
  );
}

function Progress({ message }: { message: SystemMessageView }) {
  const { format } = useUi();
  const { options, answered, open, timed_out } = message;
  const columns: Column<SystemMessageView["options"][number]>[] = [
    { label: t("answer"), head: true, cell: ({ label }) => <bdi>{label}</bdi> },
    { label: t("grants.short"), cell: ({ grants }) => t(`level.${grants}`) },
    { label: t("answered"), number: true, cell: ({ answered }) => format.number(answered) },
    { label: t("share"), number: true, cell: (one) => answered === 0 ? "–" : format.percent(one.answered / answered) },
  ];
  return (
    <Card title={t("answers")} id="answers">
      <Table caption={t("answers")} quiet columns={columns} rows={options} />
      <Facts
        of={[
          [t("answered"), format.number(answered)],
          [t("unanswered"), format.number(open)],
          [t("timed_out"), format.number(timed_out)],
        ]}
      />
    </Card>
  );
}

const TONES: Readonly<Record<SystemRecipientView["state"], Tone>> = {
  waiting: "plain",
  delivered: "info",
  answered: "ok",
  "timed-out": "warning",
  failed: "critical",
};

function columnsOf({ options }: SystemMessageView): Column<SystemRecipientView>[] {
  const labels = new Map(options.map(({ id, label }) => [id, label]));
  return [
    { label: t("uri.short"), head: true, cell: ({ uri }) => <bdi>{uri}</bdi> },
    { label: t("state"), cell: ({ state }) => <Badge tone={TONES[state]}>{t(`recipient.${state}`)}</Badge> },
    { label: t("delivered"), cell: ({ delivered_at }) => delivered_at === null ? "–" : <Time at={delivered_at} /> },
    { label: t("read"), cell: ({ read_at }) => read_at === null ? "–" : <Time at={read_at} /> },
    { label: t("answered"), cell: ({ answered_at }) => answered_at === null ? "–" : <Time at={answered_at} /> },
    { label: t("answer"), cell: ({ option }) => option === null ? "–" : <bdi>{labels.get(option) ?? option}</bdi> },
  ];
}
