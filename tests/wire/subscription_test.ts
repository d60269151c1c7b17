/** Coming into the service and leaving it (REG-2), over real sockets and a real store. */
import { equal, match } from "node:assert/strict";
import { ProvisioningBox } from "../support/provisioning_box.ts";
import { header, SipClient, statusOf } from "../support/sip_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const client = (box: ProvisioningBox, user: string) => SipClient.open({ user, domain: box.domain, port: box.port });

Deno.test("implicit: the first registration confirms the service, and from then on it is there [REG-2]", options, async () => {
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
});

Deno.test("explicit: nobody registers before confirming on the page that the refusal names [REG-2]", options, async () => {
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
    const page = await fetch(link);
    const html = await page.text();
    match(html, /action="[^"]*\/confirm"/);
    equal(box.storage.subscribers.get(alice.aor)!.state, "unsubscribed", "looking at the page is no word of hers");
    const confirmed = await fetch(`${link}/confirm`, {
      method: "POST",
      headers: { "sec-fetch-site": "same-origin", cookie: page.headers.getSetCookie()[0].split(";")[0] },
      body: new URLSearchParams({ _csrf: /name="_csrf" value="([^"]+)"/.exec(html)![1] }),
      redirect: "manual",
    });
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
});

Deno.test("who leaves is out at once, and a phone that goes on registering does not undo it [REG-2]", options, async () => {
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
});

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
