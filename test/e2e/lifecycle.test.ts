import { describe, expect, it } from "vitest";
import { profile } from "../support/profile.js";
import { occurrences, tokenProgram } from "../support/programs.js";
import { paths } from "../support/run.js";
import { useEmulator, writes } from "./support.js";

const use = useEmulator();
/** GitLab before 13.12 does not report a revocation. */
const itTells = it.runIf(profile.saysRevoked);
const list = (owner: string) => `GET ${owner}/deploy_tokens?per_page=100&page=1`;
const base = { project: "acme/app", name: "cluster pull", scopes: ["read_registry", "read_repository"] };

it("creates a token, leaves it alone, refreshes and destroys it, with the expected state and requests", async () => {
  const { gitlab } = use;
  const stack = await use.stack(tokenProgram(base));
  const requests: Record<string, string[]> = {};
  const count = async (what: string, command: () => Promise<unknown>) => {
    gitlab.clearRequests();
    await command();
    requests[what] = paths(gitlab);
  };
  await count("up", async () => expect((await stack.up()).changes).toEqual({ created: 2 }));
  const [token] = gitlab.deployTokens();
  expect(await stack.outputs()).toEqual({
    id: "acme/app:1",
    value: token?.token,
    username: "gitlab+deploy-token-1",
    deployTokenId: 1,
    expired: false,
    revoked: false,
  });
  const [row] = await stack.tokens();
  await count("preview", async () => expect((await stack.preview()).changes).toEqual({ unchanged: 2 }));
  await count("no-change up", async () => expect((await stack.up()).changes).toEqual({ unchanged: 2 }));
  await count("refresh", async () => expect((await stack.refresh()).changes).toEqual({ unchanged: 2 }));
  await count("destroy", async () => expect((await stack.destroy()).changes).toEqual({ deleted: 2 }));
  expect(gitlab.deployTokens()).toEqual([]);
  expect(requests).toEqual({
    up: ["GET /projects/acme%2Fapp", list("/projects/1"), "POST /projects/1/deploy_tokens"],
    preview: [],
    "no-change up": [],
    // The request for the project shows whether it is marked for deletion.
    refresh: ["GET /projects/1", list("/projects/1")],
    destroy: [list("/projects/1"), "DELETE /projects/1/deploy_tokens/1"],
  });
  const bytes = JSON.stringify(row).length;
  const counts = Object.entries(requests).map(([what, list]) => `${what} ${list.length}`);
  process.stdout.write(`state per token: ${bytes} bytes (compact JSON); requests: ${counts.join(", ")}\n`);
  expect(bytes).toBeLessThan(1_850);
});

it("does the same for a group", async () => {
  const stack = await use.stack(tokenProgram({ group: "acme", scopes: ["read_repository"] }));
  await stack.up();
  expect(await stack.outputs()).toMatchObject({ id: "acme:1", value: use.gitlab.deployTokens()[0]?.token });
  expect((await stack.up()).changes).toEqual({ unchanged: 2 });
  await stack.refresh();
  await stack.destroy();
  expect(paths(use.gitlab)).toEqual([
    "GET /groups/acme?with_projects=false",
    list("/groups/1"),
    "POST /groups/1/deploy_tokens",
    "GET /groups/1?with_projects=false",
    list("/groups/1"),
    list("/groups/1"),
    "DELETE /groups/1/deploy_tokens/1",
  ]);
});

