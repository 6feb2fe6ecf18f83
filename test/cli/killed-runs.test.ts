import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { AuditReport } from "../../provider/cli/audit-report.js";
import { gitlab, hold, useEmulator } from "../support/emulator.js";
import { folder, useFolder } from "../support/folder.js";
import { secretMark } from "../support/pulumi.js";
import { cli, exported, now, type RunCli, row } from "./support.js";

useEmulator({ time: now });
useFolder();

const make = (name: string, more: object = {}) =>
  gitlab.createDeployToken({ project: "acme/app", name, scopes: ["read_registry"], ...more }).id;

/** An interrupted create, as `pulumi stack export` writes it. */
function creating(name: string, inputs: object = {}, more: object = {}) {
  const type = "pulumi-nodejs:dynamic/gitlab:ProjectDeployToken";
  const resource = {
    urn: `urn:pulumi:dev::shop::${type}::${name}`,
    type,
    custom: true,
    inputs: { name, project: "acme/app", scopes: ["read_registry"], ...inputs },
    ...more,
  };
  return { type: "creating", resource };
}

const longAgo = "2026-11-24T11:00:00.123456789Z";

function state(resources: object[], pending: object[], time = longAgo, name = "state") {
  const { deployment } = JSON.parse(exported(...resources)) as { deployment: object };
  const file = join(folder, `${name}.json`);
  const killed = { ...deployment, manifest: { time }, pending_operations: pending };
  writeFileSync(file, JSON.stringify({ version: 3, deployment: killed }));
  return ["--state", file];
}

const rowOf = (id: number, more?: object) => row("project", "acme/app", id, more);
const left = () => gitlab.deployTokens().map(({ id }) => id);

async function audit(states: string[], args: readonly string[] = []) {
  const ran = await cli(gitlab, ["audit", "--project", "acme/app", ...states, "--format", "json", ...args]);
  const report = JSON.parse(ran.out) as AuditReport;
  const marked = report.tokens.filter(({ findings }) => findings.includes("left-by-killed-run"));
  return { ...ran, report, marked: marked.map(({ deployTokenId }) => deployTokenId) };
}
const prune = (states: string[], args: readonly string[] = ["--yes"], options?: RunCli) =>
  cli(gitlab, ["prune", "--left-by-killed-run", "--project", "acme/app", ...states, ...args], options);

