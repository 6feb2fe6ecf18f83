import type { ServerUnaryCall, sendUnaryData, UntypedHandleCall } from "@grpc/grpc-js";
import type { Struct as StructMessage } from "google-protobuf/google/protobuf/struct_pb.js";
import type { Log } from "../connect.js";
import type { OwnerKind } from "../gitlab/owner.js";
import { redact } from "../gitlab/redact.js";
import { check } from "../lifecycle/check.js";
import { withCleanErrors } from "../lifecycle/engine/error-boundary.js";
import { engineLog, requireOfPulumi } from "../lifecycle/engine/log.js";
import { importToken } from "../lifecycle/import.js";
import { Session } from "../lifecycle/run/session.js";
import { kindOfType } from "../pulumi-package.js";
import { reference } from "../resources/reference.js";
import { importSchema } from "./schema.js";

interface ImportServer {
  readonly port: number;
  close(): void;
}

interface ImportServerOptions {
  /** The value of the token with this resource id, where somebody has it. */
  readonly value: (id: string) => string | undefined;
  readonly env: NodeJS.ProcessEnv;
}

function loadProtocol() {
  const pulumi = requireOfPulumi();
  return {
    grpc: pulumi("@grpc/grpc-js") as typeof import("@grpc/grpc-js"),
    service: pulumi(
      "@pulumi/pulumi/proto/provider_grpc_pb.js",
    ) as typeof import("@pulumi/pulumi/proto/provider_grpc_pb.js"),
    messages: pulumi(
      "@pulumi/pulumi/proto/provider_pb.js",
    ) as typeof import("@pulumi/pulumi/proto/provider_pb.js"),
    plugin: pulumi("@pulumi/pulumi/proto/plugin_pb.js") as typeof import("@pulumi/pulumi/proto/plugin_pb.js"),
    empty: pulumi(
      "google-protobuf/google/protobuf/empty_pb.js",
    ) as typeof import("google-protobuf/google/protobuf/empty_pb.js"),
    struct: pulumi(
      "google-protobuf/google/protobuf/struct_pb.js",
    ) as typeof import("google-protobuf/google/protobuf/struct_pb.js"),
  };
}

type Call<Request> = ServerUnaryCall<Request, unknown>;

/**
 * Serves what `pulumi import` asks of a provider. Pulumi's own provider for dynamic resources finds the code by a text
 * in the resource's inputs, and an import has no inputs yet; so it fails before any code of this package runs. The
 * engine attaches to this server instead.
 */
export async function serveImport({ value, env }: ImportServerOptions): Promise<ImportServer> {
  const { grpc, service, messages, plugin, empty, struct } = loadProtocol();
  // The stack's provider and each explicit one have a connection of their own, and a configuration.
  const sessions = new Map<string, Session>();
  const sessionOf = (peer: string, log: Log = engineLog()): Session => {
    const session = sessions.get(peer) ?? new Session({ log, env });
    sessions.set(peer, session);
    return session;
  };
  const answering =
    <Request>(answer: (call: Call<Request>) => unknown): UntypedHandleCall =>
    (call: Call<Request>, callback: sendUnaryData<unknown>) => {
      Promise.resolve()
        .then(() => answer(call))
        .then(
          (response) => callback(null, response),
          (error: unknown) => {
            const details = redact(error instanceof Error ? error.message : "unknown error");
            callback({ code: grpc.status.UNKNOWN, details });
          },
        );
    };
  const unimplemented: UntypedHandleCall = (_call: unknown, callback: sendUnaryData<unknown>) =>
    callback({ code: grpc.status.UNIMPLEMENTED, details: "This provider only imports deploy tokens." });
  const kindOf = (urn: string): OwnerKind => {
    const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
    const kind = kindOfType(type);
    if (kind === undefined) throw new Error(`${type} is not a resource of pulumi-gitlab-deploy-tokens.`);
    return kind;
  };

  const server = new grpc.Server();
  server.addService(service.ResourceProviderService, {
    ...Object.fromEntries(Object.keys(service.ResourceProviderService).map((name) => [name, unimplemented])),
    attach: answering((call: Call<InstanceType<typeof plugin.PluginAttach>>) => {
      sessionOf(call.getPeer(), engineLog([call.request.getAddress()]));
      return new empty.Empty();
    }),
    getPluginInfo: answering(() => new plugin.PluginInfo()),
    cancel: answering(() => new empty.Empty()),
    getSchema: answering(() => {
      const response = new messages.GetSchemaResponse();
      response.setSchema(importSchema());
      return response;
    }),
    checkConfig: answering((call: Call<InstanceType<typeof messages.CheckRequest>>) => {
      const response = new messages.CheckResponse();
      response.setInputs(call.request.getNews());
      return response;
    }),
    configure: answering((call: Call<InstanceType<typeof messages.ConfigureRequest>>) => {
      const config = propertiesOf(call.request.getArgs());
      sessionOf(call.getPeer()).configure((key) => asText(config[key]));
      return new messages.ConfigureResponse();
    }),
    check: answering(async (call: Call<InstanceType<typeof messages.CheckRequest>>) => {
      const { request } = call;
      const [olds, news] = [propertiesOf(request.getOlds()), propertiesOf(request.getNews())];
      const now = sessionOf(call.getPeer()).time.now();
      const { failures = [] } = await withCleanErrors(() => check(kindOf(request.getUrn()), olds, news, now));
      const response = new messages.CheckResponse();
      response.setInputs(request.getNews());
      response.setFailuresList(
        failures.map(({ reason }) => {
          const failure = new messages.CheckFailure();
          failure.setReason(reason);
          return failure;
        }),
      );
      return response;
    }),
    read: answering(async (call: Call<InstanceType<typeof messages.ReadRequest>>) => {
      const kind = kindOf(call.request.getUrn());
      const id = call.request.getId();
      const imported = await importToken(kind, id, value(id), reference(kind), sessionOf(call.getPeer()));
      const response = new messages.ReadResponse();
      response.setId(imported.id);
      response.setInputs(struct.Struct.fromJavaScript(imported.inputs as never));
      response.setProperties(struct.Struct.fromJavaScript(imported.outputs as never));
      return response;
    }),
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { port, close: () => server.forceShutdown() };
}

function propertiesOf(struct: StructMessage | undefined): Record<string, unknown> {
  return (struct?.toJavaScript() ?? {}) as Record<string, unknown>;
}

/** A setting as its text; the engine sends a secret one wrapped. */
function asText(value: unknown): string | undefined {
  if (typeof value === "string" || value === undefined || value === null) return value ?? undefined;
  if (typeof value === "object" && "value" in value) return asText(value.value);
  return JSON.stringify(value);
}
