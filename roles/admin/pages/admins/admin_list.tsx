import {
  Badge,
  ButtonLink,
  Card,
  type Column,
  Field,
  Form,
  FormEnd,
  type FormState,
  PasswordField,
  Radios,
  Table,
  Time,
} from "../../../../web/ui/mod.ts";
import type { AdminView } from "../../services/mod.ts";
import { segment } from "../frame/api_client.ts";
import { RoleBadge, roleChoices } from "./roles.tsx";
import { t } from "./texts.ts";

/** All admins, and the form for one more. */
export function AdminList({ admins, viewer, mayWrite, form }: {
  admins: readonly AdminView[];
  /** Log-in name of who looks. */
  viewer: string;
  mayWrite: boolean;
  form: FormState;
}) {
  const columns: Column<AdminView>[] = [
    {
      label: t("name"),
      head: true,
      cell: ({ name, display_name }) => (
        <>
          <a href={`/admin/admins/${segment(name)}`}>{name}</a> {name === viewer && <Badge tone="ok">{t("you")}</Badge>}
          {display_name !== "" && <span class="sub" dir="auto">{display_name}</span>}
        </>
      ),
    },
    {
      label: t("role"),
      cell: ({ role }) => (
        <>
          <RoleBadge role={role} />
          <span class="sub">{t(`words.${role}`)}</span>
        </>
      ),
    },
    {
      label: t("totp"),
      cell: ({ totp }) =>
        totp
          ? <Badge tone="ok" icon="check">{t("totp.on")}</Badge>
          : <Badge tone="warning" icon="warning">{t("totp.off")}</Badge>,
    },
    { label: t("last_login"), cell: ({ last_login_at }) => <Time at={last_login_at} /> },
  ];
  if (mayWrite) {
    columns.push({
      label: t("change"),
      bare: true,
      cell: ({ name }) => (
        <ButtonLink kind="quiet" small href={`/admin/admins/${segment(name)}`} label={t("change.what", { name })}>
          {t("change")}
        </ButtonLink>
      ),
    });
  }
  return (
    <>
      <Table caption={t("list")} quiet columns={columns} rows={admins} />
      {mayWrite ? <AddForm form={form} /> : <p class="hint">{t("look_only")}</p>}
    </>
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
          maxlength={32}
          mono
          required
        />
        <Field form={form} name="display_name" label={t("display_name")} autocomplete="off" maxlength={128} />
        <Radios form={form} name="role" label={t("role")} options={roleChoices()} />
        <PasswordField
          form={form}
          name="password"
          label={t("password.first")}
          hint={t("password.first.hint")}
          autocomplete="new-password"
          maxlength={256}
        />
        <FormEnd label={t("add")} icon="plus" />
      </Form>
    </Card>
  );
}
