import type { Child } from "hono/jsx";
import { ErrorBody, errorTitle, Page, type PageError } from "../../web/ui/mod.ts";

/** The frame of the public pages: alone, with nothing of the console in it and no word about the version. */
export function PublicFrame(
  { title, lead, home = "/account", narrow, children }: {
    title: string;
    lead?: Child;
    home?: string;
    narrow?: boolean;
    children?: Child;
  },
) {
  return (
    <Page title={title} lead={lead} home={home} version="" roomy={!narrow}>
      {children}
    </Page>
  );
}

export function PublicErrorPage({ error, back }: { error: PageError; back: string }) {
  return (
    <PublicFrame title={errorTitle(error)}>
      <ErrorBody error={error} back={back} />
    </PublicFrame>
  );
}

/** Whose password a form is about: for password managers, which else keep it under no name. */
export function PasswordOf({ uri }: { uri: string }) {
  return (
    <input
      class="hidden"
      type="text"
      name="username"
      autocomplete="username"
      value={uri}
      readonly
      tabindex={-1}
    />
  );
}
