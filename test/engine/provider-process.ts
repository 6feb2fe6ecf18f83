import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import type * as Grpc from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb.js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import status from "@pulumi/pulumi/proto/status_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";

const grpc = createRequire(require.resolve("@pulumi/pulumi"))("@grpc/grpc-js") as typeof Grpc;

export type Bag = Record<string, unknown>;

/** The error of a failed call. */
export interface Failure {
  readonly message: string;
  /** The state of a partial failure. */
  readonly id?: string;
  readonly properties?: Bag;
  readonly reasons?: string[];
}

type Call = (request: unknown, callback: (error: Error | null, response: unknown) => void) => void;

/** The SDK's real dynamic-provider process, driven as the engine drives it. */
export class ProviderProcess {
  /** The output of the process. */
  output = "";

  private constructor(
    /** The provider's messages to the engine. */
    readonly messages: readonly string[],
    private readonly child: ChildProcess,
    private readonly engine: Grpc.Server,
    private readonly client: InstanceType<typeof ResourceProviderClient>,
    private readonly reference: string,
  ) {}

  /** @param folder the folder of a program that finds the package and the SDK */
  static async start(
    folder: string,
    reference: string,
    env: NodeJS.ProcessEnv = {},
  ): Promise<ProviderProcess> {
    const logged: string[] = [];
    const engine = new grpc.Server();
    engine.addService(EngineService as unknown as Grpc.ServiceDefinition, {
      log: (call: { request: LogRequest }, callback: Grpc.sendUnaryData<unknown>) => {
        logged.push(call.request.getMessage());
        callback(null, new empty.Empty());
      },
    });
    const enginePort = await new Promise<number>((resolve, reject) =>
      engine.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(error) : resolve(port),
      ),
    );
    const main = require.resolve("@pulumi/pulumi/cmd/dynamic-provider", { paths: [folder] });
    const child = spawn(process.execPath, [main, `127.0.0.1:${enginePort}`], {
      cwd: folder,
      env: { PATH: process.env["PATH"], PULUMI_NODEJS_PROJECT: "test", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const port = await new Promise<string>((resolve, reject) => {
      child.stdout?.once("data", (data: Buffer) => resolve(data.toString().trim().split("\n")[0] ?? ""));
      child.once("exit", (code) => reject(new Error(`the provider's process ended with ${code}`)));
    });
    const client = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    const process_ = new ProviderProcess(logged, child, engine, client, reference);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (data: Buffer) => {
        process_.output += data.toString();
      });
    }
    return process_;
  }

  get pid(): number {
    return this.child.pid as number;
  }

  async configure(config: Bag): Promise<void> {
    const request = new messages.ConfigureRequest();
    request.setArgs(struct.Struct.fromJavaScript(config as never));
    await this.call("configure", request);
  }

  async check(
    olds: Bag,
    news: Bag,
  ): Promise<{ inputs: Bag; failures: { property: string; reason: string }[] }> {
    const request = new messages.CheckRequest();
    request.setOlds(bag(olds));
    request.setNews(bag({ ...news, __provider: this.reference }));
    const response = (await this.call("check", request)) as InstanceType<typeof messages.CheckResponse>;
    const failures = response.getFailuresList();
    return {
      inputs: unbag(response.getInputs()),
      failures: failures.map((failure) => ({ property: failure.getProperty(), reason: failure.getReason() })),
    };
  }

  async diff(id: string, olds: Bag, news: Bag): Promise<{ changes: number; replaces: string[] }> {
    const request = new messages.DiffRequest();
    request.setId(id);
    request.setOlds(bag(olds));
    request.setNews(bag({ ...news, __provider: this.reference }));
    const response = (await this.call("diff", request)) as InstanceType<typeof messages.DiffResponse>;
    return { changes: response.getChanges(), replaces: response.getReplacesList() };
  }

  async create(inputs: Bag): Promise<{ id: string; properties: Bag }> {
    const request = new messages.CreateRequest();
    request.setProperties(bag({ ...inputs, __provider: this.reference }));
    const response = (await this.call("create", request)) as InstanceType<typeof messages.CreateResponse>;
    return { id: response.getId(), properties: unbag(response.getProperties()) };
  }

  async read(id: string, properties: Bag): Promise<{ id: string; properties: Bag; inputs: Bag }> {
    const request = new messages.ReadRequest();
    request.setId(id);
    request.setProperties(bag({ __provider: this.reference, ...properties }));
    const response = (await this.call("read", request)) as InstanceType<typeof messages.ReadResponse>;
    return {
      id: response.getId(),
      properties: unbag(response.getProperties()),
      inputs: unbag(response.getInputs()),
    };
  }

  async update(id: string, olds: Bag, news: Bag): Promise<Bag> {
    const request = new messages.UpdateRequest();
    request.setId(id);
    request.setOlds(bag(olds));
    request.setNews(bag({ ...news, __provider: this.reference }));
    const response = (await this.call("update", request)) as InstanceType<typeof messages.UpdateResponse>;
    return unbag(response.getProperties());
  }

  async delete(id: string, properties: Bag): Promise<void> {
    const request = new messages.DeleteRequest();
    request.setId(id);
    request.setProperties(bag({ __provider: this.reference, ...properties }));
    await this.call("delete", request);
  }

  async close(): Promise<void> {
    this.client.close();
    this.engine.forceShutdown();
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill();
    await ended;
  }

  private call(method: string, request: unknown): Promise<unknown> {
    const client = this.client as unknown as Record<string, Call>;
    return new Promise((resolve, reject) => {
      client[method]?.call(this.client, request, (error, response) => {
        if (error === null) resolve(response);
        else reject(decode(error));
      });
    });
  }
}

function bag(value: Bag) {
  return struct.Struct.fromJavaScript(JSON.parse(JSON.stringify(value)) as never);
}

function unbag(value: { toJavaScript(): unknown } | undefined): Bag {
  return (value?.toJavaScript() ?? {}) as Bag;
}

/** A header of the response contains a partial failure. */
function decode(error: Error): Error & Failure {
  const { details, metadata } = error as Error & { details?: string; metadata?: Grpc.Metadata };
  const failure = Object.assign(new Error(details ?? error.message), {}) as Error & Failure;
  const [packed] = metadata?.get("grpc-status-details-bin") ?? [];
  if (!Buffer.isBuffer(packed)) return failure;
  const [detail] = status.Status.deserializeBinary(packed).getDetailsList();
  if (detail === undefined) return failure;
  const init = messages.ErrorResourceInitFailed.deserializeBinary(detail.getValue_asU8());
  return Object.assign(failure, {
    id: init.getId(),
    properties: unbag(init.getProperties()),
    reasons: init.getReasonsList(),
  });
}
