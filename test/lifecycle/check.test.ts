import { runtime } from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { check } from "../../provider/lifecycle/check.js";
import type { Properties } from "../../provider/lifecycle/state.js";

const now = new Date("2026-06-01T00:00:00Z");
const unknown = runtime.unknownValue;
const valid = {
  project: "acme/app",
  name: "pull",
  defaultName: "res",
  scopes: ["read_registry"],
  __provider: "x",
};

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
  ])("accepts %j", (project, normalized) => {
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
  ])("refuses %j by its name, with the given and the wanted value", (project) => {
    const { reasons, failures } = checkProject({ project });
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toMatch(/^project is .*; wanted: the project's numeric id or its full path/);
    expect(reasons[0]).toContain(JSON.stringify(project));
    expect(failures[0]?.property).toBe("");
  });

  it("refuses a missing project, and missing scopes, each by its name", () => {
    const { failures = [] } = check("project", {}, { name: "x" }, now);
    expect(failures.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/^project is missing; wanted: /),
      expect.stringMatching(/^scopes is missing; wanted: /),
    ]);
  });
});

it("accepts a group's path without a slash", () => {
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

  it("is the resource's own name at creation by default", () => {
    expect(checkProject({ name: undefined }).inputs).toMatchObject({ name: "res", defaultName: "res" });
  });

  it("does not change when the resource is renamed", () => {
    const olds = { ...valid, name: "old", defaultName: "old" };
    expect(checkProject({ name: undefined }, olds).inputs).toMatchObject({ name: "old", defaultName: "res" });
  });

  it("is missing if a transformation removed the program's name", () => {
    expect(checkProject({ name: undefined, defaultName: undefined }).reasons).toEqual([
      "name is missing; wanted: 1 to 255 characters, not all blank",
    ]);
  });

  it("becomes the resource's own name when a given one is removed", () => {
    const { defaultName: _, ...olds } = { ...valid, name: "given" };
    expect(checkProject({ name: undefined }, olds).inputs).toMatchObject({ name: "res" });
  });

  it("stays the name that the official provider chose", () => {
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
      expect(checkProject({ scopes }).reasons[0]).toMatch(
        /^scopes is .*; wanted: a list of one or more scopes/,
      );
    },
  );
});

describe("check: username", () => {
  it.each(["cluster", "gitlab+deploy-token-1", "a.b_c-d"])("accepts %j", (username) => {
    expect(checkProject({ username })).toMatchObject({ inputs: { username }, reasons: [] });
  });

  it.each(["", "a b", "ü", "x".repeat(256), 7])("refuses %j", (username) => {
    expect(checkProject({ username }).reasons[0]).toMatch(/^username is .*; wanted: 1 to 255 letters/);
  });
});

describe("check: expiresAt", () => {
  it("normalizes every spelling of a date", () => {
    expect(checkProject({ expiresAt: "2027-01-31T02:00:00+02:00" }).inputs["expiresAt"]).toBe(
      "2027-01-31T00:00:00.000Z",
    );
  });

  it("treats 3000-01-01 as never, as GitLab does", () => {
    expect(checkProject({ expiresAt: "3000-01-01" }).inputs).not.toHaveProperty("expiresAt");
  });

  it.each(["soon", "2027-02-30", 5])("refuses %j", (expiresAt) => {
    expect(checkProject({ expiresAt }).reasons[0]).toMatch(/^expiresAt is .*; wanted: a date such as/);
  });

  it("refuses a date in the past for a new token", () => {
    expect(checkProject({ expiresAt: "2026-06-01" }).reasons[0]).toMatch(
      /^expiresAt is "2026-06-01"; wanted: a date in the future/,
    );
  });

  it("accepts a date in the past for an existing or adopted token, and with validatePastExpirationDate: false", () => {
    expect(checkProject({ expiresAt: "2026-01-01" }, valid).reasons).toEqual([]);
    expect(checkProject({ expiresAt: "2026-01-01", adopt: { deployTokenId: 4 } }).reasons).toEqual([]);
    expect(checkProject({ expiresAt: "2026-01-01", validatePastExpirationDate: false }).reasons).toEqual([]);
  });
});

