import { useSignal } from "@preact/signals";
import type { PeopleModel } from "../../model/mod.ts";
import { language } from "../../texts/kit.ts";
import { Switch } from "../doing/switch.tsx";
import { useDoing } from "../doing/use_doing.ts";
import { Button, Empty, Notice, ProblemNotice } from "../kit/mod.ts";
import { ShareLocationDialog } from "./share_location_dialog.tsx";
import { t } from "./texts.ts";

/** What is told of where we are, and to whom (LOC-1, LOC-2). */
export function OwnLocation({ people }: { people: PeopleModel }) {
  const sharing = useSignal(false);
  const came = useSignal<"" | "shared" | "stopped">("");
  const doing = useDoing();
  const { compare } = new Intl.Collator(language.value.intl, { sensitivity: "base", numeric: true });
  const contacts = people.contacts.value.filter(({ blocked }) => !blocked).sort((a, b) => compare(a.name, b.name));
  return (
    <>
      <p class="hint">{t("location-text")}</p>
      <div class="bar">
        <Button icon="place" label={t("share")} onPress={() => void (sharing.value = true)} />
        <Button
          label={t("share-stop")}
          busy={doing.busy.value}
          onPress={() => doing.run(() => people.shareLocation(null), () => void (came.value = "stopped"))}
        />
      </div>
      <ProblemNotice problem={doing.problem.value} onRetry={doing.again} />
      {came.value !== "" && (
        <Notice tone="ok" live>{t(came.value === "shared" ? "share-done" : "share-stopped")}</Notice>
      )}
      <h2>{t("who-may")}</h2>
      {contacts.length === 0 ? <Empty title={t("who-none")} icon="place" /> : (
        <ul class="list">
          {contacts.map(({ uri, name }) => (
            <li key={uri}>
              <Switch label={name} on={people.mayLocate(uri)} change={(on) => people.letLocate(uri, on)} />
            </li>
          ))}
        </ul>
      )}
      {sharing.value && (
        <ShareLocationDialog
          onShare={(location) => people.shareLocation(location)}
          onDone={() => void (came.value = "shared")}
          onClose={() => void (sharing.value = false)}
        />
      )}
    </>
  );
}
