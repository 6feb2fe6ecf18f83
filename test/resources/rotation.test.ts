import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RotatingGroupDeployToken, RotatingProjectDeployToken } from "../../provider/index.js";
import { known, setMocks } from "../support/pulumi.js";

let registered: { type: string; name: string; inputs: Record<string, unknown> }[];
const tokens = () =>
  registered
    .filter(({ type }) => /:dynamic\/gitlab:/.test(type))
    .map(({ name, inputs }) => [name, inputs["expiresAt"]]);

beforeEach(async () => {
  registered = [];
  await setMocks(({ type, name, inputs }) => {
    registered.push({ type, name, inputs });
    return {
      id: `1:${registered.length}`,
      state: { ...inputs, token: `value of ${name}`, username: name },
    };
  });
  vi.stubEnv("GITLAB_TESTING_TIME", "2027-01-05T12:00:00Z");
  vi.spyOn(pulumi.log, "warn").mockResolvedValue();
});
afterEach(async () => {
  await pulumi.runtime.disconnect();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  pulumi.runtime.setAllConfig({});
});

const base = {
  scopes: ["read_registry" as const],
  rotateEveryDays: 90,
  overlapDays: 30,
  rotationStart: "2027-01-01",
};
const rotating = (more = {}, opts?: pulumi.ComponentResourceOptions) =>
  new RotatingProjectDeployToken("pull", { project: "acme/app", ...base, ...more }, opts);

it("declares the slot's token and, in the overlap, the previous one; has the current one's outputs", async () => {
  const component = rotating();
  expect(await known(component.rotatesAt)).toBe("2027-04-01T00:00:00.000Z");
  expect(await known(component.token)).toBe("value of pull-2027-01-01");
  expect(await known(component.username)).toBe("pull-2027-01-01");
  await pulumi.runtime.disconnect();
  expect(tokens()).toEqual([
    ["pull-2026-10-03", "2027-01-31T00:00:00.000Z"],
    ["pull-2027-01-01", "2027-05-01T00:00:00.000Z"],
  ]);
  expect(registered.every(({ type, inputs }) => type.includes("Rotating") || inputs["name"] === "pull")).toBe(
    true,
  );
  expect(registered.map(({ type }) => type)).toContain(
    "gitlab-deploy-tokens:index:RotatingProjectDeployToken",
  );
});

it("declares one token after the overlap, also for a group", async () => {
  vi.stubEnv("GITLAB_TESTING_TIME", "2027-01-31");
  const component = new RotatingGroupDeployToken("ci", { group: "acme", ...base, name: "ci token" });
  expect(await known(component.rotatesAt)).toBe("2027-04-01T00:00:00.000Z");
  await pulumi.runtime.disconnect();
  expect(tokens()).toEqual([["ci-2027-01-01", "2027-05-01T00:00:00.000Z"]]);
  expect(component.previous).toBeUndefined();
});

it("declares tokens that never expire with expire: false", async () => {
  rotating({ expire: false });
  await pulumi.runtime.disconnect();
  expect(tokens().map(([, expiry]) => expiry)).toEqual([undefined, undefined]);
});

it("gives the tokens new names if rotateWhenChanged is set", async () => {
  rotating({ rotateWhenChanged: "2027-01-leak" });
  await pulumi.runtime.disconnect();
  expect(tokens().map(([name]) => name)).toEqual([
    "pull-2026-10-03-2027-01-leak",
    "pull-2027-01-01-2027-01-leak",
  ]);
});

it.each([
  [
    "the configuration",
    () => pulumi.runtime.setAllConfig({ "gitlab-deploy-tokens:rotationTime": "2026-12-24" }),
  ],
  ["the old key", () => pulumi.runtime.setAllConfig({ "gitlab:rotationTime": "2026-12-24" })],
  ["the environment", () => vi.stubEnv("GITLAB_ROTATION_TIME", "2026-12-24T00:00:00Z")],
])("takes the time that %s gives for the current time", async (_where, set) => {
  set();
  rotating();
  await pulumi.runtime.disconnect();
  expect(tokens().map(([name]) => name)).toEqual(["pull-2026-10-03"]);
});