describe("check: other arguments", () => {
  it("refuses a validatePastExpirationDate that is not a boolean", () => {
    expect(checkProject({ validatePastExpirationDate: "no" }).reasons[0]).toMatch(
      /^validatePastExpirationDate is "no"/,
    );
  });

  it.each([{}, { deployTokenId: "4" }, { deployTokenId: 4, token: 5 }, { deployTokenId: 4, other: 1 }, "x"])(
    "refuses adopt %j and never shows it",
    (adopt) => {
      expect(checkProject({ adopt }).reasons).toEqual([
        expect.stringMatching(/^adopt is not valid; wanted: /),
      ]);
    },
  );

  it("reads the option import, and keeps it for messages", () => {
    const { inputs, reasons } = checkProject({ adopt: { import: "acme/app:42" } });
    expect(reasons).toEqual([]);
    expect(inputs).toMatchObject({ adopt: { import: "acme/app:42", deployTokenId: 42 } });
    const both = { import: "acme/app:42", deployTokenId: 42, token: "gldt-x" };
    expect(checkProject({ adopt: both })).toMatchObject({ reasons: [], inputs: { adopt: both } });
  });

  it.each([
    ["42", 'import is "42"; wanted: "<project>:<deploy token id>", such as "acme/app:42"'],
    ["acme/app:x", 'import is "acme/app:x"; wanted'],
    ["acme/app:unsettled", 'import is "acme/app:unsettled"; wanted'],
    [42, "import is 42; wanted"],
  ])("refuses the import %j", (importId, reason) => {
    expect(checkProject({ adopt: { import: importId } }).reasons).toEqual([expect.stringContaining(reason)]);
  });

  it("refuses an import and an adopt of two tokens", () => {
    const adopt = { import: "acme/app:42", deployTokenId: 43 };
    expect(checkProject({ adopt }).reasons).toEqual([
      'import is "acme/app:42", but adopt names another deploy token: remove one',
    ]);
  });

  it("leaves unknown values alone", () => {
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

describe("a mistake is refused (trust.md 7)", () => {
  it.each([
    [["read_registy"], 'did you mean "read_registry"?'],
    [["readRegistry"], 'did you mean "read_registry"?'],
    [["read-repository", "READ_REGISTRY"], 'did you mean "read_repository"?'],
    [
      ["read_registry, write_registry"],
      '"read_registry, write_registry" contains a comma; wanted: one element',
    ],
    [["read_registry", "read_repository,read_registry"], "contains a comma; wanted: one element"],
    [["read_registry;write_registry"], 'contains ";"; wanted: one element for each scope'],
    [["read_registry|read_repository"], 'contains "|"; wanted: one element for each scope'],
    [["read_registry write_registry"], "is blank or contains a space"],
    [["write_repository"], "deploy tokens cannot push code, an access token can"],
    [["api"], '"api" is a scope of access tokens'],
    [["read_user"], '"read_user" is a scope of access tokens, not of deploy tokens'],
    [["sudo"], '"sudo" is a scope of access tokens, not of deploy tokens'],
    [[new Date(0)], "a Date is not a string"],
  ])("scopes: %j", (scopes, reason) => {
    const { reasons } = checkProject({ scopes });
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toMatch(/^scopes is .*; wanted: a list of one or more scopes/);
    expect(reasons[0]).toContain(reason);
  });

  it("a scope that may be new is not a mistake", () => {
    expect(checkProject({ scopes: ["read_model_registry"] }).reasons).toEqual([]);
  });

  it.each([
    ["project", "acme/app.git", 'no path in GitLab ends with ".git"'],
    ["project", "acme/app.atom", 'no path in GitLab ends with ".atom"'],
    ["project", "acme/app.GIT", 'no path in GitLab ends with ".GIT"'],
    ["project", "acme/app/-/settings/repository", "without a host and without a slash at either end"],
    ["project", "git@gitlab.com:acme/app", "without a host"],
    ["project", "acme", "for a group's token use GroupDeployToken"],
    ["name", "a\0b", "without NUL"],
    ["name", "\ud800", "an unpaired surrogate"],
    ["expiresAt", {}, "of a Date: its toISOString()"],
    ["validatePastExpirationDate", "false", "true or false"],
    ["scopes", {}, "a list of one or more scopes"],
  ])("%s: %j", (name, value, reason) => {
    expect(checkProject({ [name]: value }).reasons).toEqual([expect.stringContaining(reason)]);
  });

  it("a key that a transform misspells", () => {
    expect(checkProject({ expires_at: "2030-01-01" }).reasons).toEqual([
      '"expires_at" is unknown; did you mean "expiresAt"?',
    ]);
    expect(checkProject({ something: 1, revoked: false, baseUrl: "x" }).reasons).toEqual([]);
  });

  it.each([
    [{ id: 42 }, 'adopt: "id" is unknown; did you mean "deployTokenId"?'],
    [{ deploy_token_id: 42 }, 'adopt: "deploy_token_id" is unknown; did you mean "deployTokenId"?'],
  ])("adopt: %j", (adopt, reason) => {
    expect(checkProject({ adopt }).reasons).toEqual([expect.stringContaining(reason)]);
  });
});
