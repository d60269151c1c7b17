import assert from "node:assert/strict";
import { ImStack } from "./im_stack.ts";
import { FakeService } from "./testing/fake_service.ts";

Deno.test("the link registers where the page came from, by this tab's instance, and is online", async () => {
  const service = await new FakeService().start();
  assert.deepEqual(service.states, ["connecting", "online"]);
  assert.equal(service.socket.url, "wss://im.example.test:8443/ws");
  assert.equal(service.socket.protocol, "sip");
  const [register] = service.heads;
  assert.match(register, /^REGISTER sip:example\.test SIP\/2\.0\r\n/);
  assert.match(register, /\+sip\.instance="<urn:uuid:00000000-0000-4000-a000-000000000000>"/);
  assert.equal(service.link.me.name, "Ada");
});

Deno.test("a connection that is lost is made again, later and later up to a minute, at once when the user says so", async () => {
  const service = await new FakeService().start();
  service.dials = "refuse";
  service.socket.end();
  await service.settle();
  const waits: number[] = [];
  for (let i = 0; i < 8; i++) {
    assert.equal(service.link.state.value, "waiting");
    const wait = service.link.retryAt.value - service.time.now();
    waits.push(wait);
    const dialled = service.sockets.length;
    await service.pass(wait - 100);
    assert.equal(service.sockets.length, dialled, "not before its time");
    await service.pass(100);
    assert.equal(service.sockets.length, dialled + 1);
  }
  assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  service.dials = "open";
  service.link.retry();
  await service.settle();
  assert.equal(service.link.state.value, "online");
  assert.equal(service.link.retryAt.value, 0);
  assert.equal(service.live, 1);
});

Deno.test("a first loss after a good while is followed by a try within a second; one that flaps waits longer each time", async () => {
  const service = await new FakeService().start();
  const lose = async () => {
    service.socket.end();
    await service.settle();
    const wait = service.link.retryAt.value - service.time.now();
    await service.pass(wait + 1_000);
    assert.equal(service.link.state.value, "online");
    return wait;
  };
  assert.equal(await lose(), 1_000);
  assert.equal(await lose(), 2_000);
  assert.equal(await lose(), 4_000);
  await service.pass(40_000);
  assert.equal(await lose(), 1_000);
});

Deno.test("a service that is silent is found out by its missing sign of life", async () => {
  const service = await new FakeService().start();
  await service.pass(60_000);
  assert.equal(service.came.filter((what) => what === "PING").length, 2);
  service.dead = true;
  await service.pass(46_000);
  assert.notEqual(service.link.state.value, "online");
  service.dead = false;
  await service.pass(60_000);
  assert.equal(service.link.state.value, "online");
  assert.equal(service.live, 1);
});

Deno.test("who comes back to a page whose connection died in its sleep waits five seconds at most", async () => {
  const service = await new FakeService().start();
  await service.pass(35_000);
  service.dead = true;
  service.surroundings.hear("woken");
  await service.pass(4_000);
  assert.equal(service.link.state.value, "online");
  service.dead = false;
  await service.pass(1_500);
  assert.equal(service.link.state.value, "online");
  assert.equal(service.sockets.length, 2, "another socket");
  assert.equal(service.live, 1);
});

Deno.test("who comes back to a page that waits does not wait on, and one whose connection lives keeps it", async () => {
  const service = await new FakeService().start();
  service.surroundings.hear("woken");
  await service.pass(10_000);
  assert.equal(service.sockets.length, 1);
  service.dials = "refuse";
  service.socket.end();
  await service.pass(20_000);
  assert.equal(service.link.state.value, "waiting");
  service.dials = "open";
  service.surroundings.hear("woken");
  await service.settle();
  assert.equal(service.link.state.value, "online");
});

Deno.test("without a network it says so, and begins when there is one", async () => {
  const service = await new FakeService().start();
  service.surroundings.online = false;
  service.dead = true;
  service.dials = "refuse";
  service.surroundings.hear("cut");
  await service.pass(6_000);
  assert.equal(service.link.state.value, "offline");
  const dialled = service.sockets.length;
  await service.pass(30_000);
  assert.equal(service.sockets.length, dialled);
  service.surroundings.online = true;
  service.dead = false;
  service.dials = "open";
  service.surroundings.hear("woken");
  await service.settle();
  assert.equal(service.link.state.value, "online");
});

Deno.test("a machine that says it has no network while the service answers stays online", async () => {
  const service = await new FakeService().start();
  service.surroundings.online = false;
  service.surroundings.hear("cut");
  await service.pass(10_000);
  assert.equal(service.link.state.value, "online");
});

Deno.test("a connection that hangs is given up in time, and there are never two", async () => {
  const service = new FakeService();
  service.dials = "hang";
  await service.start();
  for (let i = 0; i < 10; i++) {
    assert.ok(service.live <= 1);
    await service.pass(3_000);
    service.surroundings.hear("woken");
    service.link.retry();
  }
  assert.ok(service.live <= 1);
});

