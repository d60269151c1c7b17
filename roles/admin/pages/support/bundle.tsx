import { ActionForm, buttonClass, Card, Icon, Said, useUi } from "../../../../web/ui/mod.ts";
import type { BundleEntry } from "../../services/mod.ts";
import { t } from "./texts.ts";

/** Every file of the bundle, to be read before it is taken. */
export function Bundle({ entries }: { entries: readonly BundleEntry[] }) {
  const { format } = useUi();
  const octets = entries.reduce((sum, entry) => sum + entry.octets, 0);
  return (
    <Card title={t("inside")} id="inside">
      <p>{t("inside.words")}</p>
      <div class="actions">
        <ActionForm fields={{ do: "bundle" }}>
          <button type="submit" class={buttonClass({ kind: "primary" })} data-stays="">
            <Icon name="download" />
            {t("take")}
          </button>
        </ActionForm>
        <span class="soft">{t("files", { n: entries.length, size: format.octets(octets) })}</span>
      </div>
      <p class="hint">{t("fresh")}</p>
      <div>
        {entries.map(({ name, what, octets, text }) => (
          <details class="bundle-file">
            <summary>
              <code class="strong">{name}</code>
              <span class="soft">
                <Said text={what} />
              </span>
              <span class="hint">{format.octets(octets)}</span>
            </summary>
            <pre dir="ltr" tabindex={0} role="region" aria-label={t("file.of", { name })}>{text}</pre>
          </details>
        ))}
      </div>
    </Card>
  );
}
