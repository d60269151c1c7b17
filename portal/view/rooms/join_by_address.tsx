import { useSignal } from "@preact/signals";
import type { PortalModel } from "../../model/mod.ts";
import { goWith } from "../route.ts";
import { Button, Field } from "../kit/mod.ts";
import { addressTyped } from "../start/address.ts";
import { t } from "./texts.ts";

/** Comes into a room whose address the user was told. */
export function JoinByAddress({ model }: { model: PortalModel }) {
  const typed = useSignal(""), wrong = useSignal("");
  const join = () => {
    const address = addressTyped(typed.value, model.me.domain);
    const conversation = address === "" ? null : model.rooms.join(address);
    if (conversation !== null) goWith(conversation.key);
    else wrong.value = t(address === "" ? "address-wrong" : "join-failed");
  };
  return (
    <>
      <h2>{t("by-address")}</h2>
      <form
        class="one-line"
        onSubmit={(event) => {
          event.preventDefault();
          join();
        }}
      >
        <Field
          label={t("address")}
          hint={t("address-hint")}
          value={typed.value}
          error={wrong.value}
          onInput={(text) => {
            typed.value = text;
            wrong.value = "";
          }}
        />
        <Button type="submit" label={t("join")} />
      </form>
    </>
  );
}
