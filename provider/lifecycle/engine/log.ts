import { createRequire } from "node:module";
import type { EngineClient as Client } from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import type { Log } from "../../connect.js";
import { printableMessage } from "../../gitlab/redact.js";

const severities = { info: 1, warn: 2 } as const;

/** Writes to Pulumi's diagnostics. The engine's address is the last argument of the provider's process. */
export function engineLog(argv: readonly string[] = process.argv): Log {
  const write = (severity: keyof typeof severities) => (message: string) => {
    const clean = printableMessage(message);
    // Without an engine, the message still reaches the user as a line of the stack.
    send(argv.at(-1) ?? "", severities[severity], clean).catch(() => console.error(clean));
  };
  return { info: write("info"), warn: write("warn") };
}

/** Loads from Pulumi's own dependencies: this package does not depend on gRPC. */
export function requireOfPulumi(): NodeJS.Require {
  return createRequire(createRequire(__filename).resolve("@pulumi/pulumi"));
}

async function send(address: string, severity: number, message: string): Promise<void> {
  const pulumi = requireOfPulumi();
  const { EngineClient } = pulumi(
    "@pulumi/pulumi/proto/engine_grpc_pb.js",
  ) as typeof import("@pulumi/pulumi/proto/engine_grpc_pb.js");
  const { LogRequest } = pulumi(
    "@pulumi/pulumi/proto/engine_pb.js",
  ) as typeof import("@pulumi/pulumi/proto/engine_pb.js");
  const { credentials } = pulumi("@grpc/grpc-js") as typeof import("@grpc/grpc-js");
  const client: Client = new EngineClient(address, credentials.createInsecure());
  const request = new LogRequest();
  request.setSeverity(severity);
  request.setMessage(message);
  await new Promise<void>((resolve, reject) => {
    client.log(request, (error: Error | null) => (error ? reject(error) : resolve()));
  }).finally(() => client.close());
}
