import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { npmrc } from "../../provider/index.js";
import { Ground } from "./clients/attempt.js";
import { rowsOf, titleOf } from "./clients/table.js";
import { type Trial, trials } from "./clients/trials.js";

let ground: Ground;
const rows = rowsOf();
beforeAll(async () => {
  ground = await Ground.prepare();
});
afterAll(() => ground.close());

const named = trials.map((trial) => [titleOf(trial), trial] as const);

it.each(named)("%s does as docs/using-tokens.md says", { timeout: 300_000 }, async (title, trial) => {
  const tool = await trial.find();
  if (tool === undefined)
    return expect(Boolean(process.env["CI"]) && trial.isOutsideGate !== true, "is missing").toBe(false);
  const { does, refused } = await ground.attempt(trial, tool);
  expect(rows.get(title)).toMatchObject({ does, refused });
});

it("Yarn (classic) sends no token for a group's files where GitLab's address has a port", async () => {
  const trial = trials.find(({ client }) => client === "Yarn (classic)") as Trial;
  const tool = await trial.find();
  if (tool === undefined) return;
  const ofGroup: Trial = {
    ...trial,
    write: (source) => npmrc(source),
    run: ({ box, text }) => {
      box.write("package.json", "{}");
      box.write(".npmrc", text);
      return box.run(["add", "--non-interactive", "--no-progress", "@acme/hello"], {});
    },
    // GitLab hides a group's files from a request without a token.
    proof: ({ folder }) => existsSync(join(folder, "node_modules", "@acme")),
  };
  await expect(ground.attempt(ofGroup, tool)).rejects.toThrow('Request failed "404 Not Found"');
});

it("Yarn refuses new packages of GitLab that are not exempted", async () => {
  const trial = trials.find(({ client }) => client === "Yarn") as Trial;
  const tool = await trial.find();
  if (tool === undefined) return;
  const strict: Trial = {
    ...trial,
    run: (scene) => trial.run({ ...scene, text: `${scene.text}npmPreapprovedPackages: []\n` }),
  };
  await expect(ground.attempt(strict, tool)).rejects.toThrow("quarantined");
});