it("warns while rotationTime is set beyond a slot, and not before", async () => {
  const warn = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
  vi.stubEnv("GITLAB_ROTATION_TIME", "2026-12-24");
  vi.stubEnv("GITLAB_TESTING_TIME", "2026-12-31T23:59:59Z");
  rotating();
  const said = () =>
    warn.mock.calls.map(([message]) => message).filter((message) => message.includes("delays a rotation"));
  expect(said()).toEqual([]);
  vi.stubEnv("GITLAB_TESTING_TIME", "2027-01-01");
  rotating();
  rotating({ expire: false });
  await pulumi.runtime.disconnect();
  const due = "GITLAB_ROTATION_TIME delays a rotation that is due since 2027-01-01T00:00:00.000Z.";
  expect(said()).toEqual([
    `${due} The current token expires at 2027-01-31T00:00:00.000Z, regardless of this setting.`,
    due,
  ]);
});

describe("refuses by name", () => {
  it.each([
    [{ rotateEveryDays: 0 }, '"pull": rotateEveryDays is 0; wanted: a whole number of days, at least 1'],
    [{ rotateEveryDays: 1.5 }, '"pull": rotateEveryDays is 1.5'],
    [
      { overlapDays: 0 },
      '"pull": overlapDays is 0; wanted: a whole number of days from 1 to rotateEveryDays (90)',
    ],
    [{ overlapDays: 91 }, '"pull": overlapDays is 91'],
    [{ rotationStart: "soon" }, '"pull": rotationStart is "soon"; wanted: a date'],
    [{ rotateWhenChanged: "" }, '"pull": rotateWhenChanged is ""; wanted: a non-empty string'],
    [{ rotateWhenChanged: "a::b" }, '"pull": rotateWhenChanged is "a::b"'],
  ])("%j", (args, message) => {
    expect(() => rotating(args)).toThrow(message);
  });

  it("a rotationTime that is not a date", () => {
    vi.stubEnv("GITLAB_ROTATION_TIME", "later");
    expect(() => rotating()).toThrow('GITLAB_ROTATION_TIME is "later"; wanted: a date');
  });
});

it("has its own start day, and a third as the overlap, by default", async () => {
  const { rotationStart: _s, overlapDays: _o, ...rest } = base;
  new RotatingProjectDeployToken("pull", { project: 1, ...rest });
  await pulumi.runtime.disconnect();
  expect(tokens().length).toBeGreaterThanOrEqual(1);
});

describe("a refresh that runs the program after the start of a slot (pulumi-today.md 1)", () => {
  /** Responses of the engine instead of a test's mocks, which `isMocked` looks for. */
  const engine = async (state: object, preview = false) => {
    await setMocks(({ inputs }) => ({ id: "", state: { ...inputs, ...state } }), { preview });
    const monitor = pulumi.runtime.getMonitor();
    const unmarked = new Proxy(monitor as object, { has: (target, key) => key !== "mocks" && key in target });
    pulumi.runtime.setMockOptions(unmarked, "project", "stack", preview);
  };
  const warnings = () =>
    vi
      .mocked(pulumi.log.warn)
      .mock.calls.map(([message]) => message)
      .filter((message) => message.includes("the slot"));

  it.each([[{}], [{ deployTokenId: pulumi.runtime.unknownValue }], [{ deployTokenId: null }]])(
    "warns if the slot's token is not in the state: %j",
    async (state) => {
      await engine(state);
      rotating();
      await vi.waitFor(() => expect(warnings()).toHaveLength(1));
      expect(warnings()).toEqual([
        expect.stringMatching(
          /^This run does not create the token of the slot since 2027-01-01T00:00:00\.000Z, .*: run pulumi up before/,
        ),
      ]);
    },
  );

  it.each([
    ["the token is in the state", { deployTokenId: 4 }, false],
    ["it is a preview", {}, true],
  ])("gives no warning if %s", async (_when, state, preview) => {
    await engine(state, preview);
    const component = rotating();
    await known(component.rotatesAt);
    await pulumi.runtime.disconnect();
    expect(warnings()).toEqual([]);
  });

  it("gives no warning if a test's mocks return no id", async () => {
    const component = rotating();
    await known(component.token);
    await pulumi.runtime.disconnect();
    expect(warnings()).toEqual([]);
  });
});