Deno.test("credentials are renewed before they end, without another registration; the next challenge is answered by them", async () => {
  const service = await new FakeService().start();
  assert.equal(service.sessions, 1);
  assert.equal(service.link.limits.value.message, 1001);
  service.answers = [401, 200];
  await service.pass(3_600_000 * 0.8 + 20_000);
  assert.equal(service.sessions, 2);
  assert.equal(service.link.limits.value.message, 1002);
  service.answers = [401, 200];
  await service.pass(600_000);
  assert.match(service.heads.at(-1)!, /Authorization: Digest username="key2"/);
  assert.equal(service.states.join(), "connecting,online");
});

Deno.test("a page that opens without credentials asks for them first, again and again", async () => {
  const service = new FakeService({
    session: {
      aor: "sip:ada@example.test",
      display_name: "",
      domain: "example.test",
      username: "",
      password: "",
      expires_at: 0,
      websocket: "/ws",
      limits: { message: 0, file: 0, file_types: [] },
    },
  });
  service.session = 0;
  await service.start();
  assert.equal(service.link.state.value, "waiting");
  assert.equal(service.sockets.length, 0);
  assert.equal(service.link.me.name, "ada@example.test");
  service.session = 200;
  await service.pass(2_000);
  assert.equal(service.link.state.value, "online");
});

Deno.test("credentials that are refused are replaced once; refused again, the link says why and tries seldom", async () => {
  const service = new FakeService();
  service.answers = [403, 200];
  await service.start();
  assert.equal(service.link.state.value, "online");
  assert.equal(service.sessions, 2);
  service.answers = [403];
  await service.pass(600_000);
  assert.equal(service.link.state.value, "refused");
  assert.equal(service.link.reason.value, "Said");
  const { sessions } = service;
  await service.pass(120_000);
  assert.ok(service.sessions - sessions <= 1);
  service.answers = [200];
  service.link.retry();
  await service.settle();
  assert.equal(service.link.state.value, "online");
});

Deno.test("a service that is too busy is asked again later, over the same connection", async () => {
  const service = new FakeService();
  service.answers = [503, 503, 200];
  await service.start();
  assert.equal(service.link.state.value, "waiting");
  assert.equal(service.link.reason.value, "Said");
  await service.pass(4_000);
  assert.equal(service.link.state.value, "online");
  assert.equal(service.sockets.length, 1);
});

Deno.test("a registration that gets no answer is not waited for for ever", async () => {
  const service = new FakeService();
  service.dead = true;
  await service.start();
  await service.pass(15_500);
  assert.equal(service.link.state.value, "waiting");
  service.dead = false;
  await service.pass(3_000);
  assert.equal(service.link.state.value, "online");
});

Deno.test("a session that is over signs the page out: nothing is tried any more", async () => {
  const service = await new FakeService().start();
  service.session = 401;
  service.answers = [403];
  await service.pass(600_000);
  assert.equal(service.link.state.value, "signed-out");
  const dialled = service.sockets.length;
  service.link.retry();
  service.surroundings.hear("woken");
  await service.pass(120_000);
  assert.equal(service.sockets.length, dialled);
  assert.equal(service.live, 0);
  assert.equal(service.link.state.value, "signed-out");
});

Deno.test("signing out takes the registration back, then ends the session, then the connection", async () => {
  const service = await new FakeService().start();
  const done = service.link.signOut();
  await service.pass(500);
  await done;
  assert.match(service.heads.at(-1)!, /Expires: 0/);
  assert.equal(service.closed, 1);
  assert.equal(service.live, 0);
  assert.equal(service.link.state.value, "signed-out");
});

Deno.test("signing out without a way to the service is over in a few seconds", async () => {
  const service = await new FakeService().start();
  service.dead = true;
  const done = service.link.signOut();
  await service.pass(5_000);
  await done;
  assert.equal(service.closed, 1);
});

Deno.test("many hear what the client tells; one that fails stops nobody, one that has left hears nothing", async () => {
  const service = new FakeService();
  const heard: string[] = [];
  service.link.listen({
    onRegistered() {
      throw new Error("a defect");
    },
  });
  const leave = service.link.listen({ onRegistered: () => void heard.push("left") });
  service.link.listen({ onRegistered: () => void heard.push(service.link.state.value) });
  leave();
  await service.start();
  assert.deepEqual(heard, ["online"]);
});

Deno.test("the client's script is fetched again when it could not be had; what was said to the client before counts", async () => {
  let asked = 0;
  const service = new FakeService({
    loadStack: () => ++asked === 1 ? Promise.reject(new TypeError("no network")) : Promise.resolve(ImStack),
  });
  const early = service.link.client;
  early.answerMode = "automatic";
  await service.start();
  assert.equal(service.link.state.value, "waiting");
  await service.pass(1_100);
  assert.equal(service.link.state.value, "online");
  assert.equal(service.link.client.answerMode, "automatic");
  assert.equal(early.registered, true);
});

Deno.test("a page that is left before its client is there stays left", async () => {
  const loading = Promise.withResolvers<typeof ImStack>();
  const service = await new FakeService({ loadStack: () => loading.promise }).start();
  const done = service.link.signOut();
  loading.resolve(ImStack);
  await done;
  await service.pass(1_000);
  assert.equal(service.sockets.length, 0);
  assert.equal(service.link.state.value, "signed-out");
});
