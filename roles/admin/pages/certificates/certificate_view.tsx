import { Alert, Badge, Facts, Said, type Tone, useUi } from "../../../../web/ui/mod.ts";
import type { CertificateView } from "../../services/mod.ts";
import { t } from "./texts.ts";

const SOON_DAYS = 21, URGENT_DAYS = 7;

/** How near the end is: the same limits as the health list's. */
export function expiryTone(daysLeft: number): Tone {
  return daysLeft <= URGENT_DAYS ? "critical" : daysLeft <= SOON_DAYS ? "warning" : "ok";
}

/** Days that are left in words and colour, and the date. */
export function Expiry({ certificate: { not_after, days_left } }: { certificate: CertificateView }) {
  const { format } = useUi();
  const days = Math.trunc(days_left);
  const tone = expiryTone(days_left);
  const words = days > 0
    ? t("days", { n: days })
    : days_left < 0
    ? t("days.gone", { n: Math.max(1, Math.abs(days)) })
    : t("days.today");
  return (
    <span class="copyable">
      <Badge tone={tone} icon={tone === "ok" ? "check" : tone === "warning" ? "warning" : "critical"}>{words}</Badge>
      <time datetime={new Date(not_after).toISOString()}>{format.date(not_after)}</time>
    </span>
  );
}

/** What a certificate is called in a sentence. */
export function certificateName({ subject, names }: CertificateView): string {
  return names[0] ?? subject;
}

/** All that is to be known of a certificate. */
export function CertificateFacts({ certificate }: { certificate: CertificateView }) {
  const { format } = useUi();
  const { subject, issuer, names, source, not_before, fingerprint, serial, key_type, chain_length, warnings } =
    certificate;
  return (
    <>
      {warnings.map((text) => (
        <Alert tone="warning">
          <Said text={text} />
        </Alert>
      ))}
      <Facts
        of={[
          [t("expires"), <Expiry certificate={certificate} />],
          [t("names"), <bdi dir="ltr">{names.join(", ") || "–"}</bdi>],
          [t("source"), t(`source.${source}`)],
          [t("issuer"), <bdi dir="ltr">{issuer}</bdi>],
          [t("subject"), <bdi dir="ltr">{subject}</bdi>],
          [t("key"), <bdi dir="ltr">{key_type}</bdi>],
          [t("since"), format.date(not_before)],
          [t("chain"), format.number(chain_length)],
          [t("serial"), <code dir="ltr">{serial}</code>],
        ]}
      />
      <Facts long of={[[t("fingerprint"), <code dir="ltr" class="break">{fingerprint}</code>]]} />
    </>
  );
}
