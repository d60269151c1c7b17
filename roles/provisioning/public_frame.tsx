import type { Child } from "hono/jsx";
import { ErrorBody, errorTitle, Page, type PageError } from "../../web/ui/mod.ts";

/** The frame of the public pages: alone, with nothing of the console in it and no word about the version. */
export function PublicFrame(
  { title, lead, banners, children }: { title: string; lead?: Child; banners?: Child; children?: Child },
) {
  return (
    <Page title={title} lead={lead} banners={banners} home="/account" version="" roomy>
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
