/** Coming into the service and leaving it (REG-2), over real sockets and a real store. */
import { equal, match } from "node:assert/strict";
import { ProvisioningBox } from "../support/provisioning_box.ts";
import { header, SipClient, statusOf } from "../support/sip_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const client = (box: ProvisioningBox, user: string) => SipClient.open({ user, domain: box.domain, port: box.port });

Deno.test(
  "implicit: the first registration confirms the service, and from then on it is there [REG-2]",
  options,
  async () => {
    await using box = await ProvisioningBox.open({ open: true, confirm: "implicit", approval: false });
    await box.addUsers("active", "bob");
    await box.addUsers("unsubscribed", "alice");
    const [alice, bob] = [await client(box, "alice"), await client(box, "bob")];
    try {
      equal(statusOf(await bob.register()), 200);
      equal(statusOf(await bob.message(alice.aor, "too early")), 480, "she is not in the service yet");
      equal(statusOf(await alice.register()), 200);
      equal(box.storage.subscribers.get(alice.aor)!.state, "active");
      equal(statusOf(await bob.message(alice.aor, "welcome")), 200);
      equal((await alice.messages(1)).join(), "welcome");
      equal(statusOf(await alice.message(bob.aor, "thanks")), 200);
      const [entry] = await box.storage.auditLog.list({ limit: 1, event: "user.subscribed" });
      equal(entry.actor, `user:${alice.aor}`);
    } finally {
      alice.close();
      bob.close();
    }
  },
);

Deno.test(
  "explicit: nobody registers before confirming on the page that the refusal names [REG-2]",
  options,
  async () => {
    await using box = await ProvisioningBox.open({ open: true, confirm: "explicit", approval: false });
    await box.addUsers("active", "bob");
    await box.addUsers("unsubscribed", "alice");
    const [alice, bob] = [await client(box, "alice"), await client(box, "bob")];
    try {
      const refused = await alice.register();
      equal(statusOf(refused), 403);
      match(refused.start, /Confirm the service/);
      match(header(refused, "warning"), new RegExp(`^399 example\\.test ".*${box.url}/account"$`));
      equal(box.storage.subscribers.get(alice.aor)!.state, "unsubscribed");
      const { link } = await box.provisioning.service.invite({ uri: alice.aor, days: 1, max_uses: 1 }, "admin:root");
      match(await (await fetch(link)).text(), /action="[^"]*\/confirm"/);
      equal(box.storage.subscribers.get(alice.aor)!.state, "unsubscribed", "looking at the page is no word of hers");
      const confirmed = await box.send(link, `${link}/confirm`);
      equal(confirmed.status, 303);
      await confirmed.body?.cancel();
      equal(statusOf(await alice.register()), 200);
      equal(statusOf(await bob.register()), 200);
      equal(statusOf(await bob.message(alice.aor, "welcome")), 200);
      equal((await alice.messages(1)).join(), "welcome");
    } finally {
      alice.close();
      bob.close();
    }
  },
);

Deno.test(
  "who leaves is out at once, and a phone that goes on registering does not undo it [REG-2]",
  options,
  async () => {
    await using box = await ProvisioningBox.open({ open: true, confirm: "implicit", approval: false });
    await box.addUsers("active", "alice", "bob");
    const [alice, bob] = [await client(box, "alice"), await client(box, "bob")];
    try {
      equal(statusOf(await alice.register()), 200);
      equal(statusOf(await bob.register()), 200);
      await box.provisioning.subscription.leave(alice.aor);
      equal(statusOf(await bob.message(alice.aor, "still there?")), 480);
      const refused = await alice.register();
      equal(statusOf(refused), 403);
      match(header(refused, "warning"), /\/account"$/);
      equal(statusOf(await alice.message(bob.aor, "me")), 403);
      await box.provisioning.subscription.confirm(alice.aor);
      equal(statusOf(await alice.register()), 200);
      equal(statusOf(await bob.message(alice.aor, "back")), 200);
    } finally {
      alice.close();
      bob.close();
    }
  },
);

Deno.test("a barred user neither sends nor receives until the bar ends by itself", options, async () => {
  await using box = await ProvisioningBox.open({ open: false, confirm: "implicit", approval: false });
  await box.addUsers("active", "alice", "bob");
  const [alice, bob] = [await client(box, "alice"), await client(box, "bob")];
  try {
    equal(statusOf(await alice.register()), 200);
    equal(statusOf(await bob.register()), 200);
    const bar = (barredUntil: number) =>
      box.operations.editUser(alice.aor, null, (old) => ({
        next: { ...old, state: "barred", barredUntil },
        change: "barred",
      }));
    await bar(Date.now() + 3_600_000);
    equal(statusOf(await bob.message(alice.aor, "hi")), 480);
    equal(statusOf(await alice.message(bob.aor, "hi")), 403);
    await bar(Date.now() - 1);
    equal(statusOf(await bob.message(alice.aor, "free")), 200);
    equal(statusOf(await alice.message(bob.aor, "at last")), 200);
  } finally {
    alice.close();
    bob.close();
  }
});

Deno.test("a password chosen by the invitation holds at once, the one before it no more [SEC-7]", options, async () => {
  await using box = await ProvisioningBox.open({ open: false, confirm: "implicit", approval: false });
  await box.addUsers("active", "alice");
  const alice = await client(box, "alice");
  try {
    equal(statusOf(await alice.register()), 200);
    const { link } = await box.provisioning.service.invite({ uri: alice.aor, days: 1, max_uses: 1 }, "admin:root");
    const chosen = { password: "my-own-choice", again: "my-own-choice" };
    const answer = await box.send(link, `${link}/password`, chosen);
    equal(answer.status, 200);
    match(await answer.text(), /auth_pass=my-own-choice/);
    equal(box.registrar.location.bindings(alice.aor).length, 0, "what was registered with the old one is out");
    equal(statusOf(await alice.register()), 403);
    const register = { method: "REGISTER", uri: "sip:example.test", to: `<${alice.aor}>` };
    const headers = [`Contact: ${alice.contact}`];
    equal(statusOf(await alice.request({ ...register, headers, password: chosen.password })), 200);
  } finally {
    alice.close();
  }
});

Deno.test(
  "who signs up has the profile that the provider has set for new users [UPROF-3] [REG-6]",
  options,
  async () => {
    const settings = { open: true, confirm: "implicit", approval: false } as const;
    await using box = await ProvisioningBox.open(settings, { deferral: "never", quota: null });
    await box.addUsers("active", "bob");
    const signUp = { name: "alice", display_name: "Alice", password: "pw-alice", again: "pw-alice", website: "" };
    const answer = await box.send(`${box.url}/join`, `${box.url}/join`, signUp);
    equal(answer.status, 303);
    await answer.body?.cancel();
    const [alice, bob] = [await client(box, "alice"), await client(box, "bob")];
    try {
      equal(statusOf(await alice.register()), 200);
      equal(statusOf(await bob.register()), 200);
      equal(statusOf(await alice.register(0)), 200);
      equal(statusOf(await bob.message(alice.aor, "are you there?")), 480, "by default it would be stored: 202");
    } finally {
      alice.close();
      bob.close();
    }
  },
);
