import { expect, it } from "vitest";
import { useEmulator } from "../support/emulator.js";
import { useFolder } from "../support/folder.js";
import { born, ourProvider, prefix, type Row, secret, stackRow, toOfficial } from "./official-support.js";

useEmulator();
useFolder();

/** A Provider of a program, below a component if `type` names one. */
const declared = (name: string, id: string, inputs: object, type = ""): Row => ({
  ...ourProvider,
  urn: `${prefix}${type}pulumi:providers:pulumi-nodejs::${name}`,
  id,
  inputs,
});
const official = (name: string, id: string, inputs?: object): Row => ({
  urn: `${prefix}pulumi:providers:gitlab::${name}`,
  id,
  type: "pulumi:providers:gitlab",
  ...(inputs === undefined ? {} : { inputs }),
});
const tokenOf = (provider: Row, name: string, baseUrl: string, more: object = {}) =>
  born(
    { baseUrl },
    { urn: `${born().urn}-${name}`, provider: `${provider.urn}::${provider["id"]}`, ...more },
  );

const isProvider = ({ type }: Row) => type === "pulumi:providers:gitlab";
const summary = ({ urn, id, inputs }: Row) => {
  const { baseUrl, token } = inputs as { baseUrl: string; token: unknown };
  return [urn.split("::").at(-1), id, baseUrl, token];
};
const providersOfTokens = (rows: readonly Row[]) =>
  rows.flatMap(({ type, provider }) =>
    type.endsWith("DeployToken") ? [String(provider).split("::").slice(3).join("::")] : [],
  );

it("uses the official provider's row if the stack has one, and a component's name for a Provider", async () => {
  const theirs = official("default_10_1_1", "t-1", { baseUrl: "https://gitlab.example.com" });
  const internal = { ...ourProvider, urn: `${prefix}pulumi:providers:pulumi-nodejs::internal`, id: "u-2" };
  const second = {
    ...born(),
    urn: `${born().urn}2`,
    parent: `${prefix}a:b:Team::t`,
    provider: `${internal.urn}::u-2`,
  };
  const { rows, err } = await toOfficial([stackRow, ourProvider, internal, born(), theirs, second]);
  expect(rows.map(({ urn, provider }) => [urn.split("::").at(-1), provider])).toEqual([
    ["shop-dev", undefined],
    ["default_10_1_1", undefined],
    ["pull", `${theirs.urn}::t-1`],
    ["internal", undefined],
    ["pull2", `${prefix}pulumi:providers:gitlab::internal::u-2`],
  ]);
  expect(err).toContain(`// Its parent is: ${prefix}a:b:Team::t`);
});

it("gives Providers of one name below different components different names, and prints them", async () => {
  const a = declared("self", "u-1", { "gitlab:token": secret("glpat-a") }, "acme:A$");
  const b = declared("self", "u-2", { "gitlab:token": secret("glpat-b") }, "acme:B$");
  const c = declared("self", "u-3", { "gitlab:token": secret("glpat-c") }, "acme:C$");
  const { rows, err } = await toOfficial([
    ...[stackRow, a, b, c, tokenOf(a, "x", "https://a.test"), tokenOf(a, "x2", "https://a.test")],
    ...[tokenOf(b, "y", "https://b.test"), tokenOf(c, "z", "https://a.test")],
  ]);
  expect(rows.filter(isProvider).map(summary)).toEqual([
    ["self", "u-1", "https://a.test/api/v4/", secret("glpat-a")],
    ["self-2", "u-2", "https://b.test/api/v4/", secret("glpat-b")],
    ["self-3", "u-3", "https://a.test/api/v4/", secret("glpat-c")],
  ]);
  expect(providersOfTokens(rows)).toEqual(["self::u-1", "self::u-1", "self-2::u-2", "self-3::u-3"]);
  expect(err.match(/Provider\(.+\)/g)).toEqual([
    'Provider("self", { baseUrl: "https://a.test/api/v4/" })',
    'Provider("self", { baseUrl: "https://a.test/api/v4/" })',
    'Provider("self-2", { baseUrl: "https://b.test/api/v4/" })',
    'Provider("self-3", { baseUrl: "https://a.test/api/v4/" })',
  ]);
});

it.each([
  ["of the same GitLab", { baseUrl: "https://A.test/api/v4" }, "self::t-1"],
  ["of another GitLab", { baseUrl: "https://b.test/api/v4/", token: secret("glpat-b") }, "self-2::u-1"],
  ["of GitLab.com", undefined, "self-2::u-1"],
  ["of a wrong address", { baseUrl: "not a URL" }, "self-2::u-1"],
])(
  "uses the official provider of a Provider's name only for the same GitLab: one %s",
  async (_what, inputs, used) => {
    const a = declared("self", "u-1", { "gitlab:token": secret("glpat-a") });
    const { rows } = await toOfficial([
      ...[stackRow, a, official("self", "t-1", inputs), tokenOf(a, "x", "https://a.test")],
    ]);
    expect(providersOfTokens(rows)).toEqual([used]);
    expect(rows.find(({ urn, id }) => urn.endsWith("::self") && id === "t-1")).toEqual(
      official("self", "t-1", inputs),
    );
  },
);

