import { runInNewContext } from "node:vm";
import ts from "typescript";
import { expect, it } from "vitest";
import type { AuditedToken } from "../../provider/cli/audit-report.js";
import { emitAdopt } from "../../provider/cli/emit-adopt.js";
import { sampleReport } from "./sample-report.js";

interface Declared {
  readonly type: string;
  readonly resource: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** Runs the emitted program and returns what it declares. */
function declared(program: string): Declared[] {
  const { outputText, diagnostics } = ts.transpileModule(program, {
    reportDiagnostics: true,
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2020 },
  });
  expect(diagnostics).toEqual([]);
  const all: Declared[] = [];
  const classOf = (type: string) =>
    class {
      constructor(resource: string, args: Record<string, unknown>) {
        all.push({ type, resource, args: JSON.parse(JSON.stringify(args)) });
      }
    };
  const modules: Record<string, unknown> = {
    "@pulumi/pulumi": {
      Config: class {
        getSecret = (key: string) => key;
      },
    },
    "pulumi-gitlab-deploy-tokens": {
      ProjectDeployToken: classOf("project"),
      GroupDeployToken: classOf("group"),
    },
  };
  runInNewContext(outputText, { exports: {}, require: (name: string) => modules[name] });
  return all;
}

const acme = { kind: "group", id: 7, path: "acme" } as const;

function emitted(...tokens: (Partial<AuditedToken> & { readonly name: string })[]): Promise<string> {
  const lost = tokens.map((token) => ({ status: "active", owner: acme, managedBy: [], ...token }) as const);
  return emitAdopt(sampleReport(lost.length, lost));
}

it("writes names exactly as in GitLab, in a program that old compilers also accept", async () => {
  const names = [
    '"); process.exit(1); //',
    "a\u2028b\u2029c",
    "\u202egnirts\u200b",
    "back\\slash\n\u0000\u0085",
    "\u65e5\u672c\u8a9e \u{1f511}\u{e0041}",
    `\${process.exit(1)}\``,
    "*/ // </script>",
  ];
  const program = await emitted(...names.map((name) => ({ name })));
  expect(declared(program).map(({ args }) => args["name"])).toEqual(names);
  expect(program.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
});

it("gives each resource, and so each value in the configuration, its own name", async () => {
  const all = declared(
    await emitted(...["ci", "ci", "ci 1", "CI-1", "ci 1 1", "", "!"].map((name) => ({ name }))),
  );
  const keys = all.map(({ args }) => (args["adopt"] as { token: string }).token);
  expect(keys).toEqual(all.map(({ resource }) => resource));
  expect(new Set(keys).size).toBe(6);
});

it("leaves out tokens that a program cannot name: a blank name, and one that is too long for today's GitLab", async () => {
  const program = await emitted({ name: "fine" }, { name: " \t" }, { name: "x".repeat(256) });
  expect(declared(program).map(({ args }) => args["name"])).toEqual(["fine"]);
  expect(program).toMatch(/names \(blank, longer than 255 characters\).*: 2, 3\./);
  expect(await emitted({ name: "" })).toContain("is left to adopt.\n// Left out,");
});

it("names a group with a numeric path by its id, because a numeric path reads as an id", async () => {
  const [group] = declared(await emitted({ name: "ci", owner: { ...acme, path: "2026" } }));
  expect(group?.args["group"]).toBe(7);
});

it("transliterates the names of resources, and keeps them unique", async () => {
  const names = ["Zürich Straße 東京", "Zürich Strasse 東京", "Łódź", "Москва", "Zu\u0308rich", "🔑"];
  const all = declared(await emitted(...names.map((name) => ({ name }))));
  expect(all.map(({ resource }) => resource)).toEqual([
    "acme-zurich-strasse-dongjing-1",
    "acme-zurich-strasse-dongjing-2",
    "acme-lodz",
    "acme-moskva",
    "acme-zurich",
    "acme-key",
  ]);
  expect(all.map(({ args }) => args["name"])).toEqual(names);
});
