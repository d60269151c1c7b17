/** Two clients we did not write talk through Parley as it is shipped. */
import { interopTest } from "../support/process.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { Baresip } from "./baresip.ts";
import { Linphone } from "./linphone.ts";

const SCRIPTS = "😀👩‍👩‍👧 grüß Привет 你好 こんにちは 한국어 שלום مرحبا नमस्ते ไทย Ελληνικά";

for (const transport of ["udp", "tcp"] as const) {
  interopTest(
    `baresip and linphone register with digest and talk both ways over ${transport}, in every script ` +
      "[GR-3] [DM-1] [DM-2] [RCV-1] [SYS-1] [SEC-4] [SEC-9] [IOP-3]",
    ["baresip", "linphonec", "script"],
    async () => {
      await using parley = await ParleyProcess.start({ users: users("alice", "bob") });
      const { port, domain } = parley;
      const alice = await Baresip.start({ name: "alice", peer: "bob", domain, port, transport });
      try {
        const bob = await Linphone.start({ name: "bob", domain, port, transport });
        try {
          await alice.send(`from alice ${SCRIPTS}`);
          await bob.received(`sip:alice@${domain}`, `from alice ${SCRIPTS}`);
          await bob.send(`sip:alice@${domain}`, `from bob ${SCRIPTS}`);
          await alice.received(`sip:bob@${domain}`, `from bob ${SCRIPTS}`);
        } finally {
          await bob.stop();
        }
      } finally {
        await alice.stop();
      }
    },
  );

  interopTest(
    `what was written over ${transport} while linphone was away comes when it registers, in order and in every script ` +
      "[SND-3] [RCV-3] [NOT-2] [SYS-1]",
    ["baresip", "linphonec", "script"],
    async () => {
      await using parley = await ParleyProcess.start({ users: users("alice", "bob") });
      const { port, domain } = parley;
      const alice = await Baresip.start({ name: "alice", peer: "bob", domain, port, transport });
      try {
        await alice.send(`first ${SCRIPTS}`);
        await alice.traced(/SIP\/2\.0 202 /);
        await alice.send("second 🥈");
        const bob = await Linphone.start({ name: "bob", domain, port, transport });
        try {
          await bob.received(`sip:alice@${domain}`, `first ${SCRIPTS}`);
          await bob.received(`sip:alice@${domain}`, "second 🥈");
        } finally {
          await bob.stop();
        }
      } finally {
        await alice.stop();
      }
    },
  );

  interopTest(
    `what linphone wrote over ${transport} while baresip was away comes when it registers [SND-3] [RCV-3]`,
    ["baresip", "linphonec", "script"],
    async () => {
      await using parley = await ParleyProcess.start({ users: users("alice", "bob") });
      const { port, domain } = parley;
      const bob = await Linphone.start({ name: "bob", domain, port, transport });
      try {
        await bob.send(`sip:alice@${domain}`, `while you were out ${SCRIPTS}`);
        await bob.traced(/SIP\/2\.0 202 /);
        const alice = await Baresip.start({ name: "alice", peer: "bob", domain, port, transport });
        try {
          await alice.received(`sip:bob@${domain}`, `while you were out ${SCRIPTS}`);
        } finally {
          await alice.stop();
        }
      } finally {
        await bob.stop();
      }
    },
  );
}