it("replaces the default provider by a declared one if the official default is of another GitLab", async () => {
  const theirs = official("default_10_1_1", "t-1", { baseUrl: "https://b.test/api/v4/" });
  const { rows, err } = await toOfficial([stackRow, theirs, ourProvider, born()]);
  expect(providersOfTokens(rows)).toEqual(["gitlab::u-1"]);
  expect(err).toContain('new gitlab.Provider("gitlab", { baseUrl: "https://gitlab.example.com/api/v4/" })');
});

it("replaces two default providers of one GitLab by one", async () => {
  const second = declared("default_3_0_0", "u-2", ourProvider.inputs);
  const { rows } = await toOfficial([
    ...[stackRow, ourProvider, second, born(), tokenOf(second, "x", "https://gitlab.example.com")],
  ]);
  expect(providersOfTokens(rows)).toEqual(["default_10_1_1::u-1", "default_10_1_1::u-1"]);
});

const bare = { ...ourProvider, inputs: {} };

it.each(["https://gitlab.example.com", "https://gitlab.example.com/api/v4/"])(
  "takes the access token of the environment if the state has none and GITLAB_BASE_URL is %s",
  async (GITLAB_BASE_URL) => {
    const { rows } = await toOfficial([stackRow, bare, born()], [], {
      token: "glpat-env",
      env: { GITLAB_BASE_URL },
    });
    expect(rows[1]).toMatchObject({ inputs: { token: secret("glpat-env") } });
  },
);

it("takes the access token of the environment for GitLab.com if no variable names a GitLab", async () => {
  const { rows } = await toOfficial([stackRow, bare, born({ baseUrl: "https://gitlab.com" })], [], {
    token: "glpat-env",
    env: { GITLAB_BASE_URL: "" },
  });
  expect(rows[1]).toMatchObject({ inputs: { token: secret("glpat-env") } });
});

it.each([
  ["GITLAB_BASE_URL", { GITLAB_BASE_URL: "https://other.test" }, "https://other.test"],
  ["CI_SERVER_URL", { GITLAB_BASE_URL: "", CI_SERVER_URL: "https://ci.test" }, "https://ci.test"],
  ["no variable", { GITLAB_BASE_URL: "" }, "https://gitlab.com"],
  ["a wrong variable", { GITLAB_BASE_URL: "", GITLAB_HOST: "a b" }, "an address that is not a URL"],
])("refuses the environment's access token for another GitLab: %s", async (_what, env, theirs) => {
  const { code, err, out } = await toOfficial([stackRow, bare, born()], [], { token: "glpat-env", env });
  expect([code, out]).toEqual([2, ""]);
  expect(err).toBe(
    `error: No access token for https://gitlab.example.com is in the state, and GITLAB_TOKEN is for ${theirs}; wanted: GITLAB_BASE_URL=https://gitlab.example.com, and GITLAB_TOKEN for it\n`,
  );
});

const mappings = { "gitlab:envVarMappings": '{"INTERNAL_TOKEN":"GITLAB_TOKEN"}' };

it.each([
  ["of another GitLab", { "gitlab:isOtherGitLab": "true" }],
  ["of another GitLab, whose token is empty", { "gitlab:isOtherGitLab": "true", "gitlab:token": secret("") }],
  ["with envVarMappings", mappings],
  ["with both", { ...mappings, "gitlab:isOtherGitLab": "true" }],
])("refuses the environment's access token for a Provider %s", async (_what, inputs) => {
  const internal = declared("self", "u-1", { "gitlab:baseUrl": "https://internal.test", ...inputs });
  for (const GITLAB_BASE_URL of ["https://gitlab.com", "https://internal.test"]) {
    const env = { GITLAB_BASE_URL, INTERNAL_TOKEN: "glpat-internal" };
    const { code, err, out } = await toOfficial(
      [stackRow, internal, tokenOf(internal, "x", "https://internal.test")],
      [],
      { token: "glpat-env", env },
    );
    expect([code, out]).toEqual([2, ""]);
    expect(err).toBe(
      `error: The Provider "self" for https://internal.test has no access token in the state, and GITLAB_TOKEN is for ${GITLAB_BASE_URL}; wanted: the Provider's argument token, then pulumi up\n`,
    );
  }
});

it("does not give the stack's access token, which a Provider inherited, to another GitLab", async () => {
  const inherited = JSON.stringify({ baseUrl: "https://gitlab.com", settings: ["token"] });
  const inputs = { "gitlab:token": secret("glpat-stack"), "gitlab:inherited": inherited };
  const internal = declared("self", "u-1", inputs);
  const refused = await toOfficial([stackRow, internal, tokenOf(internal, "x", "https://internal.test")]);
  expect(refused).toMatchObject({
    code: 2,
    err: expect.stringContaining("No access token for https://internal.test"),
  });
  const { rows } = await toOfficial([stackRow, internal, tokenOf(internal, "x", "https://gitlab.com")]);
  expect(rows.find(isProvider)).toMatchObject({ inputs: { token: secret("glpat-stack") } });
});
