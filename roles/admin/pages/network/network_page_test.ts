import assert from "node:assert/strict";
import { Visitor } from "../../testing/page_visitor.ts";
import { filled, formIn } from "../testing/page_form.ts";
import { settingsWorld, valueOf } from "../testing/settings_world.ts";

const HERE = "/admin/network";
const PEER = { domain: "other.test", next_hop: "sip:192.0.2.7:5060;transport=tcp" };

async function opened() {
  const world = await settingsWorld({ peer: { value: [PEER], origin: "console" } });
  const visitor = await Visitor.as(world, "operator");
  const form = formIn((await visitor.get(HERE)).text, "Network");
  return { world, visitor, form };
}

Deno.test("the form as it stands changes nothing, in each language", async () => {
  const { visitor, form } = await opened();
  assert.match((await visitor.post(HERE, filled(form, { do: "review" }))).text, /Nothing differs/);
  for (const locale of ["de", "qps-rtl"]) {
    visitor.cookies.set("parley_locale", locale);
    assert.equal((await visitor.get(HERE)).status, 200);
  }
});

Deno.test("doors open by a choice, and must be confirmed", async () => {
  const { world, visitor, form } = await opened();
  const review = await visitor.post(HERE, filled(form, { "_opening listen.sip": "network", "do": "review" }));
  assert.match(review.text, /This could lock you out/);
  assert.match(review.text, /tls:\/\/\[::\]:5061/);
  const back = await visitor.post(HERE, filled(formIn(review.text, "Review changes"), { do: "edit" }));
  assert.equal(formIn(back.text, "Network").get("_opening listen.sip"), "network");
  await visitor.post(HERE, filled(formIn(review.text, "Review changes"), { do: "apply" }));
  assert.deepEqual(valueOf(world, "listen.sip"), ["udp://[::]:5060", "tcp://[::]:5060", "tls://[::]:5061"]);
  assert.notEqual(world.settings.candidate, null);
});

Deno.test("MSRP doors open by the same choice; SIP open without them is warned of", async () => {
  const { world, visitor } = await opened();
  const warned = /clients elsewhere can send messages, but start no session/;
  const apply = async (fields: Record<string, string>) => {
    const form = formIn((await visitor.get(HERE)).text, "Network");
    const review = await visitor.post(HERE, filled(form, { ...fields, do: "review" }));
    await visitor.post(HERE, filled(formIn(review.text, "Review changes"), { do: "apply" }));
    await visitor.post("/admin/candidate", { do: "confirm" });
  };
  assert.doesNotMatch((await visitor.get(HERE)).text, warned);
  await apply({ "_opening listen.sip": "network" });
  assert.match((await visitor.get(HERE)).text, warned);
  await apply({ "_opening listen.msrp": "network" });
  assert.deepEqual(valueOf(world, "listen.msrp"), ["tcp://[::]:2855", "tls://[::]:2856"]);
  assert.doesNotMatch((await visitor.get(HERE)).text, warned);
});

Deno.test("what is wrong with the entries of a choice stands beside the choice; with one's own, beside them", async () => {
  const { world, visitor, form } = await opened();
  const refuse = () =>
    Promise.resolve({
      version: 1,
      changes: [],
      next: "nothing" as const,
      candidate: null,
      errors: [{ key: "listen.msrp", message: "a port that listen.sip[0] does not have" }],
    });
  world.settings.change = refuse;
  const choice = await visitor.post(HERE, filled(form, { "_opening listen.msrp": "network", "do": "review" }));
  assert.match(choice.text, /id="o-listen\.msrp-error">[\s\S]{0,400}a port that listen\.sip/);
  const own = await visitor.post(
    HERE,
    filled(form, { "_opening listen.msrp": "own", "listen.msrp": "tcp://127.0.0.1:5060", "do": "review" }),
  );
  assert.doesNotMatch(own.text, /id="o-listen\.msrp-error"/);
  assert.match(own.text, /id="f-listen\.msrp-error">[\s\S]{0,400}a port that listen\.sip/);
});

Deno.test("peers are added and removed by lines, and survive a second look", async () => {
  const { world, visitor, form } = await opened();
  assert.equal(form.get("_domain 0"), "other.test");
  const more = await visitor.post(HERE, filled(form, { do: "more" }));
  const longer = formIn(more.text, "Network");
  assert.equal(longer.get("_peers"), "3");
  const added = { "_domain 0": "", "_hop 0": "", "_domain 2": "third.test", "_hop 2": "sip:192.0.2.9", "do": "review" };
  const review = await visitor.post(HERE, filled(longer, added));
  const back = await visitor.post(HERE, filled(formIn(review.text, "Review changes"), { do: "edit" }));
  assert.equal(formIn(back.text, "Network").get("_domain 0"), "third.test");
  await visitor.post(HERE, filled(formIn(review.text, "Review changes"), { do: "apply" }));
  assert.deepEqual(valueOf(world, "peer"), [{ domain: "third.test", next_hop: "sip:192.0.2.9" }]);
});

Deno.test("the tests show their results and keep what was typed", async () => {
  const { visitor, form } = await opened();
  const doors = filled(form, {
    "_opening listen.sip": "own",
    "listen.sip": "tls://0.0.0.0:1\nudp://0.0.0.0:6060\ntls://0.0.0.0:2855",
    "domain": "typed.test",
    "do": "test-doors",
  });
  const tested = await visitor.post(HERE, doors);
  assert.match(tested.text, /tls:\/\/0\.0\.0\.0:1<[\s\S]{0,400}it is in use/);
  assert.match(tested.text, /udp:\/\/0\.0\.0\.0:6060<[\s\S]{0,400}can be opened/);
  assert.match(tested.text, /tcp:\/\/127\.0\.0\.1:2855<[\s\S]{0,400}the same port as.{0,20}tls:\/\/0\.0\.0\.0:2855/);
  assert.equal(formIn(tested.text, "Network").get("domain"), "typed.test");
  const domain = await visitor.post(HERE, filled(formIn(tested.text, "Network"), { do: "test-domain" }));
  assert.match(domain.text, /_sips\._tcp\.typed\.test SRV[\s\S]*leads here/);
});

Deno.test("a domain under .local is warned of", async () => {
  const { visitor, form } = await opened();
  assert.doesNotMatch((await visitor.get(HERE)).text, /claimed by mDNS: many/);
  const page = await visitor.post(HERE, filled(form, { domain: "office.local", do: "test-domain" }));
  assert.match(page.text, /claimed by mDNS: many/);
});

Deno.test("an auditor looks at all of it and finds no button", async () => {
  const auditor = await Visitor.as(await settingsWorld({ peer: { value: [PEER] } }), "auditor");
  const page = await auditor.get(HERE);
  assert.match(page.text, /other\.test/);
  assert.doesNotMatch(page.text, /value="test-doors"|value="review"/);
  assert.equal((await auditor.post(HERE, { do: "test-doors" })).status, 403);
});
