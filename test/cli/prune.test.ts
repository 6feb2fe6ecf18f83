import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { another, gitlab, hold, useEmulator } from "../support/emulator.js";
import { folder, useFolder } from "../support/folder.js";
import { cli, exported, now, row } from "./support.js";

useEmulator({ time: now });
useFolder();
/** Ids by name. */
let ids: Record<string, number>;

beforeEach(() => {
  const make = (name: string, more: object = {}) =>
    gitlab.createDeployToken({ project: "acme/app", name, scopes: ["read_registry"], ...more }).id;
  ids = {
    alive: make("alive"),
    expired: make("expired", { expiresAt: "2026-11-23" }),
    today: make("today", { expiresAt: "2026-11-24" }),
    revoked: make("revoked"),
    managed: make("managed", { expiresAt: "2026-01-01" }),
  };
  gitlab.revoke(Number(ids["revoked"]));
});

const left = () => gitlab.deployTokens().map(({ name }) => name);
const prune = (args: readonly string[], options = {}) => {
  const file = join(folder, "state.json");
  writeFileSync(file, exported(row("project", "acme/app", Number(ids["managed"]))));
  return cli(gitlab, ["prune", "--project", "acme/app", "--state", file, ...args], options);
};

it("deletes what GitLab itself calls expired or revoked and no stack has, and never a live one", async () => {
  const { code, out } = await prune(["--yes"]);
  expect(code).toBe(0);
  expect(out).toContain("2 of 2 deploy tokens deleted.");
  // GitLab's own flag becomes true a day later, so a wrong clock on this machine deletes nothing.
  expect(left()).toEqual(["alive", "today", "managed"]);
});

it.each([
  ["name", { name: "another" }],
  ["scopes", { scopes: ["read_repository"] }],
  ["username", { username: "somebody" }],
  ["expiry", { expiresAt: new Date("2026-11-20T00:00:00Z") }],
] as const)("deletes no token that has another %s than the one that it listed", async (_what, change) => {
  const revoked = Number(ids["revoked"]);
  const path = new RegExp(`/deploy_tokens/${revoked}$`);
  const held = hold(gitlab, { method: "GET", path });
  const pruning = prune(["--yes"]);
  await gitlab.waitFor((request) => path.test(request.path));
  // A restored database assigns the id again.
  const token = gitlab.store.deployTokens.get(revoked);
  if (token !== undefined) gitlab.store.deployTokens.set(revoked, { ...token, ...change });
  held.release();
  const { code, err } = await pruning;
  expect([code, gitlab.store.deployTokens.has(revoked)]).toEqual([2, true]);
  expect(err).toContain(`Deploy token ${revoked} is no longer the one that was listed (revoked).`);
});

it("does not depend on the machine's clock: it may be a year ahead", async () => {
  await prune(["--yes"], { env: { GITLAB_TESTING_TIME: "2027-11-24T12:00:00Z" } });
  expect(left()).toEqual(["alive", "today", "managed"]);
});

it("shows the tokens and asks; anything but yes deletes nothing", async () => {
  const no = await prune([], { isTTY: true, stdin: "no\n" });
  expect(no.code).toBe(1);
  expect(no.out).toMatch(/expired[\s\S]*revoked/);
  expect(no.out).not.toContain("alive");
  expect(no.err).toContain("Delete these 2 deploy tokens? [y/N]");
  expect(left()).toHaveLength(5);
  expect((await prune([], { isTTY: true, stdin: "y\n" })).code).toBe(0);
  expect(left()).toHaveLength(3);
});

it("--dry-run deletes nothing, and names what was searched", async () => {
  const { code, out } = await prune(["--dry-run"]);
  expect([code, out]).toEqual([
    0,
    expect.stringContaining(`2 deploy tokens of project acme/app on ${gitlab.url}`),
  ]);
  expect(left()).toHaveLength(5);
});

it("fails without a terminal and --yes before it reads or lists anything", async () => {
  const { code, out, err } = await prune([]);
  expect([code, out, gitlab.requests]).toEqual([2, "", []]);
  expect(err).toBe("error: Not a terminal; pass --yes to delete the tokens, or --dry-run to list them\n");
  expect(left()).toHaveLength(5);
});

it("needs the stacks", async () => {
  const { code, err } = await cli(gitlab, ["prune", "--project", "acme/app", "--yes"]);
  expect(code).toBe(2);
  expect(err).toContain("No stack given;");
  expect((await cli(gitlab, ["prune", "--project", "acme/app", "--yes", "--no-stacks"])).code).toBe(0);
  expect(left()).toEqual(["alive", "today"]);
});

