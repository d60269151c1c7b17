import {
  ActionForm,
  Alert,
  Badge,
  Button,
  ButtonLink,
  Card,
  type Column,
  Confirm,
  Copyable,
  EmptyState,
  Facts,
  Field,
  Form,
  FormEnd,
  type FormState,
  Radios,
  Select,
  Table,
  Time,
  useUi,
} from "../../../../web/ui/mod.ts";
import type { TokenView } from "../../../../operations/mod.ts";
import { ROLES } from "../../services/mod.ts";
import { RoleBadge, roleChoices } from "../admins/roles.tsx";
import { t } from "./texts.ts";

export type TokenRow = TokenView & { readonly last_used_at: number };

const DAYS = ["30", "90", "365", "1095", "0"] as const;

/** All tokens, never the tokens themselves, and the form for one more. */
export function TokenList({ tokens, mayWrite, form }: {
  tokens: readonly TokenRow[];
  mayWrite: boolean;
  form: FormState;
}) {
  const columns: Column<TokenRow>[] = [
    {
      label: t("name"),
      head: true,
      cell: ({ name, id }) => (
        <>
          <bdi>{name === "" ? t("unnamed") : name}</bdi>
          <code class="sub" dir="ltr">{id}</code>
        </>
      ),
    },
    { label: t("role"), cell: ({ scope }) => <RoleBadge role={scope} /> },
    { label: t("expires"), cell: ({ expires_at }) => <Expiry at={expires_at} /> },
    {
      label: t("used"),
      cell: ({ last_used_at }) =>
        last_used_at === 0 ? <span class="soft">{t("used.never")}</span> : <Time at={last_used_at} />,
    },
    { label: t("created"), cell: ({ created_at }) => <Time at={created_at} exact /> },
  ];
  if (mayWrite) columns.push({ label: t("revoke"), bare: true, cell: (row) => <Revoke row={row} /> });
  return (
    <>
      {tokens.length === 0
        ? (
          <Card>
            <EmptyState icon="key" title={t("none")}>{t("none.words")}</EmptyState>
          </Card>
        )
        : <Table caption={t("list")} quiet columns={columns} rows={tokens} />}
      {mayWrite ? <AddForm form={form} /> : <p class="hint">{t("look_only")}</p>}
    </>
  );
}

function Expiry({ at }: { at: number }) {
  const { now } = useUi();
  if (at === 0) return <span class="soft">{t("expires.never")}</span>;
  if (at <= now) return <Badge tone="critical" icon="cross">{t("expired")}</Badge>;
  return <Time at={at} exact />;
}

function Revoke({ row: { id, name } }: { row: TokenRow }) {
  const shown = name === "" ? id : name;
  return (
    <Confirm label={t("revoke")} look={{ kind: "quiet-danger", small: true }}>
      <p>{t("revoke.words")}</p>
      <ActionForm fields={{ do: "revoke", id }}>
        <Button kind="danger-primary" small>{t("revoke.what", { name: shown })}</Button>
      </ActionForm>
    </Confirm>
  );
}

function AddForm({ form }: { form: FormState }) {
  return (
    <Card title={t("add")} id="add">
      <Form state={form} label={t("add")}>
        <Field
          form={form}
          name="name"
          label={t("name")}
          hint={t("name.hint")}
          autocomplete="off"
          maxlength={80}
          required
        />
        <Radios form={form} name="role" label={t("role")} options={roleChoices(["metrics", ...[...ROLES].reverse()])} />
        <Select
          form={form}
          name="days"
          label={t("days")}
          options={DAYS.map((value) => ({ value, label: t(`days.${value}`) }))}
        />
        <FormEnd label={t("add")} icon="key" />
      </Form>
    </Card>
  );
}

/** The one page that tells a token. `origin`: how this box was reached: `https://im.example.test:8443`. */
export function TokenShown({ token, row, origin }: { token: string; row: TokenView; origin: string }) {
  const path = row.scope === "metrics" ? "/metrics" : "/api/v1/status";
  return (
    <>
      <Alert tone="warning">{t("shown.words")}</Alert>
      <Card title={t("token")}>
        <Copyable id="token" text={token} what={t("token")} />
        <Facts
          of={[
            [t("name"), <bdi>{row.name}</bdi>],
            [t("role"), <RoleBadge role={row.scope} />],
            [t("expires"), <Expiry at={row.expires_at} />],
          ]}
        />
      </Card>
      <Card title={t("example")}>
        <p>{t("example.words")}</p>
        <Copyable id="example" text={`curl -H "Authorization: Bearer ${token}" ${origin}${path}`} what={t("example")} />
        <p class="hint">{t("example.self_signed")}</p>
        <div class="actions">
          <ButtonLink kind="primary" href="/admin/tokens">{t("done")}</ButtonLink>
          <ButtonLink kind="quiet" href="/admin/api" icon="api">{t("docs")}</ButtonLink>
        </div>
      </Card>
    </>
  );
}
