import { createRequire } from "node:module";
import type { EngineClient as Client } from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import type { Log } from "../../connect.js";
import { printableMessage } from "../../gitlab/redact.js";

const severities = { info: 1, warn: 2 } as const;

/** The limit on the sending of one message, in milliseconds: shorter than the grace period of an interruption. */
const sendLimit = 3_000;

const sending = new Set<Promise<void>>();

/**
 * Waits until the engine has received all messages so far. The engine ends the process after its last call, and a message
 * on its way would be lost.
 */
export async function messagesSent(): Promise<void> {
  if (sending.size > 0) await Promise.all(sending);
}

/** Writes to Pulumi's diagnostics. The engine's address is the last argument of the provider's process. */
export function engineLog(argv: readonly string[] = process.argv): Log {
  const write = (severity: keyof typeof severities) => (message: string) => {
    const clean = printableMessage(message);
    const sent = send(argv.at(-1) ?? "", severities[severity], clean)
      // Without an engine, the message still reaches the user as a line of the stack.
      .catch(() => console.error(clean))
      .finally(() => sending.delete(sent));
    sending.add(sent);
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
  const { credentials, Metadata } = pulumi("@grpc/grpc-js") as typeof import("@grpc/grpc-js");
  const client: Client = new EngineClient(address, credentials.createInsecure());
  const request = new LogRequest();
  request.setSeverity(severity);
  request.setMessage(message);
  await new Promise<void>((resolve, reject) => {
    const options = { deadline: Date.now() + sendLimit };
    client.log(request, new Metadata(), options, (error: Error | null) =>
      error ? reject(error) : resolve(),
    );
  }).finally(() => client.close());
}
