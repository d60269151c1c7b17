import {
  ActionForm,
  Alert,
  Button,
  ButtonLink,
  Confirm,
  Facts,
  Field,
  FileField,
  Form,
  type FormState,
  More,
  Table,
  Textarea,
  Time,
} from "../../../../web/ui/mod.ts";
import type { AuthorityView, CsrView } from "../../services/mod.ts";
import { t } from "./texts.ts";

/** PEM as files or pasted. `answer`: only the certificate, the key is here already. */
export function UploadForm({ form, action }: { form: FormState; action?: string }) {
  return (
    <Form state={form} files action={action} label={t("upload")}>
      <Textarea form={form} name="certificate" label={t("upload.certificate")} rows={5} mono />
      <FileField
        form={form}
        name="certificate_file"
        label={t("upload.file.certificate")}
        accept=".pem,.crt,.cer,.txt"
      />
      <Textarea
        form={form}
        name="key"
        label={t("upload.key")}
        hint={t("upload.key.hint")}
        rows={4}
        mono
      />
      <FileField form={form} name="key_file" label={t("upload.file.key")} accept=".pem,.key,.txt" />
      <div class="actions">
        <Button kind="primary" name="do" value="upload" icon="upload">{t("upload.do")}</Button>
      </div>
    </Form>
  );
}

export function RequestForm({ form, action }: { form: FormState; action?: string }) {
  return (
    <Form state={form} action={action} label={t("request")}>
      <Textarea form={form} name="names" label={t("request.names")} rows={3} mono required />
      <Field form={form} name="organisation" label={t("request.organisation")} autocomplete="off" maxlength={64} />
      <Field
        form={form}
        name="country"
        label={t("request.country")}
        autocomplete="off"
        maxlength={2}
        pattern="[A-Za-z]{2}"
      />
      <div class="actions">
        <Button kind="primary" name="do" value="request">{t("request.do")}</Button>
      </div>
    </Form>
  );
}

/** Requests that wait. `path`: of the page that serves their files. */
export function RequestList({ requests, path, acts }: { requests: readonly CsrView[]; path: string; acts: boolean }) {
  return (
    <Table
      caption={t("request.list")}
      rows={requests}
      columns={[
        {
          label: t("names"),
          head: true,
          cell: ({ names, pem }) => (
            <>
              <bdi dir="ltr">{names.join(", ")}</bdi>
              <More label={t("request.show")}>
                <pre dir="ltr" tabindex={0} aria-label={t("request.what", { names: names.join(", ") })}>{pem}</pre>
              </More>
            </>
          ),
        },
        { label: t("request.made"), cell: ({ created_at }) => <Time at={created_at} /> },
        {
          label: t("request.download"),
          bare: true,
          cell: ({ id, names }) => (
            <div class="actions">
              <ButtonLink
                small
                icon="download"
                href={`${path}/requests/${encodeURIComponent(id)}.csr`}
                label={`${t("request.download")}: ${names.join(", ")}`}
                download
              >
                {t("request.download")}
              </ButtonLink>
              {acts && (
                <Confirm label={t("request.discard")} look={{ kind: "quiet-danger", small: true }}>
                  <p>{t("request.discard.text")}</p>
                  <ActionForm fields={{ id }}>
                    <Button
                      kind="danger-primary"
                      small
                      name="do"
                      value="discard"
                      label={`${t("request.discard")}: ${names.join(", ")}`}
                    >
                      {t("request.discard")}
                    </Button>
                  </ActionForm>
                </Confirm>
              )}
            </div>
          ),
        },
      ]}
    />
  );
}

/** The box's own authority: what it is, what clients get, and what it may issue. */
export function AuthorityPart({ authority, form, path, acts }: {
  authority: AuthorityView | null;
  form: FormState;
  path: string;
  acts: boolean;
}) {
  if (authority === null) return acts ? <AuthorityForm form={form} /> : null;
  return (
    <>
      <Facts
        of={[
          [t("subject"), <bdi dir="ltr">{authority.subject}</bdi>],
          [t("expires"), <Time at={authority.not_after} exact />],
        ]}
      />
      <Facts long of={[[t("fingerprint"), <code dir="ltr" class="break">{authority.fingerprint}</code>]]} />
      <p>
        <ButtonLink href={`${path}/authority.pem`} icon="download" download>{t("authority.download")}</ButtonLink>
      </p>
      {acts && (
        <>
          <IssueForm form={form} />
          <More label={t("authority.again")}>
            <Alert tone="warning">{t("authority.again.text")}</Alert>
            <AuthorityForm form={form} />
          </More>
        </>
      )}
    </>
  );
}

export function AuthorityForm({ form, action }: { form: FormState; action?: string }) {
  return (
    <Form action={action} state={form.errors.name !== undefined ? form : undefined} label={t("authority")}>
      <Field form={form} name="name" label={t("authority.name")} autocomplete="off" maxlength={64} required />
      <Field
        form={form}
        name="authority_days"
        label={t("authority.days")}
        autocomplete="off"
        inputmode="numeric"
        required
      />
      <div class="actions">
        <Button name="do" value="authority">{t("authority.do")}</Button>
      </div>
    </Form>
  );
}

export function IssueForm({ form, action }: { form: FormState; action?: string }) {
  return (
    <Form action={action} label={t("issue")}>
      <Textarea form={form} name="issue_names" label={t("request.names")} rows={3} mono required />
      <Field form={form} name="days" label={t("authority.days")} autocomplete="off" inputmode="numeric" required />
      <div class="actions">
        <Button kind="primary" name="do" value="issue">{t("issue.do")}</Button>
      </div>
    </Form>
  );
}