describe("a change of an argument creates the new token before it deletes the old one", () => {
  const full = { ...base, username: "cluster", expiresAt: "2031-01-31" };
  const { username: _u, ...noUsername } = full;
  const { expiresAt: _e, ...noExpiry } = full;
  const { name: _n, ...noName } = full;
  const few = { ...full, scopes: ["read_registry"] };
  it.each([
    ["project changed", full, { ...full, project: "acme/tools" }, "project"],
    ["name changed", full, { ...full, name: "other" }, "name"],
    ["name removed", full, noName, "name"],
    ["a scope added", few, full, "scopes"],
    ["a scope removed", full, few, "scopes"],
    ["username changed", full, { ...full, username: "other" }, "username"],
    ["username removed", full, noUsername, "username"],
    ["username added", noUsername, full, "username"],
    ["expiresAt changed", full, { ...full, expiresAt: "2032-01-31" }, "expiresAt"],
    ["expiresAt removed", full, noExpiry, "expiresAt"],
    ["expiresAt added", noExpiry, full, "expiresAt"],
  ])("%s", async (_what, before, after, argument) => {
    const { gitlab } = use;
    const stack = await use.stack(tokenProgram(before));
    await stack.up();
    stack.program(tokenProgram(after));
    const preview = await stack.preview({ args: ["--diff"] });
    expect(preview.changes).toEqual({ replaced: 1, unchanged: 1 });
    expect(preview.stdout).toMatch(new RegExp(`[~+-] ${argument}`));
    // An output that only GitLab gives must not look like a deletion.
    expect(preview.stdout).not.toMatch(/- (token|deployTokenId|ownerId|baseUrl|revoked)/);
    gitlab.clearRequests();
    expect((await stack.up()).changes).toEqual({ replaced: 1, unchanged: 1 });
    expect(writes(gitlab)).toEqual([expect.stringMatching(/^POST /), "DELETE /projects/1/deploy_tokens/1"]);
    expect(await stack.outputs()).toMatchObject({ value: gitlab.deployTokens()[0]?.token, deployTokenId: 2 });
    expect(gitlab.deployTokens()).toHaveLength(1);
    gitlab.clearRequests();
    expect((await stack.up()).changes).toEqual({ unchanged: 2 });
    expect(gitlab.requests).toEqual([]);
  });
});

it("sees no change in equal spellings, without a request", async () => {
  const { gitlab } = use;
  const stack = await use.stack(tokenProgram({ ...base, expiresAt: "2031-01-31" }));
  await stack.up();
  gitlab.clearRequests();
  for (const equal of [
    { ...base, expiresAt: "2031-01-31T00:00:00Z" },
    { ...base, expiresAt: "2031-01-31T02:00:00.000+02:00" },
    { ...base, expiresAt: "2031-01-31", scopes: ["read_repository", "read_registry", "read_registry"] },
    { ...base, expiresAt: "2031-01-31", project: 1 },
    { ...base, expiresAt: "2031-01-31", project: "1" },
    { ...base, expiresAt: "2031-01-31", username: "gitlab+deploy-token-1" },
    { ...base, expiresAt: "2031-01-31", validatePastExpirationDate: false },
  ]) {
    stack.program(tokenProgram(equal));
    expect((await stack.up()).changes).toEqual({ unchanged: 2 });
  }
  expect(gitlab.requests).toEqual([]);
});

describe("a token revoked or deleted in GitLab", () => {
  it("deleted: is dropped by refresh, and the next up creates a new one", async () => {
    const { gitlab } = use;
    const stack = await use.stack(tokenProgram(base));
    await stack.up();
    gitlab.store.deployTokens.clear();
    expect((await stack.refresh()).changes).toMatchObject({ deleted: 1 });
    expect((await stack.up()).changes).toEqual({ created: 1, unchanged: 1 });
    expect(gitlab.deployTokens()).toHaveLength(1);
  });

  itTells("revoked: is shown by refresh, and the next up replaces it and removes the dead row", async () => {
    const { gitlab } = use;
    const stack = await use.stack(tokenProgram(base));
    await stack.up();
    gitlab.revoke(1);
    await stack.refresh();
    expect((await stack.tokens())[0]?.outputs).toMatchObject({ revoked: true });
    expect((await stack.preview()).changes).toEqual({ replaced: 1, unchanged: 1 });
    expect((await stack.up()).changes).toEqual({ replaced: 1, unchanged: 1 });
    expect(gitlab.deployTokens()).toMatchObject([{ id: 2, revoked: false }]);
    expect((await stack.up()).changes).toEqual({ unchanged: 2 });
  });

  itTells("revoked or deleted: is replaced by one up --refresh", async () => {
    const { gitlab } = use;
    const stack = await use.stack(tokenProgram(base));
    await stack.up();
    gitlab.revoke(1);
    await stack.up({ args: ["--refresh"] });
    expect(gitlab.deployTokens()).toMatchObject([{ id: 2, revoked: false }]);
    gitlab.store.deployTokens.clear();
    await stack.up({ args: ["--refresh"] });
    expect(gitlab.deployTokens()).toMatchObject([{ id: 3 }]);
    expect((await stack.destroy({ args: ["--refresh"] })).code).toBe(0);
    expect(gitlab.deployTokens()).toEqual([]);
  });

  it("deleted: does not fail a destroy without a refresh", async () => {
    const stack = await use.stack(tokenProgram(base));
    await stack.up();
    use.gitlab.store.deployTokens.clear();
    expect((await stack.destroy()).changes).toEqual({ deleted: 2 });
  });
});

