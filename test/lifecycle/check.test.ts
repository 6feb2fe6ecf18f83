import { runtime } from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { check } from "../../provider/lifecycle/check.js";
import type { Properties } from "../../provider/lifecycle/properties.js";

const now = new Date("2026-06-01T00:00:00Z");
const unknown = runtime.unknownValue;
const valid = {
  project: "acme/app",
  name: "pull",
  defaultName: "res",
  scopes: ["read_registry"],
  __provider: "x",
};
const made = { ...valid, __provider: "x" };

function checkProject(news: Properties, olds: Properties = {}) {
  const { inputs, failures = [] } = check("project", olds, { ...valid, ...news }, now);
  return {
    inputs: inputs as Record<string, unknown>,
    reasons: failures.map(({ reason }) => reason),
    failures,
  };
}

describe("check: project", () => {
  it.each([
    [1, "1"],
    ["1", "1"],
    ["acme/app", "acme/app"],
    ["acme/sub.group/my-app_2", "acme/sub.group/my-app_2"],
  ])("takes %j", (project, normalized) => {
    expect(checkProject({ project })).toMatchObject({ inputs: { project: normalized }, reasons: [] });
  });

  it.each([
    "",
    " ",
    "app",
    "/acme/app",
    "acme/app/",
    "acme%2Fapp",
    "https://gitlab.com/acme/app",
    "acme/../app",
    "..",
    0,
    -1,
    1.5,
    true,
    ["acme/app"],
  ])("refuses %j by its name, showing what was given and what is wanted", (project) => {
    const { reasons, failures } = checkProject({ project });
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toMatch(/^project is .*; wanted: the project's numeric id or its full path/);
    expect(reasons[0]).toContain(JSON.stringify(project));
    expect(failures[0]?.property).toBe("");
  });

  it("refuses a missing one, and missing scopes, each by its name", () => {
    const { failures = [] } = check("project", {}, { name: "x" }, now);
    expect(failures.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/^project is missing; wanted: /),
      expect.stringMatching(/^scopes is missing; wanted: /),
    ]);
  });
});

it("takes a group's path without a slash", () => {
  const { inputs, failures } = check(
    "group",
    {},
    { group: "acme", name: "x", scopes: ["read_registry"] },
    now,
  );
  expect({ inputs, failures }).toMatchObject({ inputs: { group: "acme" }, failures: [] });
});

describe("check: name", () => {
  it.each(["x", " x ", "é".repeat(255), "😀".repeat(255)])("sends %j as written", (name) => {
    expect(checkProject({ name })).toMatchObject({ inputs: { name }, reasons: [] });
    expect(checkProject({ name }).inputs).not.toHaveProperty("defaultName");
  });

  it.each(["", "  ", "x".repeat(256), 5])("refuses %j", (name) => {
    expect(checkProject({ name }).reasons[0]).toMatch(/^name is .*; wanted: 1 to 255 characters/);
  });

  it("is the resource's own at creation when it is left out", () => {
    expect(checkProject({ name: undefined }).inputs).toMatchObject({ name: "res", defaultName: "res" });
  });

  it("stays whatever it was when the resource is renamed", () => {
    const olds = { ...made, name: "old", defaultName: "old" };
    expect(checkProject({ name: undefined }, olds).inputs).toMatchObject({ name: "old", defaultName: "res" });
  });

  it("is missed where a transformation took out the one that the program gives", () => {
    expect(checkProject({ name: undefined, defaultName: undefined }).reasons).toEqual([
      "name is missing; wanted: 1 to 255 characters, not all blank",
    ]);
  });

  it("becomes the resource's own when a given one is removed", () => {
    const { defaultName: _, ...olds } = { ...made, name: "given" };
    expect(checkProject({ name: undefined }, olds).inputs).toMatchObject({ name: "res" });
  });

  it("stays what the official provider chose", () => {
    const olds = { project: "2", name: "plain-16773a1", scopes: ["read_registry"] };
    expect(checkProject({ name: undefined }, olds).inputs).toMatchObject({ name: "plain-16773a1" });
  });
});

