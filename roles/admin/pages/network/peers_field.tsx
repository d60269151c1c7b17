import { Field, type FormState, Icon, type Posted } from "../../../../web/ui/mod.ts";
import type { SettingRow } from "../../services/mod.ts";
import { SettingField } from "../settings/setting_field.tsx";
import { SHOWN } from "../settings/settings_form.ts";
import { t } from "./texts.ts";

export interface Peer {
  readonly domain: string;
  readonly next_hop: string;
}

const MOST = 1000;
/** How many lines the form has. */
export const PEER_LINES = "_peers";

export function peersOf(value: unknown): Peer[] {
  if (!Array.isArray(value)) return [];
  return value.map((one) => ({ domain: String(one?.domain ?? ""), next_hop: String(one?.next_hop ?? "") }));
}

/** The form's values for these peers, with one line more for the next. */
export function peerValues(peers: readonly Peer[], spare = 1): Record<string, string> {
  const count = Math.min(MOST, peers.length + spare);
  const values: Record<string, string> = { [PEER_LINES]: String(count) };
  peers.forEach(({ domain, next_hop }, at) => {
    values[`_domain ${at}`] = domain;
    values[`_hop ${at}`] = next_hop;
  });
  return values;
}

/** What was typed; lines that are empty are none. */
export function readPeers(posted: Posted): Peer[] {
  const count = Math.min(MOST, posted.number(PEER_LINES) || 0);
  const peers: Peer[] = [];
  for (let at = 0; at < count; at++) {
    const domain = posted.text(`_domain ${at}`), next_hop = posted.text(`_hop ${at}`);
    if (domain !== "" || next_hop !== "") peers.push({ domain, next_hop });
  }
  return peers;
}

/** Peers as lines of two fields. */
export function PeersField({ row, form, acts }: { row: SettingRow; form: FormState; acts: boolean }) {
  if (!acts || row.locked !== "") return <SettingField row={row} form={form} acts={false} plain />;
  const count = Number(form.values[PEER_LINES] ?? 0);
  const error = form.errors.peer ?? "";
  return (
    <div class="stack tight" id="peer">
      <input type="hidden" name={SHOWN} value="peer" />
      <input type="hidden" name={PEER_LINES} value={String(count)} />
      {error !== "" && (
        <p class="error">
          <Icon name="warning" />
          {error}
        </p>
      )}
      {Array.from({ length: count }, (_, at) => (
        <fieldset class="form inline">
          <legend class="unseen">{t("peers.n", { n: at + 1 })}</legend>
          <Field form={form} name={`_domain ${at}`} id={`pd-${at}`} label={t("peers.domain")} autocomplete="off" mono />
          <Field
            form={form}
            name={`_hop ${at}`}
            id={`ph-${at}`}
            label={t("peers.hop")}
            autocomplete="off"
            placeholder="sip:192.0.2.7:5060;transport=tcp"
            mono
          />
        </fieldset>
      ))}
    </div>
  );
}