describe("audit", () => {
  it("finds the token that a killed run left, and names the commands that remove it", async () => {
    const [managed, cut] = [make("managed"), make("cut")];
    const { code, report, marked, err } = await audit(state([rowOf(managed)], [creating("cut")]), [
      "--fail-on",
      "left-by-killed-run",
    ]);
    expect([code, marked]).toEqual([1, [cut]]);
    expect(report.tokens.at(-1)?.findings).toEqual(["never-expires", "unknown", "left-by-killed-run"]);
    expect(err).toContain(
      `1 create of the stack shop/dev had not ended when its state was saved: a killed run left the deploy token ${cut}.` +
        ` If no run is active: npx pulumi-gitlab-deploy-tokens prune --left-by-killed-run --stack dev --base-url ${gitlab.url} --project 1;` +
        " then: pulumi refresh --clear-pending-creates --stack dev",
    );
  });

  it.each([
    ["another name", { name: "other" }],
    ["other scopes", { scopes: ["read_repository"] }],
    ["a username", { username: "robot" }],
    ["an expiry", { expiresAt: "2030-01-01" }],
    ["another project", { project: "acme/tools" }],
  ])("does not take a token for a leftover if the create had %s", async (_what, difference) => {
    make("cut");
    const { marked, err } = await audit(state([], [creating("cut", difference)]));
    expect(marked).toEqual([]);
    expect(err).toContain("it left no token. If no run is active: pulumi refresh");
  });

  it("compares a path without regard to case, an id, every argument and the set of scopes", async () => {
    const more = { scopes: ["read_registry", "read_repository"], username: "robot", expiresAt: "2030-01-01" };
    const [one, two] = [make("one", more), make("two", more)];
    const inputs = { ...more, scopes: ["read_repository", "read_registry"] };
    const pending = [
      creating("one", { ...inputs, project: "Acme/App" }),
      creating("two", { ...inputs, project: "1" }),
    ];
    expect((await audit(state([], pending))).marked).toEqual([one, two]);
  });

  it("compares arguments that are secrets, and does not call a create without a token if they are encrypted", async () => {
    const cut = make("cut");
    const readable = { project: { ...secretMark, plaintext: '"acme/app"' } };
    expect((await audit(state([], [creating("cut", readable)]))).marked).toEqual([cut]);
    const encrypted = { project: { ...secretMark, ciphertext: "v1:x" } };
    const { marked, err } = await audit(state([], [creating("cut", encrypted)]));
    expect(marked).toEqual([]);
    expect(err).not.toContain("left no token");
    expect(err).toContain(
      "1 create of the stack shop/dev had not ended when its state was saved; arguments are encrypted, so a token that was left cannot be recognized. Wanted: --state with pulumi stack export --show-secrets",
    );
  });

  it("names a leftover next to a create with encrypted arguments, and does not clear their pending creates", async () => {
    const [cut, hidden] = [make("cut"), make("hidden")];
    const pending = [creating("cut"), creating("hidden", { name: { ...secretMark, ciphertext: "v1:x" } })];
    const { marked, err } = await audit(state([], pending));
    expect(marked).toEqual([cut]);
    expect(err).toContain(
      `2 creates of the stack shop/dev had not ended when its state was saved: a killed run left the deploy token ${cut}; arguments are encrypted, so a token that was left cannot be recognized. Wanted: --state with pulumi stack export --show-secrets`,
    );
    expect(err).not.toContain("--clear-pending-creates");
    const readable = [
      creating("cut"),
      creating("hidden", { name: { ...secretMark, plaintext: '"hidden"' } }),
    ];
    const read = await audit(state([], readable));
    expect(read.marked).toEqual([cut, hidden]);
    expect(read.err).toContain("--clear-pending-creates");
  });

  it("ignores other operations, other resources and a create on another GitLab", async () => {
    make("cut");
    const urn = "urn:pulumi:dev::shop::pulumi:providers:pulumi-nodejs::other";
    const type = "pulumi:providers:pulumi-nodejs";
    const elsewhere = { urn, type, id: "1", outputs: { "gitlab:baseUrl": "https://gitlab.elsewhere.test" } };
    const pending = [
      { ...creating("cut"), type: "deleting" },
      creating("cut", {}, { type: "aws:s3/bucket:Bucket" }),
      creating("cut", {}, { provider: `${urn}::1` }),
      { type: "creating" },
    ];
    expect((await audit(state([elsewhere], pending))).marked).toEqual([]);
  });

  it("does not take a token that a given stack has", async () => {
    const managed = make("cut");
    const other = state([rowOf(managed)], [], longAgo, "other");
    expect((await audit([...other, ...state([], [creating("cut")])])).marked).toEqual([]);
  });

  it("refuses --fail-on left-by-killed-run without stacks", async () => {
    const { code, err } = await cli(gitlab, [
      ...["audit", "--project", "acme/app"],
      ...["--fail-on", "left-by-killed-run"],
    ]);
    expect([code, err]).toEqual([2, expect.stringContaining("never matches without stacks")]);
  });
});

