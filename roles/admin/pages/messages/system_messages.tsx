import {
  Badge,
  ButtonLink,
  Card,
  type Column,
  EmptyState,
  type FormState,
  Said,
  Table,
  Time,
  useUi,
} from "../../../../web/ui/mod.ts";
import type { SystemCondition, SystemMessageView } from "../../services/mod.ts";
import { ComposeForm } from "./compose_form.tsx";
import { CONDITION, EVERYBODY } from "./message_form.ts";
import { t } from "./texts.ts";

const HERE = "/admin/messages";

/** The form, and what was sent. `users`: how many everybody is. */
export function SystemMessages({ messages, users, form }: {
  messages: readonly SystemMessageView[];
  users: number;
  form: FormState;
}) {
  return (
    <>
      <ComposeForm users={users} form={form} />
      <Card
        title={t("list")}
        id="sent"
        actions={messages.length > 0 && (
          <ButtonLink kind="quiet" small href={HERE} icon="refresh">{t("refresh")}</ButtonLink>
        )}
      >
        {messages.length === 0
          ? <EmptyState icon="message" title={t("none")}>{t("none.words")}</EmptyState>
          : <Sent messages={messages} />}
      </Card>
    </>
  );
}

/** Whom it is for, in words. */
export function Whom({ to, condition }: Pick<SystemMessageView, "to" | "condition">) {
  if (to === EVERYBODY) return <>{t("everybody")}</>;
  if (to !== CONDITION || condition === null) return <bdi>{to}</bdi>;
  return <>{conditionWords(condition)}</>;
}

function conditionWords({ client, profile, first_use }: SystemCondition): string {
  const parts: string[] = [];
  if (client !== undefined) parts.push(t("whom.client", { client }));
  if (profile !== undefined) parts.push(t("condition.profile"));
  if (first_use !== undefined) parts.push(t("condition.first_use"));
  return parts.join(" · ");
}

/** How it stands, where it asks something or waits for people. */
export function StateBadge({ state, blocking }: Pick<SystemMessageView, "state" | "blocking">) {
  if (state === "sent") return null;
  const open = state === "sending" || state === "standing";
  return (
    <>
      <Badge tone={open ? (blocking ? "warning" : "info") : "plain"}>{t(`state.${state}`)}</Badge>
      {open && blocking && <Badge tone="warning">{t("blocks")}</Badge>}
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
      cell: (message) => (
        <>
          <a class="message-text" dir="auto" href={`${HERE}/${message.id}`}>{message.text}</a>
          <span class="sub">
            <Whom {...message} />
          </span>
          <StateBadge {...message} />
        </>
      ),
    },
    {
      label: t("when"),
      cell: ({ at, by, cause }) => (
        <>
          <Time at={at} />
          <span class="sub">{cause === "" ? <bdi>{by}</bdi> : <Said text={t("cause", { cause })} />}</span>
        </>
      ),
    },
    { label: t("recipients"), number: true, cell: ({ recipients }) => number(recipients) },
    { label: t("delivered"), number: true, cell: ({ delivered }) => number(delivered) },
    { label: t("waiting"), number: true, cell: ({ deferred }) => number(deferred) },
    {
      label: t("answered"),
      number: true,
      cell: ({ options, answered }) => options.length === 0 ? "–" : number(answered),
    },
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
