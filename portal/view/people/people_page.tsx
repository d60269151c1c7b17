import { useSignal } from "@preact/signals";
import type { PortalModel } from "../../model/mod.ts";
import { useKeptFocus } from "../doing/use_kept_focus.ts";
import { Button, Notice, Spinner, TabList, TabPanel } from "../kit/mod.ts";
import { kitText } from "../kit/mod.ts";
import { AddDialog } from "./add_dialog.tsx";
import { BlockedPeople } from "./blocked_people.tsx";
import { ContactLists } from "./contact_lists.tsx";
import { OwnLocation } from "./own_location.tsx";
import { OwnStatus } from "./own_status.tsx";
import { Requests } from "./requests.tsx";
import { t } from "./texts.ts";

type Part = "contacts" | "blocked" | "location";

/** Everybody the user knows: contacts in their lists, who asks to be one, who is blocked, and who may know where the user is. */
export function PeoplePage({ model }: { model: PortalModel }) {
  const kept = useKeptFocus<HTMLDivElement>();
  const { people } = model;
  const part = useSignal<Part>("contacts");
  /** What the dialog begins with; null: it is closed. */
  const adding = useSignal<string | null>(null);
  return (
    <div class="page people-page" ref={kept}>
      <header class="page-head">
        <h1>{t("people")}</h1>
        <Button look="primary" icon="user-plus" label={t("add")} onPress={() => void (adding.value = "")} />
      </header>
      <OwnStatus people={people} />
      {people.state.value === "loading" && <Spinner label={kitText("loading")} />}
      {people.state.value === "failed" && <Notice tone="warn">{t("failed")}</Notice>}
      {people.presenceState.value === "failed" && <Notice tone="warn">{t("presence-failed")}</Notice>}
      <Requests people={people} />
      <TabList
        label={t("people")}
        current={part.value}
        onPick={(id) => void (part.value = id)}
        tabs={[
          { id: "contacts", label: t("contacts"), count: people.contacts.value.length },
          { id: "blocked", label: t("blocked"), count: people.blocked.value.length },
          { id: "location", label: t("location") },
        ]}
      />
      <TabPanel id={part.value}>
        {part.value === "contacts" && (
          <ContactLists
            people={people}
            onSearch={(words) => void (adding.value = words)}
          />
        )}
        {part.value === "blocked" && <BlockedPeople model={model} />}
        {part.value === "location" && <OwnLocation people={people} />}
      </TabPanel>
      {adding.value !== null && (
        <AddDialog
          model={model}
          words={adding.value}
          onClose={() => void (adding.value = null)}
        />
      )}
    </div>
  );
}
