import { readdirSync, readFileSync, statSync } from "node:fs";
import { platform } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { descendants } from "../engine/processes.js";
import { hold } from "../support/emulator.js";
import { occurrences, tokenProgram } from "../support/programs.js";
import { tokens } from "../support/run.js";
import { useEmulator } from "./support.js";

const use = useEmulator();
const base = { project: "acme/app", name: "pull", scopes: ["read_registry"] };

/** Returns every byte of every file below a folder. */
function bytes(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile())
    .map((file) => readFileSync(file, "latin1"))
    .join("\n");
}

it("neither secret is in the state, its history and backups, or the ordinary output", async () => {
  const stack = await use.stack(tokenProgram(base));
  const printed: string[] = [];
  const keep = async (command: Promise<{ output: string }>) => void printed.push((await command).output);
  const values = new Set<string>();
  const note = () => {
    for (const { token } of use.gitlab.deployTokens()) values.add(token);
  };
  await keep(stack.preview({ args: ["--diff"] }));
  await keep(stack.up());
  note();
  await keep(stack.preview({ args: ["--json"] }));
  stack.program(tokenProgram({ ...base, name: "other" }));
  await keep(stack.up({ args: ["--diff"] }));
  note();
  await keep(stack.refresh({ args: ["--diff"] }));
  // Failures of every kind, with the credentials in the responses of GitLab or a proxy.
  for (const status of [400, 401, 403, 404, 500, 200]) {
    const body = `{"message":"${tokens.owner} ${[...values].join(" ")}"}`;
    use.gitlab.faults.add({ times: 9, fault: { kind: "respond", status, body } });
    await keep(stack.refresh({ fails: true }));
    use.gitlab.faults.clear();
  }
  await keep(stack.destroy());
  const all = `${printed.join("\n")}\n${bytes(stack.stateFolder)}\n${(await stack.exported()).text}`;
  expect(values.size).toBe(2);
  for (const secret of [tokens.owner, ...values]) expect(occurrences(all, secret)).toBe(0);
  expect(all).toContain("ciphertext");
});

it.each([
  ["--json", ["--json"]],
  ["--debug", ["--debug"]],
  ["-v=9", ["--logtostderr", "-v=9"]],
])(
  "the access token is not in what Pulumi prints with %s either, where it prints the deploy token of every provider",
  async (_name, args) => {
    const stack = await use.stack(tokenProgram(base));
    const { output } = await stack.up({ args });
    expect(output.length).toBeGreaterThan(200);
    expect(occurrences(output, tokens.owner)).toBe(0);
  },
);

it.runIf(platform() === "linux")("the access token is in no process's arguments", async () => {
  const stack = await use.stack(tokenProgram(base));
  const { release } = hold(use.gitlab, { method: "POST" });
  let cli = 0;
  const up = stack.up({
    onStart: (pid) => {
      cli = pid;
    },
  });
  await use.gitlab.waitFor(({ method }) => method === "POST");
  const commands = descendants(cli).map(({ command }) => command);
  release();
  await up;
  expect(commands.join("\n")).toContain("dynamic-provider");
  expect(occurrences(commands.join("\n"), tokens.owner)).toBe(0);
});
