import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { checkKeys, wordsForArguments } from "../../provider/argument-keys.js";
import { describeValue, showText } from "../../provider/describe-value.js";
import { suggest } from "../../provider/suggest.js";

const known = {
  names: ["project", "name", "scopes", "username", "expiresAt"],
  otherWords: wordsForArguments,
};

describe("a suggestion", () => {
  it.each([
    ["expires_at", "expiresAt"],
    ["ExpiresAt", "expiresAt"],
    ["expires-at", "expiresAt"],
    ["expireAt", "expiresAt"],
    ["scope", "scopes"],
    ["nmae", "name"],
    ["user_name", "username"],
    ["usrename", "username"],
  ])("is given for %s", (word, meant) => {
    expect(suggest(word, known.names)).toBe(meant);
  });

  it.each(["tags", "type", "description", "region", "id"])("is not given for %s", (word) => {
    expect(suggest(word, known.names)).toBeUndefined();
  });
});

describe("the keys of an arguments object", () => {
  it("are refused if one is misspelt, even with an undefined value", () => {
    expect(checkKeys({ expires_at: undefined }, known)).toEqual({
      refusal: '"expires_at" is unknown; did you mean "expiresAt"?',
      warning: undefined,
    });
    expect(checkKeys({ expires_at: 1, Scopes: [] }, known).refusal).toBe(
      '"expires_at", "Scopes" are unknown; did you mean "expiresAt" for "expires_at", "scopes" for "Scopes"?',
    );
  });

  it.each([
    ["expiry", "expiresAt"],
    ["expiration_date", "expiresAt"],
    ["permissions", "scopes"],
    ["projectPath", "project"],
  ])("are refused if %s is another word for a key", (key, meant) => {
    expect(checkKeys({ [key]: "x" }, known).refusal).toBe(`"${key}" is unknown; did you mean "${meant}"?`);
  });

  it("cause a warning if they belong to a wider object", () => {
    expect(checkKeys({ name: "x", tags: [], region: "eu", other: undefined }, known)).toEqual({
      refusal: undefined,
      warning: '"tags", "region" are ignored; known keys: project, name, scopes, username, expiresAt',
    });
    expect(checkKeys({ constructor: "x", "a\n::error::": 1 }, known).warning).toContain(
      '"constructor", "a\\n::error::" are ignored',
    );
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`something ${i}`, i]));
    expect(checkKeys(many, known).warning).toContain('"something 4" and 4 more are ignored');
  });

  it("are accepted if all are known, and if there is no object", () => {
    for (const given of [{ name: "x" }, undefined, null, "text"])
      expect(checkKeys(given, known)).toEqual({ refusal: undefined, warning: undefined });
  });
});

describe("a value in a message", () => {
  class Strange {}
  const cyclic: Record<string, unknown> = {};
  cyclic["self"] = cyclic;
  it.each([
    ["acme", '"acme"'],
    ["a\u202eb\u009b", '"a\\u202eb\\u009b"'],
    [undefined, "undefined"],
    [null, "null"],
    [Number.NaN, "NaN"],
    [false, "false"],
    [10n, "the bigint 10"],
    [() => 1, "a function"],
    [new Date(0), "a Date"],
    [new Set(["x"]), "a Set"],
    [new Strange(), "a Strange"],
    [pulumi.output(1), "an Output"],
    [Promise.resolve(1), "a Promise"],
    [["a", 1], '["a",1]'],
    [{ a: 1n, b: new Map() }, '{"a":"the bigint 1","b":"a Map"}'],
    [cyclic, "an object"],
    [Object.create(null), "{}"],
  ])("%# is one line", (value, text) => {
    expect(describeValue(value)).toBe(text);
  });

  it("is cut if it is long", () => {
    expect(showText("x".repeat(1000))).toHaveLength(203);
    expect(describeValue(Array.from({ length: 500 }, () => "x"))).toMatch(/^a list \(.{1,80}…\)$/);
  });
});
