import { expect, inject, it } from "vitest";
import { useEmulator } from "./support.js";

const use = useEmulator();

const program = (
  args = "",
  opts = "{}",
) => `import { ProjectDeployToken, RotatingProjectDeployToken } from "pulumi-gitlab-deploy-tokens";
const pull = new RotatingProjectDeployToken("pull", {
  project: "acme/app", scopes: ["read_registry"], rotateEveryDays: 90, overlapDays: 30, rotationStart: "2031-01-01", ${args}
}, ${opts});
// A user of the token, whose name shows which token it received.
new ProjectDeployToken("user", { project: "acme/tools", scopes: ["read_registry"], name: pull.username });
export const { token, username, rotatesAt } = pull;
void ProjectDeployToken;`;

const at = (instant: string) => {
  void use.gitlab.clock.set(instant);
  return { env: { GITLAB_TESTING_TIME: instant } };
};
/** The ids and expiries of the rotated project's tokens. */
const living = () =>
  use.gitlab
    .deployTokens()
    .filter(({ ownerId }) => ownerId === 1)
    .map(({ id, expiresAt }) => `${id} until ${expiresAt?.toISOString().slice(0, 10)}`);

it("rotates through a year of runs: no instant without a token that works, never more than two", async () => {
  const stack = await use.stack(program());
  const history: [string, string[]][] = [];
  // The value that the stack's users have had since the last run.
  let held = "";
  const days = "2031-02-15 2031-04-01 2031-04-15 2031-05-10 2031-07-05 2031-09-01 2031-10-20 2031-12-31";
  for (const instant of days.split(" ")) {
    const run = at(`${instant}T08:00:00Z`);
    const now = use.gitlab.clock.now();
    const works = (value: string) =>
      use.gitlab
        .deployTokens()
        .some(({ token, expiresAt }) => token === value && (expiresAt === null || expiresAt > now));
    if (held !== "") expect(works(held), instant).toBe(true);
    await stack.up(run);
    held = String((await stack.outputs())["token"]);
    expect(works(held), instant).toBe(true);
    history.push([instant, living()]);
  }
  expect(history).toEqual(
    [
      ["2031-02-15", ["1 until 2031-05-01"]],
      ["2031-04-01", ["1 until 2031-05-01", "3 until 2031-07-30"]],
      ["2031-04-15", ["1 until 2031-05-01", "3 until 2031-07-30"]],
      ["2031-05-10", ["3 until 2031-07-30"]],
      ["2031-07-05", ["3 until 2031-07-30", "5 until 2031-10-28"]],
      ["2031-09-01", ["5 until 2031-10-28"]],
      ["2031-10-20", ["5 until 2031-10-28", "7 until 2032-01-26"]],
      ["2031-12-31", ["7 until 2032-01-26", "9 until 2032-04-25"]],
    ].map(([instant, list]) => [instant, expect.arrayContaining(list as string[])]),
  );
  expect(history.every(([, list]) => list.length <= 2)).toBe(true);
  // During the overlap, destroy deletes both.
  await stack.destroy(at("2031-12-31T09:00:00Z"));
  expect(use.gitlab.deployTokens()).toEqual([]);
});

it("shows a rotation in preview, changes nothing within a slot, and is stopped by gitlab-deploy-tokens:rotationTime", async () => {
  const stack = await use.stack(program());
  await stack.up(at("2031-02-15T00:00:00Z"));
  expect((await stack.up(at("2031-03-31T23:59:59Z"))).changes).toEqual({ unchanged: 4 });
  const comes = await stack.preview(at("2031-04-01T00:00:00Z"));
  expect(comes.changes).toMatchObject({ created: 1, replaced: 1 });
  expect(comes.stdout).toContain("pull-2031-04-01 create");
  await stack.configure({ "gitlab-deploy-tokens:rotationTime": "2031-03-31" });
  const held = await stack.preview(at("2031-04-01T00:00:00Z"));
  expect(held.changes).toEqual({ unchanged: 4 });
  expect(held.output).toContain("The current token expires at 2031-05-01T00:00:00.000Z");
  await stack.configure({ "gitlab-deploy-tokens:rotationTime": "" });
  await stack.up(at("2031-04-01T00:00:00Z"));
  const goes = await stack.preview(at("2031-05-01T00:00:00Z"));
  expect(goes.changes).toEqual({ deleted: 1, unchanged: 4 });
  expect(goes.stdout).toContain("pull-2031-01-01 delete");
});

