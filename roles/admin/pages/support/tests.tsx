import { Badge, Button, Card, Field, Form, type FormState, Said, Table, Textarea } from "../../../../web/ui/mod.ts";
import { t } from "./texts.ts";

export interface DnsResult {
  readonly question: string;
  readonly answer: string;
  readonly ok: boolean;
}

export interface DoorResult {
  readonly entry: string;
  /** Null: none. */
  readonly problem: string | null;
}

/** Tests that ask the world outside; results null: not asked yet. */
export function Tests({ may, domain, dns, listen, doors }: {
  may: boolean;
  domain: FormState;
  dns: readonly DnsResult[] | null;
  listen: FormState;
  doors: readonly DoorResult[] | null;
}) {
  if (!may) return <p class="hint">{t("look_only")}</p>;
  return (
    <div class="grid">
      <Card title={t("domain")} id="domain">
        <p>{t("domain.words")}</p>
        <Form state={domain} action="/admin/support#domain" label={t("domain")}>
          <input type="hidden" name="do" value="domain" />
          <Field
            form={domain}
            name="domain"
            label={t("domain.field")}
            autocomplete="off"
            maxlength={253}
            mono
            required
          />
          <div class="actions">
            <Button icon="search">{t("domain.do")}</Button>
          </div>
        </Form>
        {dns !== null && <DnsTable results={dns} />}
      </Card>
      <Card title={t("listen")} id="listen">
        <p>{t("listen.words")}</p>
        <Form state={listen} action="/admin/support#listen" label={t("listen")}>
          <input type="hidden" name="do" value="listen" />
          <Textarea
            form={listen}
            name="entries"
            label={t("listen.field")}
            hint={t("listen.hint")}
            rows={5}
            mono
            required
          />
          <div class="actions">
            <Button icon="network">{t("listen.do")}</Button>
          </div>
        </Form>
        {doors !== null && <DoorTable results={doors} />}
      </Card>
    </div>
  );
}

function DnsTable({ results }: { results: readonly DnsResult[] }) {
  return (
    <Table
      caption={t("results")}
      columns={[
        { label: t("question"), head: true, cell: ({ question }) => <code dir="ltr">{question}</code> },
        { label: t("answer"), cell: ({ answer }) => <Said text={answer} /> },
        {
          label: t("verdict"),
          cell: ({ ok }) =>
            ok
              ? <Badge tone="ok" icon="check">{t("ok")}</Badge>
              : <Badge tone="warning" icon="warning">{t("not_ok")}</Badge>,
        },
      ]}
      rows={results}
    />
  );
}

function DoorTable({ results }: { results: readonly DoorResult[] }) {
  return (
    <Table
      caption={t("results")}
      columns={[
        { label: t("door"), head: true, cell: ({ entry }) => <code dir="ltr">{entry}</code> },
        {
          label: t("verdict"),
          cell: ({ problem }) =>
            problem === null ? <Badge tone="ok" icon="check">{t("free")}</Badge> : (
              <span class="error">
                <Said text={problem} />
              </span>
            ),
        },
      ]}
      rows={results}
    />
  );
}
