import { beforeAll, expect, it } from "vitest";
import { loadLifecycle } from "../faults/load.js";
import { gitlab, useEmulator } from "../support/emulator.js";
import { run, unwrapped } from "../support/run.js";
import { SkippedTime } from "../support/time.js";

// The client sends a DELETE again if its response is lost. GitLab answers that one with 404.
useEmulator();
beforeAll(loadLifecycle);

const token = { project: "1", name: "pull", scopes: ["read_registry"] };
const args = { ...token, __provider: "reference" };
const deleted = "Deploy token 1 of the project 1 was deleted";
const statuses = () =>
  gitlab.requests.filter(({ method }) => method === "DELETE").map(({ status }) => status);

it.each([
  [502, { kind: "respond", status: 502, body: "<html>" }],
  [undefined, { kind: "reset" }],
] as const)("a repeated deletion of an orphan settles its request (%s, 404)", async (status, fault) => {
  gitlab.faults.add({
    method: "POST",
    when: "after",
    fault: { kind: "respond", status: 504, body: "<html>" },
  });
  gitlab.faults.add({ method: "DELETE", when: "after", fault });
  const { project, messages } = await run(gitlab);
  const { outs } = await project.create(args);
  expect(statuses()).toEqual([status, 404]);
  expect(messages).toEqual([expect.stringContaining(deleted)]);
  expect(unwrapped(outs)).not.toHaveProperty("unsettled");
});

it("a destroy whose deletion of the orphan was repeated does not wait for a second one", async () => {
  const time = new SkippedTime();
  const { project, messages } = await run(gitlab, { time });
  gitlab.createDeployToken({ ...token, project: "acme/app" });
  const unsettled = { above: 0, sentAt: time.now().toISOString() };
  const row = { ...args, ownerId: "1", baseUrl: gitlab.url, unsettled };
  gitlab.faults.add({ method: "DELETE", when: "after", fault: { kind: "reset" } });
  const begun = time.elapsed();
  await project.delete("1:unsettled", row);
  expect(time.elapsed() - begun).toBeLessThan(60_000);
  expect(messages).toEqual([expect.stringContaining(deleted)]);
  expect(statuses()).toEqual([undefined, 404]);
});
