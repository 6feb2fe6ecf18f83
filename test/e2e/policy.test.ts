import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import type * as Grpc from "@grpc/grpc-js";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb.js";
import analyzer from "@pulumi/pulumi/proto/analyzer_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { expect, inject, it } from "vitest";

const grpc = createRequire(require.resolve("@pulumi/pulumi"))("@grpc/grpc-js") as typeof Grpc;

const pack = `const { PolicyPack, validateResourceOfType } = require("@pulumi/policy");
const { GroupDeployToken, ProjectDeployToken } = require("pulumi-gitlab-deploy-tokens");
const noWrites = (Class) => ({
  name: "no-write-scopes-" + Class.name,
  description: "Deploy tokens only read.",
  enforcementLevel: "mandatory",
  validateResource: validateResourceOfType(Class, (token, _args, report) => {
    if (token.scopes.some((scope) => scope.startsWith("write"))) report(Class.name + " " + token.name + " may write");
  }),
});
new PolicyPack("deploy-tokens", { policies: [noWrites(ProjectDeployToken), noWrites(GroupDeployToken)] });
`;

// The engine runs policy packs only with a current language host, so the test asks the pack's real server as the
// engine does.
it("a real policy pack matches both classes, each by its type", async () => {
  const folder = mkdtempSync(join(inject("engine").installed, "policy-"));
  writeFileSync(join(folder, "package.json"), '{"name":"policy","version":"1.0.0"}');
  writeFileSync(join(folder, "index.js"), pack);
  const env = { ...process.env, NODE_PATH: resolve(__dirname, "..", "..", "node_modules") };
  const server = spawn(process.execPath, ["index.js"], {
    cwd: folder,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((done) => server.once("exit", done));
  try {
    const port = await new Promise<string>((done) =>
      server.stdout.once("data", (data: Buffer) => done(String(data).trim())),
    );
    const client = new AnalyzerClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    const violations = (type: string, scopes: string[]) =>
      new Promise<string[]>((done, fail) => {
        const request = new analyzer.AnalyzeRequest();
        request.setType(type);
        request.setName("x");
        request.setUrn(`urn:pulumi:dev::test::${type}::x`);
        request.setOptions(new analyzer.AnalyzerResourceOptions());
        request.setProperties(struct.Struct.fromJavaScript({ name: "pull", scopes }));
        client.analyze(
          request,
          (error: Error | null, response: InstanceType<typeof analyzer.AnalyzeResponse>) =>
            error
              ? fail(error)
              : done(response.getDiagnosticsList().map((diagnostic) => diagnostic.getMessage())),
        );
      });
    const type = (name: string) => `pulumi-nodejs:dynamic/gitlab:${name}`;
    expect(await violations(type("ProjectDeployToken"), ["write_registry"])).toEqual([
      expect.stringContaining("ProjectDeployToken pull may write"),
    ]);
    expect(await violations(type("GroupDeployToken"), ["write_registry"])).toEqual([
      expect.stringContaining("GroupDeployToken pull may write"),
    ]);
    expect(await violations(type("ProjectDeployToken"), ["read_registry"])).toEqual([]);
    expect(await violations("aws:s3/bucket:Bucket", ["write_registry"])).toEqual([]);
    client.close();
  } finally {
    server.kill();
    await ended;
    rmSync(folder, { recursive: true });
  }
});
