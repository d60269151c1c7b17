import type { Child } from "hono/jsx";
import type { PageError } from "../security/page_security.ts";
import { t } from "../texts/kit.ts";
import { Alert } from "./alert.tsx";
import { ButtonLink } from "./button.tsx";
import { Said } from "./pieces.tsx";

/** Title of the page for an error. */
export function errorTitle(error: PageError): string {
  return t(`error.${error.status}`);
}

/** What stands on the page for an error: in words of ours where we have them. */
export function ErrorBody({ error, back }: { error: PageError; back: string }) {
  return (
    <>
      <Alert tone={error.status >= 500 ? "critical" : "warning"}>{wordsOf(error)}</Alert>
      <p>
        <ButtonLink href={back} icon="arrow">{t("error.back")}</ButtonLink>
      </p>
    </>
  );
}

function wordsOf({ status, message }: PageError): Child {
  if (message === "cross-site" || message === "form-expired" || message === "role") return t(`error.403.${message}`);
  if (status === 404 && message === "") return t("error.404.detail");
  if (status === 413) return t("error.413.detail");
  // What failed inside is for the log.
  if (status === 500) return t("error.500.detail");
  return <Said text={message} />;
}
