import type { AuditCheck, AuditView } from "../../../../operations/mod.ts";
import {
  Alert,
  Button,
  ButtonLink,
  Card,
  type Column,
  Copyable,
  EmptyState,
  Field,
  type FormState,
  Said,
  SearchForm,
  Select,
  Table,
  Time,
  useUi,
} from "../../../../web/ui/mod.ts";
import { eventName, KNOWN_EVENTS } from "./event_names.ts";
import { readFacts } from "./facts.ts";
import { t } from "./texts.ts";

const HERE = "/admin/audit";

/** What is asked for; `before` 0: from the newest. */
export interface AuditQuery {
  readonly event: string;
  readonly actor: string;
  readonly before: number;
}

/** The audit log, a page of it. `check`: what verifying the chain gave; null where nobody asked. */
export function AuditLogView({ entries, next, query, check, form }: {
  entries: readonly AuditView[];
  next: number;
  query: AuditQuery;
  check: AuditCheck | null;
  form: FormState;
}) {
  const filtered = query.event !== "" || query.actor !== "";
  return (
    <>
      <Card>
        <Filter query={query} form={form} filtered={filtered} />
        <div class="actions">
          <ButtonLink href={linkTo({ ...query, verify: "yes" })} icon="policy">{t("verify")}</ButtonLink>
          <ButtonLink kind="quiet" href="/api/v1/audit/export" icon="download" download>{t("export")}</ButtonLink>
        </div>
        {check !== null && <Verdict check={check} />}
      </Card>
      {entries.length === 0
        ? (
          <Card>
            <EmptyState icon="audit" title={t("none")}>{t("none.words")}</EmptyState>
          </Card>
        )
        : <Entries entries={entries} />}
      <div class="pager">
        <span></span>
        <nav class="actions" aria-label={t("title")}>
          {query.before > 0 && <ButtonLink small href={linkTo({ ...query, before: 0 })}>{t("newer")}</ButtonLink>}
          {next > 0 && <ButtonLink small href={linkTo({ ...query, before: next })}>{t("older")}</ButtonLink>}
        </nav>
      </div>
    </>
  );
}

function linkTo(query: AuditQuery & { readonly verify?: string }): string {
  const given = Object.entries(query).filter(([, value]) => value !== "" && value !== 0).map(([name, value]) => [
    name,
    String(value),
  ]);
  return given.length === 0 ? HERE : `${HERE}?${new URLSearchParams(given)}`;
}

function Filter({ query, form, filtered }: { query: AuditQuery; form: FormState; filtered: boolean }) {
  const known = KNOWN_EVENTS.includes(query.event) || query.event === ""
    ? KNOWN_EVENTS
    : [query.event, ...KNOWN_EVENTS];
  return (
    <SearchForm action={HERE} label={t("filter")}>
      <Select
        form={form}
        name="event"
        label={t("event")}
        options={[
          { value: "", label: t("event.any") },
          ...known.map((event) => ({ value: event, label: eventName(event) })),
        ]}
      />
      <Field
        form={form}
        name="actor"
        label={t("actor")}
        placeholder={t("actor.hint")}
        autocomplete="off"
        maxlength={300}
        mono
      />
      <Button icon="search">{t("filter.do")}</Button>
      {filtered && <ButtonLink kind="quiet" href={HERE}>{t("all")}</ButtonLink>}
    </SearchForm>
  );
}

function Verdict({ check }: { check: AuditCheck }) {
  if (!check.ok) {
    return (
      <Alert tone="critical" title={t("verify.bad", { id: check.at })}>
        {t("verify.bad.words", { reason: check.reason })}
      </Alert>
    );
  }
  const { entries, first, last, head } = check;
  return (
    <Alert tone="ok" title={t("verify.ok")}>
      {entries === 0 ? t("verify.empty") : (
        <>
          <p>{t("verify.ok.words", { n: entries, first, last })}</p>
          <p class="hint">{t("verify.head")}</p>
          <Copyable id="chain-head" text={head} what={t("chain")} />
        </>
      )}
    </Alert>
  );
}

function Entries({ entries }: { entries: readonly AuditView[] }) {
  const columns: Column<AuditView>[] = [
    {
      label: t("what"),
      head: true,
      cell: ({ event, id }) => (
        <>
          {eventName(event)}
          <span class="sub">
            <code>{event}</code> · <span title={t("entry", { id })}>{`#${id}`}</span>
          </span>
        </>
      ),
    },
    { label: t("actor"), cell: ({ actor }) => <a href={linkTo({ event: "", actor, before: 0 })} dir="ltr">{actor}</a> },
    {
      label: t("when"),
      cell: ({ at }) => (
        <span class="nowrap">
          <Time at={at} exact />
        </span>
      ),
    },
    { label: t("facts"), cell: (entry) => <FactList entry={entry} /> },
  ];
  return <Table caption={t("list")} quiet columns={columns} rows={entries} />;
}

function FactList({ entry: { event, facts } }: { entry: AuditView }) {
  const { format } = useUi();
  const read = readFacts(event, facts, (at) => format.dateTime(at));
  if (read.length === 0) return <span class="soft">–</span>;
  return (
    <dl class="fact-list" dir="ltr">
      {read.map(({ name, before, value }) => (
        <div>
          <dt>
            <Said text={name} />
          </dt>
          <dd>
            {before !== null && (
              <>
                <del>{before}</del> <span aria-hidden="true">→</span>
                {" "}
              </>
            )}
            {before === null ? value : <ins>{value}</ins>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
