import { useSignal } from "@preact/signals";
import type { PeopleModel, PortalModel } from "../../model/mod.ts";
import { useDoing } from "../doing/use_doing.ts";
import { Avatar, Button, Empty, Field, ProblemNotice } from "../kit/mod.ts";
import { addressShown, addressTyped } from "../start/address.ts";
import { t } from "./texts.ts";

/** The list of restricted users (GM-13): who may not write to us. */
export function BlockedPeople({ model: { people, me } }: { model: PortalModel }) {
  const typed = useSignal("");
  const wrong = useSignal(false);
  const doing = useDoing();
  const blocked = people.blocked.value;
  const block = () => {
    const address = addressTyped(typed.value, me.domain);
    wrong.value = address === "";
    if (address !== "") doing.run(() => people.block(address), () => void (typed.value = ""));
  };
  return (
    <>
      <p class="hint">{t("blocked-text")}</p>
      <form
        class="one-line"
        onSubmit={(event) => {
          event.preventDefault();
          block();
        }}
      >
        <Field
          label={t("block-label")}
          value={typed.value}
          error={wrong.value ? t("block-wrong") : ""}
          onInput={(text) => void (typed.value = text)}
        />
        <Button type="submit" icon="block" label={t("block")} busy={doing.busy.value} />
      </form>
      <ProblemNotice problem={doing.problem.value} onRetry={doing.again} />
      {blocked.length === 0 ? <Empty title={t("blocked-none")} icon="block" /> : (
        <ul class="list">
          {blocked.map(({ uri, name }) => <BlockedRow key={uri} people={people} uri={uri} name={name} />)}
        </ul>
      )}
    </>
  );
}

function BlockedRow({ people, uri, name }: { people: PeopleModel; uri: string; name: string }) {
  const doing = useDoing();
  return (
    <li class="contact">
      <Avatar name={name} uri={uri} />
      <p class="contact-main">
        <bdi class="contact-name">{name}</bdi> <bdi class="contact-address">{addressShown(uri)}</bdi>
      </p>
      <Button
        label={t("unblock")}
        busy={doing.busy.value}
        onPress={() => doing.run(() => people.unblock(uri))}
        more={{ "aria-label": t("unblock-name", { name }) }}
      />
      {doing.problem.value !== null && (
        <div class="contact-extra">
          <ProblemNotice problem={doing.problem.value} onRetry={doing.again} />
        </div>
      )}
    </li>
  );
}
