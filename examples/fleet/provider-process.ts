import { createRequire } from "node:module";

// The one process that talks to GitLab for all stacks: Pulumi's own dynamic provider, to which every engine of the
// run connects (PULUMI_DEBUG_PROVIDERS). One process has one gate for GitLab's rate limit.

const pulumi = createRequire(require.resolve("@pulumi/pulumi"));
const { Server } = pulumi("@grpc/grpc-js") as { Server: { prototype: { addService: AddService } } };
const { Empty } = pulumi("google-protobuf/google/protobuf/empty_pb") as { Empty: new () => object };

type Method = (call: unknown, callback: (error: null, answer: object) => void) => void;
type AddService = (this: object, service: object, methods: Record<string, Method>) => void;

// An engine greets a provider that it did not start with Attach, which Pulumi's dynamic provider does not know.
const { addService } = Server.prototype;
Server.prototype.addService = function (service, methods) {
  methods["attach"] = (_call, callback) => callback(null, new Empty());
  addService.call(this, service, methods);
};

// However the run ends, nothing goes on making tokens for it: what is in flight is undone, as after Ctrl-C twice.
process.once("disconnect", () => {
  setTimeout(() => process.exit(1), 5_000);
  process.emit("SIGINT");
});
// Ctrl-C is the engines' affair: they finish what they began, and need this process for it.
process.on("SIGINT", () => undefined);

require("@pulumi/pulumi/cmd/dynamic-provider");
