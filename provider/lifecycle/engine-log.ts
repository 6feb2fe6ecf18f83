import { createRequire } from "node:module";
import type { EngineClient as Client } from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import type { Log } from "../connect.js";
import { redact } from "../gitlab/redact.js";

const severities = { info: 1, warn: 2 } as const;

/** Pulumi's own diagnostics, from the provider's process: the engine's address is its last argument. */
export function engineLog(argv: readonly string[] = process.argv): Log {
  const write = (severity: keyof typeof severities) => (message: string) => {
    const clean = redact(message);
    // Without an engine the message still reaches the user, as a line of the stack.
    send(argv.at(-1) ?? "", severities[severity], clean).catch(() => console.error(clean));
  };
  return { info: write("info"), warn: write("warn") };
}

async function send(address: string, severity: number, message: string): Promise<void> {
  const ours = createRequire(__filename);
  // Pulumi's copy of gRPC: it is no dependency of this package.
  const pulumi = createRequire(ours.resolve("@pulumi/pulumi"));
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