describe("a project's path", () => {
  it("may change and go to another project: the token stays and is destroyed, no other is touched", async () => {
    const { gitlab } = use;
    const stack = await use.stack(tokenProgram(base));
    await stack.up();
    gitlab.move("project", "acme/app", "acme/renamed");
    gitlab.seed({ projects: [{ path: "acme/app" }] });
    const others = gitlab.createDeployToken({ project: "acme/app", name: base.name, scopes: base.scopes });
    expect((await stack.refresh()).changes).toEqual({ unchanged: 2 });
    expect((await stack.up()).changes).toEqual({ unchanged: 2 });
    expect((await stack.destroy()).changes).toEqual({ deleted: 2 });
    expect(gitlab.deployTokens()).toEqual([others]);
  });

  it("may change for a group too", async () => {
    const { gitlab } = use;
    const stack = await use.stack(tokenProgram({ group: "acme", scopes: ["read_registry"] }));
    await stack.up();
    gitlab.move("group", "acme", "acme-corporation");
    expect((await stack.refresh()).changes).toEqual({ unchanged: 2 });
    expect((await stack.destroy()).changes).toEqual({ deleted: 2 });
    expect(gitlab.deployTokens()).toEqual([]);
  });
});

it("keeps the token of a resource that is renamed with an alias, and its default name", async () => {
  const { gitlab } = use;
  const args = { project: "acme/app", scopes: ["read_registry"] };
  const stack = await use.stack(tokenProgram(args, { name: "before" }));
  await stack.up();
  const before = await stack.outputs();
  gitlab.clearRequests();
  stack.program(tokenProgram(args, { name: "after", opts: '{ aliases: [{ name: "before" }] }' }));
  expect((await stack.up()).changes).toEqual({ unchanged: 2 });
  expect(await stack.outputs()).toEqual(before);
  expect(gitlab.requests).toEqual([]);
  expect(gitlab.deployTokens()).toMatchObject([{ name: "before" }]);
});

it("shows neither secret in outputs, diagnostics or state", async () => {
  const { gitlab } = use;
  const stack = await use.stack(tokenProgram(base));
  const printed: string[] = [];
  printed.push((await stack.up()).output, (await stack.preview({ args: ["--diff"] })).output);
  const value = String(gitlab.deployTokens()[0]?.token);
  stack.program(tokenProgram({ ...base, name: "other" }));
  printed.push(
    (await stack.preview({ args: ["--diff"] })).output,
    (await stack.preview({ args: ["--json"] })).output,
  );
  printed.push((await stack.refresh()).output);
  gitlab.faults.add({
    method: "POST",
    times: 9,
    // This run does not know the value, and a value without a prefix (before 16.7) does not look like a secret.
    fault: { kind: "respond", status: 400, body: `{"message":"${profile.prefix ? value : "no"}"}` },
  });
  printed.push((await stack.up({ fails: true })).output);
  gitlab.faults.clear();
  printed.push((await stack.exported()).text);
  printed.push((await stack.destroy()).output);
  const all = printed.join("\n");
  expect(all).toContain("[secret]");
  expect(occurrences(all, value)).toBe(0);
  expect(occurrences(all, "glpat-owner-0000000001")).toBe(0);
});