describe("prune --left-by-killed-run", () => {
  it("shows and deletes what killed runs left, and nothing else", async () => {
    const [managed, dead, one, two, other] = [make("m"), make("x"), make("one"), make("two"), make("other")];
    gitlab.revoke(dead);
    const states = state([rowOf(managed)], [creating("one"), creating("two"), creating("never made")]);
    const shown = await prune(states, ["--dry-run"]);
    expect([shown.code, left()]).toEqual([0, [managed, dead, one, two, other]]);
    expect(shown.out).toContain("one");
    expect(shown.out).not.toContain("other");
    const { code, out } = await prune(states);
    expect([code, out]).toEqual([0, expect.stringContaining("2 of 2 deploy tokens deleted.")]);
    expect(left()).toEqual([managed, dead, other]);
  });

  it("warns if arguments of a create are encrypted, and exits with 2", async () => {
    const encrypted = creating("hidden", { name: { ...secretMark, ciphertext: "v1:x" } });
    const managed = make("m");
    const [cut, hidden] = [make("cut"), make("hidden")];
    const nothing = await prune(state([rowOf(managed)], [encrypted]));
    expect([nothing.code, nothing.out]).toEqual([2, "Nothing to prune.\n"]);
    expect(nothing.err).toContain("arguments are encrypted, so a token that was left cannot be recognized");
    const { code, out, err } = await prune(state([rowOf(managed)], [creating("cut"), encrypted]));
    expect([code, out]).toEqual([2, expect.stringContaining("1 of 1 deploy token deleted.")]);
    expect(err).toContain("arguments are encrypted");
    expect(left()).toEqual([managed, hidden]);
    expect(left()).not.toContain(cut);
  });

  it("asks before it deletes", async () => {
    const states = state([rowOf(make("m"))], [creating("cut")]);
    const cut = make("cut");
    expect((await prune(states, [], { isTTY: true, stdin: "no\n" })).code).toBe(1);
    expect(left()).toContain(cut);
    expect((await prune(states, [], { isTTY: true, stdin: "y\n" })).code).toBe(0);
    expect(left()).not.toContain(cut);
  });

  it("deletes none of several equal tokens", async () => {
    const states = state([rowOf(make("m"))], [creating("cut")]);
    const [one, two] = [make("cut"), make("cut")];
    const { code, out, err } = await prune(states);
    expect([code, out]).toEqual([2, "Nothing to prune.\n"]);
    expect(err).toContain(`deploy token ${one} (cut) is not deleted: ${one}, ${two} are equal`);
    expect(left()).toEqual(expect.arrayContaining([one, two]));
  });

  it("deletes no token that is older than one of the stack", async () => {
    const cut = make("cut");
    const newer = make("m");
    const { code, err } = await prune(state([rowOf(newer)], [creating("cut")]));
    expect([code, err]).toEqual([
      2,
      expect.stringContaining(`the stack shop/dev has a newer token (${newer})`),
    ]);
    expect(left()).toContain(cut);
  });

  it("deletes no token if the stack has none to compare its age with", async () => {
    const cut = make("cut");
    const { code, err } = await prune(state([], [creating("cut")]));
    expect([code, err]).toEqual([2, expect.stringContaining("no token to compare its age with")]);
    expect(left()).toEqual([cut]);
  });

  it("deletes nothing if a run saves the state during the wait", async () => {
    const states = state([rowOf(make("m"))], [creating("cut")]);
    const cut = make("cut");
    // GitLab answers only after the running update saved its state.
    const listing = hold(gitlab, { path: /deploy_tokens/ });
    const saving = expect
      .poll(() => listing.hits)
      .toBe(1)
      .then(() => {
        state([rowOf(cut)], [], "2026-11-24T11:00:01Z");
        listing.release();
      });
    const { code, err } = await prune(states);
    await saving;
    expect([code, err]).toEqual([2, expect.stringContaining("A run works on the stack shop/dev")]);
    expect(left()).toContain(cut);
  });

  it("waits for a state that was saved less than a minute ago", async () => {
    const saved = new Date(Date.parse(now) - 59_900).toISOString();
    const states = state([rowOf(make("m"))], [creating("cut")], saved);
    make("cut");
    const { code, out, err } = await prune(states);
    expect(err).toContain("Waiting 1 s for changes of the states");
    expect([code, out]).toEqual([0, expect.stringContaining("1 of 1 deploy token deleted.")]);
  });

  it("sends no request if no create was interrupted", async () => {
    gitlab.clearRequests();
    const { code, out } = await prune(state([rowOf(make("m"))], []));
    expect([code, out, gitlab.requests]).toEqual([0, "Nothing to prune.\n", []]);
  });

  it("needs the states, with --no-stacks too", async () => {
    for (const args of [[], ["--no-stacks"]]) {
      const { code, err } = await prune([], ["--yes", ...args]);
      expect([code, err]).toEqual([2, expect.stringContaining("--left-by-killed-run needs the states")]);
    }
  });
});