it("rotates after months without a run", async () => {
  const stack = await use.stack(program());
  await stack.up(at("2031-02-15T00:00:00Z"));
  await stack.up(at("2032-03-01T00:00:00Z"));
  expect(living()).toEqual([expect.stringMatching(/until 2032-04-25$/)]);
  expect((await stack.up(at("2032-03-01T00:00:00Z"))).changes).toEqual({ unchanged: 4 });
});

it("replaces a leaked token by rotateWhenChanged: one up creates new tokens, updates their users and deletes all old ones", async () => {
  const stack = await use.stack(program());
  await stack.up(at("2031-04-05T00:00:00Z"));
  const before = use.gitlab.deployTokens().filter(({ ownerId }) => ownerId === 1);
  expect(before).toHaveLength(2);
  use.gitlab.clearRequests();
  stack.program(program('rotateWhenChanged: "2031-04-leak",'));
  await stack.up(at("2031-04-05T00:00:00Z"));
  const after = use.gitlab.deployTokens().filter(({ ownerId }) => ownerId === 1);
  expect(after).toHaveLength(2);
  expect(after.some(({ token }) => before.some((old) => old.token === token))).toBe(false);
  const order = use.gitlab.requests
    .filter(({ method }) => method !== "GET")
    .map(({ method, path }) => `${method} ${path.split("/")[4]}`);
  // The new token of the user is created before any old token is deleted.
  expect(order.indexOf("POST 2")).toBeLessThan(order.indexOf("DELETE 1"));
});

it("acts at once on a change of arguments in the middle of a slot", async () => {
  const stack = await use.stack(program());
  await stack.up(at("2031-04-05T00:00:00Z"));
  stack.program(program('username: "cluster",'));
  expect((await stack.up(at("2031-04-06T00:00:00Z"))).changes).toMatchObject({ replaced: 3 });
  const longer = program('username: "cluster",').replace("rotateEveryDays: 90", "rotateEveryDays: 60");
  stack.program(longer);
  await stack.up(at("2031-04-07T00:00:00Z"));
  expect((await stack.outputs())["rotatesAt"]).toBe("2031-05-01T00:00:00.000Z");
  expect(living()).toEqual([expect.stringMatching(/until 2031-05-31$/)]);
  stack.program(program('username: "cluster", expire: false,'));
  await stack.up(at("2031-04-08T00:00:00Z"));
  const expiries = use.gitlab.deployTokens().filter(({ ownerId }) => ownerId === 1);
  expect(expiries.map(({ expiresAt }) => expiresAt)).toEqual([null, null]);
});

// The language host that the tests build (3.68) does not pass `protect: false` to the engine.
it.skipIf(inject("engine").cli.source === "build")(
  "protects the current slot, and unprotects the slot before",
  async () => {
    const stack = await use.stack(program("", "{ protect: true }"));
    await stack.up(at("2031-04-05T00:00:00Z"));
    const { rows } = await stack.exported();
    const isProtected = rows
      .filter((row) => (row as { protect?: boolean }).protect)
      .map(({ urn }) => urn.split("::").at(-1));
    expect(isProtected).toEqual(["pull", "pull-2031-04-01"]);
    await stack.up(at("2031-05-05T00:00:00Z"));
    expect(living()).toHaveLength(1);
  },
);