it("continues after a failure, names it, and exits with 2; a token that is already deleted is not a failure", async () => {
  gitlab.faults.add({
    method: "DELETE",
    path: new RegExp(`/${ids["expired"]}$`),
    times: Number.POSITIVE_INFINITY,
    fault: { kind: "respond", status: 403, body: '{"message":"403 Forbidden"}' },
  });
  const { code, out, err } = await prune(["--yes"]);
  expect(code).toBe(2);
  expect(out).toContain("1 of 2 deploy tokens deleted, 1 failed.");
  expect(err).toContain("403 Forbidden");
  expect(left()).toEqual(["alive", "expired", "today", "managed"]);
});

it.each([{ kind: "reset" }, { kind: "respond", status: 502, body: "<html>" }] as const)(
  "counts a deletion whose response was lost: %j",
  async (fault) => {
    gitlab.faults.add({ method: "DELETE", when: "after", fault });
    const { code, out } = await prune(["--yes"]);
    expect([code, out]).toEqual([0, expect.stringContaining("2 of 2 deploy tokens deleted.")]);
  },
);

it("reads each token again before the deletion: one that is active is kept, although the list called it dead", async () => {
  const { alive } = ids;
  const dead = { id: alive, name: "alive", username: "x", scopes: ["read_registry"], expires_at: null };
  const body = JSON.stringify([{ ...dead, revoked: true, expired: false }]);
  gitlab.faults.add({ path: /\/deploy_tokens\?/, fault: { kind: "respond", status: 200, body } });
  const { code, out } = await prune(["--yes"]);
  expect([code, out]).toEqual([0, expect.stringContaining("0 of 1 deploy token deleted.")]);
  expect(left()).toContain("alive");
});

it("keeps a token that a stack has on this GitLab under another address", async () => {
  const file = join(folder, "elsewhere.json");
  const at = (id: string, name: string) =>
    row("project", "acme/app", Number(ids[id]), {
      outputs: { project: "acme/app", name, baseUrl: "https://gitlab.internal.test" },
    });
  writeFileSync(file, exported(at("revoked", "revoked"), at("expired", "another token, on another GitLab")));
  const { err } = await cli(gitlab, ["prune", "--project", "acme/app", "--state", file, "--yes"]);
  expect(err).toContain("1 deploy token of the given stacks is outside the searched projects and groups");
  expect(left()).toEqual(["alive", "today", "revoked"]);
});

describe("prune of a project that cannot be read", () => {
  const args = ["prune", "--group", "acme", "--recursive", "--no-stacks"];
  const respondForbidden = (path: RegExp) =>
    gitlab.faults.add({
      path,
      times: Number.POSITIVE_INFINITY,
      fault: { kind: "respond", status: 403, body: '{"message":"403 Forbidden"}' },
    });
  const addDead = () =>
    gitlab.revoke(
      gitlab.createDeployToken({ project: "acme/tools", name: "dead", scopes: ["read_registry"] }).id,
    );
  beforeEach(() => {
    respondForbidden(/^\/api\/v4\/projects\/1\/deploy_tokens/);
  });

  it("names it, and fails without --allow-incomplete", async () => {
    const { code, out, err } = await cli(gitlab, [...args, "--yes"]);
    expect(out).toBe("Nothing to prune.\n");
    expect(err).toContain("1 project or group could not be read");
    expect(err).toContain("the exit code is 2 without --allow-incomplete");
    expect(code).toBe(2);
    expect((await cli(gitlab, [...args, "--yes", "--allow-incomplete"])).code).toBe(0);
  });

  it("prunes the other projects, and still fails", async () => {
    addDead();
    expect((await cli(gitlab, [...args, "--dry-run"])).code).toBe(2);
    expect((await cli(gitlab, [...args, "--dry-run", "--allow-incomplete"])).code).toBe(0);
    const { code, out } = await cli(gitlab, [...args, "--yes"]);
    expect([code, out]).toEqual([2, expect.stringContaining("1 of 1 deploy token deleted")]);
    addDead();
    expect((await cli(gitlab, [...args, "--yes", "--allow-incomplete"])).code).toBe(0);
  });

  it("exits with 2 after a failed deletion, also with --allow-incomplete", async () => {
    addDead();
    respondForbidden(/^\/api\/v4\/projects\/\d+\/deploy_tokens\/\d+$/);
    expect((await cli(gitlab, [...args, "--yes", "--allow-incomplete"])).code).toBe(2);
  });
});

it("deletes nothing if no token is dead, and on a GitLab that does not say", async () => {
  await prune(["--yes"]);
  expect((await prune(["--yes"])).out).toBe("Nothing to prune.\n");
  const old = await another({ profile: "13.0" });
  await old.clock.set(new Date(now));
  old.createDeployToken({
    project: "acme/app",
    name: "x",
    scopes: ["read_registry"],
    expiresAt: "2020-01-01",
  });
  const { out, err } = await cli(old, ["prune", "--project", "acme/app", "--yes", "--no-stacks"]);
  expect(out).toBe("Nothing to prune.\n");
  expect(err).toContain("this GitLab (before 13.12) does not report which deploy tokens are revoked");
  expect(old.deployTokens()).toHaveLength(1);
});
