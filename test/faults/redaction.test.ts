import { describe, expect, it } from "vitest";
import { DeployTokenError } from "../../provider/gitlab/errors.js";
import { printableMessage, redact, registerHeader, registerSecret } from "../../provider/gitlab/redact.js";
import { cli } from "../cli/support.js";
import { another } from "../support/emulator.js";
import { run } from "../support/run.js";

it("credentials are taken out when the error is made", () => {
  registerSecret("registered-secret");
  const error = new DeployTokenError("rejected", "registered-secret and gldt-abcdefghijklmnop", {
    path: "/x?private_token=registered-secret",
  });
  const all = `${error.message} ${error.path} ${error.stack} ${JSON.stringify(error)}`;
  expect(all).not.toMatch(/registered-secret|gldt-abc/);
  expect(error.cause).toBeUndefined();
});

describe("a registered secret is found", () => {
  const secret = 'pa/ss+"wörd"&<1>';
  registerSecret(secret);
  const every = (form: (byte: number) => string) => [...Buffer.from(secret)].map(form).join("");
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, "0");

  it.each([
    ["as it is", secret],
    ["in an address", encodeURIComponent(secret)],
    ["in an address, in lower case", encodeURIComponent(secret).toLowerCase()],
    ["in an address, every byte", every((byte) => `%${hex(byte, 2)}`)],
    ["in an address, few characters", encodeURI(secret)],
    ["in JSON", JSON.stringify({ message: secret })],
    ["in JSON, every character", [...secret].map((each) => `\\u${hex(each.charCodeAt(0), 4)}`).join("")],
    [
      "in HTML",
      secret
        .replaceAll("&", "&amp;")
        .replaceAll("<", "&lt;")
        .replaceAll(">", "&gt;")
        .replaceAll('"', "&#34;"),
    ],
    ["in base64", Buffer.from(secret).toString("base64")],
    ["in base64url", Buffer.from(secret).toString("base64url")],
    ...["", "u:", "us:", "user:", "oauth2:", "gitlab+deploy-token-1:"].map((user) => [
      `in base64 after ${JSON.stringify(user)}`,
      Buffer.from(user + secret).toString("base64"),
    ]),
    ["in base64 with more after it", Buffer.from(`oauth2:${secret}@host and more`).toString("base64")],
  ])("%s", (_how, text) => {
    expect(redact(`before ${text} after`)).toMatch(/^before \S*\[secret\]\S* after$/);
    expect(redact(text)).not.toMatch(/w(ö|%c3)rd|L3Nz|9zc|vc3|\\u0077/i);
  });

  it("and a text that only resembles it stays", () => {
    registerSecret("0123456789abcdef");
    for (const text of ["0123456789abcde", "projects/acme%2Fapp", "aGVsbG8gd29ybGQhIQ==", "a&amp;b"]) {
      expect(redact(text)).toBe(text);
    }
  });
});

describe("headers", () => {
  it("of a credential are secrets, also without their scheme", () => {
    registerHeader("Authorization", "Basic Z2F0ZTpnYXRlLXBhc3N3b3Jk");
    registerHeader("X-Api-Key", "k1-short");
    registerHeader("X-Trace", "0123-4567-89ab-cdef");
    for (const text of ["Z2F0ZTpnYXRlLXBhc3N3b3Jk", "gate-password", "k1-short", "0123-4567-89ab-cdef"]) {
      expect(redact(`is ${text}.`)).toBe("is [secret].");
    }
  });

  it("with a short value are not redacted: the redaction would hide paths", () => {
    registerHeader("X-Team", "platform");
    registerHeader("X-Region", "eu-west-1");
    expect(redact("acme/platform in eu-west-1")).toBe("acme/platform in eu-west-1");
  });
});

describe("texts of GitLab", () => {
  const hostile = "a\n::error::b\u001b[2J\u009b2J\u202ec\u2028d\u0000";
  const isPlain = (text: string) => expect(text.trimEnd()).not.toMatch(/[^\n\P{Cc}]|\p{Cf}|\u2028|^::/mu);

  it("show a character that is invisible, ends a line or turns the direction of writing", () => {
    const shown = printableMessage(hostile);
    expect(shown).toBe("a\\u000a::error::b\\u001b[2J\\u009b2J\\u202ec\\u2028d\\u0000");
    expect(new DeployTokenError("rejected", hostile).message).toBe(shown);
    expect(printableMessage("Größe 💾 名前")).toBe("Größe 💾 名前");
  });

  it("are collapsed and cut only after credentials are taken out", async () => {
    const gitlab = await another();
    const secret = "secret with  two blanks and\nan end";
    registerSecret(secret);
    const { project } = await run(gitlab, { config: { "gitlab:retries": "0" } });
    for (const message of [
      `${"x".repeat(480)} ${secret}`,
      `said: ${secret}`,
      { base: [`said: ${secret}`] },
    ]) {
      const fault = { kind: "respond", status: 400, body: JSON.stringify({ message }) } as const;
      gitlab.faults.add({ method: "POST", fault });
      const error = await project
        .create({ project: "acme/app", name: "x", scopes: ["read_registry"] })
        .catch(String);
      expect(error).not.toMatch(/secret with|two blanks|an end/);
      expect(error).toContain("[secret");
    }
  });

  it("are escaped in every message: refusals, differences, warnings and the command's", async () => {
    const gitlab = await another();
    const texts: string[] = [];
    const name = "a\u001b[2J\u202e\n::error::b";
    const token = gitlab.createDeployToken({ project: "acme/app", name, scopes: ["read_registry"] });
    const { project } = await run(gitlab, { config: { "gitlab:retries": "0" } });
    const args = { project: "acme/app", name: "other", scopes: ["read_registry"] };
    const adopt = { deployTokenId: token.id, token: token.token };
    texts.push(String(await project.create({ ...args, adopt }).catch(String)));
    gitlab.faults.add({
      method: "POST",
      fault: { kind: "respond", status: 400, body: JSON.stringify({ message: hostile }) },
    });
    texts.push(String(await project.create(args).catch(String)));
    const { out, err } = await cli(gitlab, ["audit", "--project", "acme/app"]);
    texts.push(out, err);
    expect(texts.join("\n")).toContain("\\u001b");
    for (const text of texts) isPlain(text);
  });
});