describe("check: scopes", () => {
  it("is a set in GitLab's order", () => {
    expect(
      checkProject({ scopes: ["write_registry", "read_repository", "new_b", "write_registry", "new_a"] }),
    ).toMatchObject({
      inputs: { scopes: ["read_repository", "write_registry", "new_a", "new_b"] },
      reasons: [],
    });
  });

  it.each([[[]], ["read_registry"], [["read_registry,write_registry"]], [["a b"]], [[""]], [[5]]])(
    "refuses %j",
    (scopes) => {
      expect(checkProject({ scopes }).reasons[0]).toMatch(/^scopes is .*; wanted: a list of at least one/);
    },
  );
});

describe("check: username", () => {
  it.each(["cluster", "gitlab+deploy-token-1", "a.b_c-d"])("takes %j", (username) => {
    expect(checkProject({ username })).toMatchObject({ inputs: { username }, reasons: [] });
  });

  it.each(["", "a b", "ü", "x".repeat(256), 7])("refuses %j", (username) => {
    expect(checkProject({ username }).reasons[0]).toMatch(/^username is .*; wanted: 1 to 255 letters/);
  });
});

describe("check: expiresAt", () => {
  it("writes every spelling as one", () => {
    expect(checkProject({ expiresAt: "2027-01-31T02:00:00+02:00" }).inputs["expiresAt"]).toBe(
      "2027-01-31T00:00:00.000Z",
    );
  });

  it("takes 3000-01-01 as never, as GitLab does", () => {
    expect(checkProject({ expiresAt: "3000-01-01" }).inputs).not.toHaveProperty("expiresAt");
  });

  it.each(["soon", "2027-02-30", 5])("refuses %j", (expiresAt) => {
    expect(checkProject({ expiresAt }).reasons[0]).toMatch(/^expiresAt is .*; wanted: a date such as/);
  });

  it("refuses a past one when a token would be made with it", () => {
    expect(checkProject({ expiresAt: "2026-06-01" }).reasons[0]).toMatch(
      /^expiresAt is "2026-06-01"; wanted: a date in the future/,
    );
  });

  it("takes a past one for a token that is there, for one to adopt, and when told to", () => {
    expect(checkProject({ expiresAt: "2026-01-01" }, made).reasons).toEqual([]);
    expect(checkProject({ expiresAt: "2026-01-01", adopt: { deployTokenId: 4 } }).reasons).toEqual([]);
    expect(checkProject({ expiresAt: "2026-01-01", validatePastExpirationDate: false }).reasons).toEqual([]);
  });
});

describe("check: the rest", () => {
  it("refuses a validatePastExpirationDate that is no boolean", () => {
    expect(checkProject({ validatePastExpirationDate: "no" }).reasons[0]).toMatch(
      /^validatePastExpirationDate is "no"/,
    );
  });

  it.each([{}, { deployTokenId: "4" }, { deployTokenId: 4, token: 5 }, { deployTokenId: 4, other: 1 }, "x"])(
    "refuses adopt %j and never shows it",
    (adopt) => {
      expect(checkProject({ adopt }).reasons).toEqual([
        expect.stringMatching(/^adopt is not usable; wanted: /),
      ]);
    },
  );

  it("leaves values alone that are not known yet", () => {
    const news = {
      project: unknown,
      name: unknown,
      scopes: [unknown],
      username: unknown,
      expiresAt: unknown,
    };
    expect(checkProject(news)).toMatchObject({ inputs: news, reasons: [] });
  });

  it("collects every failure", () => {
    const { reasons } = checkProject({ project: "", name: "", scopes: [], username: " ", expiresAt: "x" });
    expect(reasons.map((reason) => reason.split(" ")[0])).toEqual([
      "project",
      "name",
      "scopes",
      "username",
      "expiresAt",
    ]);
  });

  it("returns no undefined, which would fail the engine's call", () => {
    const { inputs } = checkProject({ username: undefined, expiresAt: null });
    expect(Object.values(inputs)).not.toContain(undefined);
  });
});
